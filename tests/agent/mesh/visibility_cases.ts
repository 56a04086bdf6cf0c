import type { MeshRules } from "../../../agent/mesh/mesh_rules.ts";
import type { NameCase } from "./name_cases.ts";
import { entry, HOST } from "./service_entry_cases.ts";

/** A ServiceEntry in `shop`, seen from workloads in `vm`. */
const trust: [
  title: string,
  exportTo: string[],
  hosts: Partial<MeshRules["hosts"]>,
  namespace: string,
  served: boolean,
][] = [
  ["an untrusted namespace", [], {}, "shop", false],
  ["the workload's own", [], {}, "vm", true],
  ["the mesh administrator's", [], {}, "istio-system", true],
  ["a namespace that dns.hosts.from names", [], { from: ["shop"] }, "shop", true],
  ["dns.hosts.from replaces the default", [], { from: ["shop"] }, "istio-system", false],
  ["dns.hosts.from *", [], { from: ["*"] }, "shop", true],
  ["trusted but not exported", ["."], { from: ["*"] }, "shop", false],
  ["trusted and exported by name", ["vm"], { from: ["*"] }, "shop", true],
  ["exported to others", ["blog", "cart"], { from: ["*"] }, "shop", false],
  ["exported to nobody", ["~"], { from: ["*"] }, "shop", false],
  ["own and exported to itself", ["."], {}, "vm", true],
  ["own and exported elsewhere", ["shop"], {}, "vm", false],
  ["allowed by name", [], { allow: [HOST] }, "vm", true],
  ["allowed by pattern", [], { allow: ["*.example.com"] }, "vm", true],
  ["not among the allowed", [], { allow: ["*.example.net"] }, "vm", false],
  ["a pattern does not take in its own parent", [], { allow: ["*.api.example.com"] }, "vm", false],
  ["denied by name", [], { deny: [HOST] }, "vm", false],
  ["denied by pattern", [], { deny: ["*.com"] }, "vm", false],
  ["deny is stronger than allow", [], { allow: [HOST], deny: [HOST] }, "vm", false],
  ["allow does not make a namespace trusted", [], { allow: [HOST] }, "shop", false],
];

/** Which ServiceEntry hosts are served. */
export const visibilityCases: readonly NameCase[] = trust.map(([title, exportTo, hosts, namespace, served]) => ({
  title,
  objects: [entry({ addresses: ["192.0.2.1"], exportTo }, { namespace })],
  rules: { namespaces: ["vm"], hosts: { from: [], allow: [], deny: [], ...hosts } },
  answers: { [HOST]: served ? ["192.0.2.1"] : null },
}));
