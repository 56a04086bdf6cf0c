import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { MeshRules } from "../../../agent/mesh/mesh_rules.ts";
import { MemoryCluster, PublishedNames, type TestManifest } from "./memory_mesh.ts";

const test = suite("which ServiceEntry hosts are served");

const HOST = "api.example.com";

function entry(spec: Record<string, unknown>, more: Partial<TestManifest> = {}): TestManifest {
  return { kind: "ServiceEntry", name: "api", spec: { hosts: [HOST], ...spec }, ...more };
}

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
for (const [title, exportTo, hosts, namespace, served] of trust) {
  test(`${title}`, () => {
    const cluster = new MemoryCluster().apply(entry({ addresses: ["192.0.2.1"], exportTo }, { namespace }));
    const rules = { namespaces: ["vm"], hosts: { from: [], allow: [], deny: [], ...hosts } };
    assert.equal(new PublishedNames([cluster], rules).answer(HOST), served ? ["192.0.2.1"] : null);
  });
}

test("a denied name under a wildcard that is served is asked upstream", () => {
  const cluster = new MemoryCluster().apply(entry({ hosts: ["*.example.com"], addresses: ["192.0.2.1"] }));
  const hosts = { from: [], allow: [], deny: [HOST, "*.internal.example.com", "other.example.net"] };
  const names = new PublishedNames([cluster], { hosts });
  assert.equal(names.answer("*.example.com"), ["192.0.2.1"]);
  for (const name of [HOST, "*.internal.example.com"]) {
    assert.equal(names.entries.get(name), { name, ttl: 30, records: [], others: "upstream", below: "relay" });
  }
  assert.is(names.answer("other.example.net"), null);
});

test.run();
