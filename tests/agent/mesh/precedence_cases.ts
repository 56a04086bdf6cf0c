import type { TestManifest } from "./memory_mesh.ts";
import type { NameCase } from "./name_cases.ts";

export const HOST = "api.example.com";
export const WEB = "web.default.svc.cluster.local";
export const ALL = { hosts: { from: ["*"], allow: [], deny: [] } };

/** A ServiceEntry with one host and one address. */
export function entry(
  name: string,
  namespace: string,
  address: string,
  more: Partial<TestManifest> = {},
  host = HOST,
): TestManifest {
  const { spec, ...rest } = more as { spec?: Record<string, unknown> };
  return { kind: "ServiceEntry", name, namespace, spec: { hosts: [host], addresses: [address], ...spec }, ...rest };
}

export function service(clusterIP: string): TestManifest {
  return { kind: "Service", name: "web", spec: { clusterIP } };
}

const own = entry("z", "vm", "192.0.2.1");
const named = entry("y", "shop", "192.0.2.2", { spec: { exportTo: ["vm"] } });
const others = entry("a", "art", "192.0.2.3");
const SEEN_FROM_VM = { namespaces: ["vm"], ...ALL };

/** Who of several has a name, where age does not decide. */
export const precedenceCases: readonly NameCase[] = [
  {
    title: "a Service and a ServiceEntry of one host: the Service",
    objects: [entry("web", "default", "192.0.2.1", {}, WEB), service("10.0.0.1")],
    answers: { [WEB]: ["10.0.0.1"] },
  },
  {
    title: "a Service without an answer leaves its host to a ServiceEntry",
    objects: [service("None"), entry("web", "default", "192.0.2.1", {}, WEB)],
    answers: { [WEB]: ["192.0.2.1"] },
  },
  {
    title: "a host of several namespaces: the workload's own",
    objects: [others, named, own],
    rules: SEEN_FROM_VM,
    answers: { [HOST]: ["192.0.2.1"] },
  },
  {
    title: "a host of several namespaces, none of them the workload's: the one that names it in exportTo",
    objects: [others, named],
    rules: SEEN_FROM_VM,
    answers: { [HOST]: ["192.0.2.2"] },
  },
  {
    title: "one host, twice in one namespace: all addresses, each once",
    objects: [
      entry("a", "default", "192.0.2.1"),
      entry("b", "default", "", { spec: { addresses: ["192.0.2.2", "192.0.2.1"] } }),
    ],
    answers: { [HOST]: ["192.0.2.1", "192.0.2.2"] },
  },
  {
    title: "a wildcard and a name under it are two names",
    objects: [entry("wild", "default", "192.0.2.1", {}, "*.example.com"), entry("exact", "default", "192.0.2.2")],
    answers: { "*.example.com": ["192.0.2.1"], [HOST]: ["192.0.2.2"] },
  },
  {
    title: "own records before Services",
    objects: [service("10.0.0.1")],
    rules: { records: [{ name: WEB, a: ["192.0.2.9"] }] },
    answers: { [WEB]: ["192.0.2.9"] },
  },
];
