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

type Step =
  | { readonly put: TestManifest; readonly at: number }
  | { readonly remove: TestManifest; readonly at: number }
  | { readonly tell: string; readonly knowledge: "known" | "pending" | "unreadable"; readonly at: number }
  | { readonly rules: Partial<MeshRules> }
  | { readonly settle: true };

const object = fc.oneof(services, slices, entries, workloads);
const at = pick(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ put: object, at }) },
  { weight: 4, arbitrary: fc.record({ remove: object, at }) },
  {
    weight: 1,
    arbitrary: fc.record({
      tell: pick("services", "endpointslices", "serviceentries", "workloadentries"),
      knowledge: pick("known" as const, "pending" as const, "unreadable" as const),
      at,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      rules: fc.record({
        answers: pick("cluster-ip" as const, "endpoints" as const),
        namespaces: fc.subarray(["default", "shop"], { minLength: 1 }),
      }),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ settle: true as const }) },
);

test("any sequence of changes gives the table that a fresh start gives", () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 10, maxLength: 60, size: "max" }),
      pick("cluster.local", "west.example"),
      (steps, domain) => {
        const clusters = [new MemoryCluster("home"), new MemoryCluster("away", domain)];
        const names = new PublishedNames(clusters, RULES);
        let rules = RULES;
        for (const step of steps) {
          if ("put" in step) clusters[step.at]!.apply(step.put);
          else if ("remove" in step) {
            clusters[step.at]!.remove(
              step.remove.kind,
              step.remove.name,
              step.remove.namespace,
            );
          } else if ("tell" in step) clusters[step.at]!.tell(step.tell, step.knowledge);
          else if ("rules" in step) names.builder.setRules(rules = { ...RULES, ...step.rules });
          else names.settle();
        }
        names.settle();
        const fresh = new PublishedNames(clusters, rules);
        const sorted = (of: PublishedNames) => [...of.entries.values()].sort((a, b) => a.name < b.name ? -1 : 1);
        assert.equal(sorted(names), sorted(fresh));
        assert.is(names.builder.size, names.entries.size);
      },
    ),
    { numRuns: 300 },
  );
});

test.run();
