import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { canonicalHost } from "../../../agent/mesh/host_name.ts";
import { meshKinds } from "../../../agent/mesh/mod.ts";
import { canonicalIp, type NameEntry } from "../../../dns/mod.ts";
import type { Identified, Kind, Store } from "../../../registry/mod.ts";
import { MemoryCluster, PublishedNames } from "./memory_mesh.ts";

/** Whatever an API server sends: objects are read or refused in one sentence, and names that come of them are names. */
const test = suite("any object");

const text = fc.oneof(
  fc.constantFrom(
    "web",
    "a.example",
    "*.example.com",
    "10.0.0.1",
    "fd00::1",
    "10.0.0.0/8",
    "None",
    "DNS",
    "",
    "-",
    "a..b",
    "192.0.2.1/32",
  ),
  fc.string(),
);
const wild = fc.oneof(
  text,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.array(text),
  fc.object(),
);

/** A field: mostly what belongs there, sometimes anything. */
function maybe<T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: wild });
}
const list = <T>(item: fc.Arbitrary<T>) => maybe(fc.array(maybe(item), { maxLength: 4 }));
const record = (fields: Record<string, fc.Arbitrary<unknown>>) => maybe(fc.record(fields, { requiredKeys: [] }));

const metadata = fc.record({
  name: fc.constantFrom("web", "api", "x".repeat(63)),
  namespace: fc.constantFrom("default", "n".repeat(63)),
  uid: fc.constant("u"),
  resourceVersion: fc.constant("1"),
  creationTimestamp: maybe(fc.constant("2026-01-01T00:00:00Z")),
  labels: maybe(fc.constantFrom({ "kubernetes.io/service-name": "web" }, { app: "a" })),
  annotations: maybe(
    fc.constantFrom({ "networking.istio.io/exportTo": ".,x" }, { "moorline.dev/answers": "endpoints" }),
  ),
});
const port = record({
  name: maybe(fc.constantFrom("http", "")),
  port: maybe(fc.nat(70000)),
  protocol: text,
  targetPort: wild,
});
const endpoint = record({
  address: text,
  network: text,
  locality: text,
  addresses: list(text),
  hostname: text,
  zone: text,
});

const objects: [keyof typeof meshKinds, fc.Arbitrary<unknown>][] = [
  [
    "services",
    fc.record({
      metadata,
      spec: record({
        type: fc.constantFrom("ClusterIP", "ExternalName", "LoadBalancer"),
        clusterIP: text,
        clusterIPs: list(text),
        externalName: text,
        externalIPs: list(text),
        ports: list(port),
      }),
      status: record({ loadBalancer: record({ ingress: list(record({ ip: text, hostname: text })) }) }),
    }),
  ],
  ["endpointslices", fc.record({ metadata, addressType: text, endpoints: list(endpoint), ports: list(port) })],
  [
    "serviceentries",
    fc.record({
      metadata,
      spec: record({
        hosts: list(text),
        addresses: list(text),
        resolution: fc.constantFrom("NONE", "STATIC", "DNS"),
        endpoints: list(endpoint),
        workloadSelector: record({ labels: fc.constant({ app: "a" }) }),
        exportTo: list(text),
      }),
      status: record({ addresses: list(record({ host: text, value: text })) }),
    }),
  ],
  [
    "workloadentries",
    fc.record({ metadata, spec: endpoint, status: record({ conditions: list(record({ type: text, status: text })) }) }),
  ],
];

/** The object, or undefined when it was refused, which takes one sentence. */
function read(kind: Kind<Identified>, raw: unknown): Identified | undefined {
  try {
    return kind.parse(raw);
  } catch (error) {
    assert.instance(error, Error);
    assert.match((error as Error).message, /^(its |none of its )[^\n]+$/);
    return undefined;
  }
}

function assertIsWellFormed({ name, records }: NameEntry): void {
  assert.is(canonicalHost(name), name, `owner ${name}`);
  assert.ok(name.length <= 253);
  for (const record of records) {
    if ("address" in record) assert.is(canonicalIp(record.address), record.address);
    if ("target" in record) assert.is(canonicalHost(record.target), record.target, `target ${record.target}`);
  }
  const types = new Set(records.map(({ type }) => type));
  assert.ok(!types.has("CNAME") || records.length === 1, "an alias stands alone");
}

for (const [plural, object] of objects) {
  test(`${plural} are read or refused in one sentence, as plain frozen data`, () => {
    const outcomes = { read: 0, refused: 0 };
    fc.assert(
      fc.property(object, (raw) => {
        const parsed = read(meshKinds[plural] as Kind<Identified>, raw);
        outcomes[parsed ? "read" : "refused"]++;
        if (!parsed) return;
        assert.ok(Object.isFrozen(parsed));
        assert.equal(JSON.parse(JSON.stringify(parsed)), parsed);
      }),
      { numRuns: 500 },
    );
    assert.ok(outcomes.read > 20 && outcomes.refused > 20, JSON.stringify(outcomes));
  });
}

test("whatever was read, its names are well-formed", () => {
  const any = fc.oneof(...objects.map(([plural, object]) => object.map((raw) => ({ plural, raw }))));
  fc.assert(
    fc.property(fc.array(any, { minLength: 4, maxLength: 16, size: "max" }), fc.boolean(), (all, virtualIps) => {
      const cluster = new MemoryCluster();
      for (const { plural, raw } of all) {
        const parsed = read(meshKinds[plural] as Kind<Identified>, raw);
        if (parsed) (cluster.stores[plural] as unknown as Store<Identified>).part("all").put(parsed);
      }
      const names = new PublishedNames([cluster], { virtualIps, hosts: { from: ["*"], allow: [], deny: [] } });
      names.settle();
      for (const entry of names.entries.values()) assertIsWellFormed(entry);
    }),
    { numRuns: 300 },
  );
});

test.run();
