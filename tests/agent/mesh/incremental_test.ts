import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DEFAULT_RULES, type MeshRules } from "../../../agent/mesh/mesh_rules.ts";
import { MemoryCluster, PublishedNames, type TestManifest } from "./memory_mesh.ts";

const test = suite("names follow objects");

const RULES: MeshRules = { ...DEFAULT_RULES, answers: "cluster-ip" };

const pick = <T>(...values: T[]) => fc.constantFrom(...values);
// Few of everything, so that changes meet: most steps change an object that is there, or one that shares its names.
const name = pick("web", "api");
const namespace = pick("default", "shop");
const address = pick("10.0.0.1", "10.0.0.2", "192.0.2.1", "2001:db8::1");
const created = pick("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
const port = fc.record({ name: pick("http", "grpc", ""), port: pick(80, 90), targetPort: pick(80, 8080) });
const exportTo = pick("", ".", "*", "shop");

const services = fc.record({
  name,
  namespace,
  created,
  exportTo,
  address,
  type: pick("ClusterIP", "None", "ExternalName"),
  port,
})
  .map(({ name, namespace, created, exportTo, address, type, port }): TestManifest => ({
    kind: "Service",
    name,
    namespace,
    created,
    annotations: { "networking.istio.io/exportTo": exportTo },
    spec: type === "ExternalName"
      ? { type, externalName: "ext.example.org" }
      : { clusterIP: type === "None" ? type : address, ports: [port] },
  }));
const slices = fc.record({
  name,
  namespace,
  service: name,
  endpoints: fc.array(fc.record({ address, ready: fc.boolean() }), { maxLength: 3 }),
})
  .map(({ name, namespace, service, endpoints }): TestManifest => ({
    kind: "EndpointSlice",
    name,
    namespace,
    labels: { "kubernetes.io/service-name": service },
    addressType: "IPv4",
    endpoints: endpoints.map(({ address, ready }) => ({ addresses: [address], conditions: { ready } })),
    ports: [{ name: "http", port: 8080 }],
  }));
const hosts = pick("api.example.com", "*.example.com", "web.shop.svc.cluster.local", "db.default.svc.cluster.local");
const entries = fc.record({
  name,
  namespace,
  created,
  host: hosts,
  exportTo,
  kind: pick("fixed", "endpoints", "alias", "selector"),
  address,
})
  .map(({ name, namespace, created, host, exportTo, kind, address }): TestManifest => ({
    kind: "ServiceEntry",
    name,
    namespace,
    created,
    spec: {
      hosts: [host],
      exportTo: exportTo === "" ? [] : [exportTo],
      ...(kind === "fixed" && { addresses: [address] }),
      ...(kind === "endpoints" && { resolution: "STATIC", endpoints: [{ address }] }),
      ...(kind === "alias" && { resolution: "DNS", endpoints: [{ address: "origin.example.net" }] }),
      ...(kind === "selector" && { resolution: "STATIC", workloadSelector: { labels: { app: "a" } } }),
    },
  }));
const workloads = fc.record({ name, namespace, address, app: pick("a", "b"), healthy: pick("True", "False") })
  .map(({ name, namespace, address, app, healthy }): TestManifest => ({
    kind: "WorkloadEntry",
    name,
    namespace,
    annotations: { "proxy.istio.io/health-checks-enabled": "true" },
    spec: { address, labels: { app } },
    status: { conditions: [{ type: "Healthy", status: healthy }] },
  }));

/** A change of something, at one of two clusters. */
type Step = (clusters: readonly MemoryCluster[], names: PublishedNames) => void;

const object = fc.oneof(services, slices, entries, workloads);
const at = pick(0, 1);
const kind = pick(
  "services" as const,
  "endpointslices" as const,
  "serviceentries" as const,
  "workloadentries" as const,
);
const knowledge = pick("known" as const, "pending" as const, "unreadable" as const);
const readNamespaces = pick(null, ["default"], ["default", "shop"], []);
const rules = fc.record({
  answers: pick("auto" as const, "cluster-ip" as const, "endpoints" as const),
  namespaces: fc.subarray(["default", "shop"], { minLength: 1 }),
  records: fc.subarray([{ name: "api.example.com", a: ["10.0.0.9"] }, {
    name: "web.default.svc.cluster.local",
    a: ["10.0.0.8"],
  }]),
  ttl: pick(30, 60),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.tuple(object, at).map(([object, at]): Step => (clusters) => void clusters[at]!.apply(object)),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(object, at).map(([{ kind, name, namespace }, at]): Step => (clusters) =>
      clusters[at]!.remove(kind, name, namespace)
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(kind, knowledge, at).map(([kind, knowledge, at]): Step => (clusters) =>
      clusters[at]!.tell(kind, knowledge)
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(readNamespaces, at).map(([namespaces, at]): Step => (clusters) =>
      clusters[at]!.readOnly(namespaces)
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.array(kind, { maxLength: 2 }), at).map(([kinds, at]): Step => (clusters) =>
      clusters[at]!.unconfirm(...kinds)
    ),
  },
  { weight: 1, arbitrary: rules.map((rules): Step => (_, names) => names.builder.setRules({ ...RULES, ...rules })) },
  {
    weight: 1,
    arbitrary: fc.tuple(pick("cluster-ip" as const, "endpoints" as const), at).map(([mode, at]): Step => (_, names) =>
      names.builder.setMeasured(at, mode)
    ),
  },
  { weight: 8, arbitrary: fc.constant<Step>((_, names) => names.settle()) },
  { weight: 4, arbitrary: fc.constant<Step>((_, names) => names.waiting.shift()?.()) },
);

test("any sequence of changes gives the table that a fresh start gives", () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 10, maxLength: 80, size: "max" }),
      pick("cluster.local", "west.example"),
      (steps, domain) => {
        const clusters = [new MemoryCluster("home"), new MemoryCluster("away", domain)];
        const names = new PublishedNames(clusters, RULES);
        for (const step of steps) step(clusters, names);
        names.settle();
        const fresh = new PublishedNames(clusters, names.builder.rules);
        for (const [i, { measured }] of names.builder.clusters.entries()) fresh.builder.setMeasured(i, measured);
        fresh.settle();
        const sorted = (of: PublishedNames) => [...of.entries.values()].sort((a, b) => a.name < b.name ? -1 : 1);
        assert.equal(sorted(names), sorted(fresh));
        assert.is(names.builder.size, names.entries.size);
        assert.equal([...names.builder.names()].sort(), [...names.entries.keys()].sort());
      },
    ),
    { numRuns: 400 },
  );
});

test.run();
