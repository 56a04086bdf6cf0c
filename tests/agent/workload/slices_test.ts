import { suite } from "uvu";
import * as assert from "uvu/assert";
import { UNPROBED } from "../../../agent/workload/health.ts";
import type { Situation } from "../../../agent/workload/situation.ts";
import { slicesFor, sliceWarnings } from "../../../agent/workload/slices.ts";
import { owningServiceKind, parseGroup } from "../../../agent/workload/workload_kinds.ts";
import { Fixture, groupManifest } from "./workload_fixture.ts";

const test = suite("slices");

const group = parseGroup({ ...groupManifest(), metadata: { namespace: "default", name: "reviews" } });
const situation: Situation = {
  group,
  writer: { agentId: "id-1", version: "1", owner: "" },
  place: { address: "10.0.0.5", network: "", locality: "", labels: {}, tls: "disabled" },
  addresses: ["10.0.0.5"],
  isProbed: false,
  health: UNPROBED,
  toldBy: "condition",
  drainingSince: undefined,
  istioCleanup: true,
  everDeleted: 0,
  jitter: 0,
  serverNow: 0,
};

function service(spec: Record<string, unknown> = {}) {
  return owningServiceKind.parse({
    metadata: { namespace: "default", name: "shop", uid: "s1", resourceVersion: "1" },
    spec: { clusterIP: "10.96.0.9", ports: [{ name: "http", port: 80, targetPort: 8080 }], ...spec },
  });
}

test("one slice that the Service owns", () => {
  const slices = slicesFor(situation, service());
  assert.equal([...slices.keys()], ["moorline-reviews-10.0.0.5"]);
  const slice = slices.get("moorline-reviews-10.0.0.5")!;
  assert.equal(slice.metadata.labels, {
    "kubernetes.io/service-name": "shop",
    "endpointslice.kubernetes.io/managed-by": "moorline",
  });
  assert.equal(slice.metadata.ownerReferences, [
    { apiVersion: "v1", kind: "Service", name: "shop", uid: "s1", controller: true },
  ]);
  assert.is(slice["addressType"], "IPv4");
  assert.equal(slice["ports"], [{ name: "http", port: 9080, protocol: "TCP" }]);
  assert.equal(slice["endpoints"], [
    { addresses: ["10.0.0.5"], conditions: { ready: true, serving: true, terminating: false }, zone: "a" },
  ]);
});

test("one slice for each family", () => {
  const slices = slicesFor({ ...situation, addresses: ["10.0.0.5", "fd00::5"] }, service({ clusterIP: "None" }));
  assert.equal([...slices].map(([name, slice]) => [name, slice["addressType"]]), [
    ["moorline-reviews-10.0.0.5", "IPv4"],
    ["moorline-reviews-10.0.0.5-v6", "IPv6"],
  ]);
  for (const slice of slices.values()) assert.is(slice.metadata.labels?.["service.kubernetes.io/headless"], "");
});

const CONDITIONS: readonly (readonly [string, Partial<Situation>, boolean, [boolean, boolean, boolean]])[] = [
  ["no probe", {}, false, [true, true, false]],
  ["never probed", { isProbed: true }, false, [false, false, false]],
  ["healthy", { isProbed: true, health: { ...UNPROBED, verdict: "healthy" } }, false, [true, true, false]],
  ["unhealthy", { isProbed: true, health: { ...UNPROBED, verdict: "unhealthy" } }, false, [false, false, false]],
  ["draining", { drainingSince: "t" }, false, [false, true, true]],
  ["unhealthy, published all the same", { isProbed: true }, true, [true, false, false]],
];

for (const [name, change, publishNotReadyAddresses, [ready, serving, terminating]] of CONDITIONS) {
  test(`conditions: ${name}`, () => {
    const [slice] = slicesFor({ ...situation, ...change }, service({ publishNotReadyAddresses })).values();
    assert.equal((slice!["endpoints"] as { conditions: unknown }[])[0]!.conditions, { ready, serving, terminating });
  });
}

const PORTS: readonly (readonly [string, Record<string, unknown>, number | undefined])[] = [
  ["by the port's own name", { name: "http", port: 80, targetPort: 1 }, 9080],
  ["by a number", { name: "other", port: 80, targetPort: 8080 }, 8080],
  ["by a named target", { name: "web", port: 80, targetPort: "http" }, 9080],
  ["by its own number", { port: 80 }, 80],
  ["a target that the group does not know is left out", { name: "x", port: 80, targetPort: "y" }, undefined],
];

for (const [name, port, number] of PORTS) {
  test(`a port ${name}`, () => {
    const behind = service({ ports: [port] });
    const [slice] = slicesFor(situation, behind).values();
    assert.equal((slice!["ports"] as { port: number }[]).map((p) => p.port), number === undefined ? [] : [number]);
    assert.is(sliceWarnings(behind, group).length, number === undefined ? 1 : 0);
  });
}

const SERVICE = { kind: "Service", metadata: { name: "shop" }, spec: { ports: [{ name: "http", port: 80 }] } };

test("a cluster without WorkloadEntries: slices with a Lease, drained as terminating, gone with the drain", async () => {
  const f = new Fixture();
  f.cluster.missing.add("workloadentries").add("workloadgroups");
  f.cluster.admin.create(SERVICE);
  const { registration } = f.start("agent-a", { service: "shop", address: ["10.0.0.5", "fd00::5"] }, {
    groupFromFile: group,
  });
  await f.pass(1000);
  assert.is(registration.status().state, "registered", registration.status().reason);
  assert.is(registration.status().publish, "endpoint-slice");
  const name = "moorline-reviews-10.0.0.5";
  const slice = (n = name) => f.cluster.admin.find("EndpointSlice", "default", n);
  assert.ok(slice(`${name}-v6`));
  const lease = f.lease(name)!;
  assert.equal(lease.metadata.ownerReferences?.map(({ kind, uid }) => [kind, uid]), [
    ["EndpointSlice", slice()!.metadata.uid],
  ]);
  f.cluster.admin.patch("EndpointSlice", "default", name, { endpoints: [] }, { manager: "kubectl-edit" });
  await f.pass(1000);
  assert.is((slice()!["endpoints"] as unknown[]).length, 1, "put back");
  f.cluster.admin.delete("EndpointSlice", "default", `${name}-v6`);
  await f.pass(30_000);
  assert.ok(slice(`${name}-v6`), "the second family is put back too");
  const gone = registration.drain();
  await f.pass(1000);
  assert.equal((slice()!["endpoints"] as { conditions: unknown }[])[0]!.conditions, {
    ready: false,
    serving: true,
    terminating: true,
  });
  await f.pass(5000);
  assert.is(await gone, true);
  assert.equal(f.cluster.admin.list("EndpointSlice").filter(({ metadata }) => metadata.name?.startsWith("moor")), []);
  assert.is(f.lease(name), undefined);
  await f.end();
});

test("a group from a file is the workload's own: in its namespace, under its name or the file's", async () => {
  for (const name of ["", "reviews"]) {
    const f = new Fixture();
    const bare = parseGroup({
      metadata: { name: "reviews", namespace: "elsewhere" },
      spec: { template: { weight: 3 } },
    });
    const { registration } = f.start("agent-a", { group: name }, { groupFromFile: bare });
    await f.pass(1000);
    assert.is(registration.status().state, "registered", registration.status().reason);
    const entry = f.entry()!;
    assert.is(entry.metadata.ownerReferences, undefined, "there is nothing in the cluster that could own it");
    assert.is((entry["spec"] as { weight: number }).weight, 3);
    await f.end();
  }
});

test("the Service is missing: waits and says so; it goes away: no-group", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  const { registration } = f.start("agent-a", { publish: "endpoint-slice", service: "shop" });
  await f.pass(1000);
  assert.is(registration.status().state, "waiting-group");
  assert.match(registration.pending, "Service default/shop does not exist");
  f.cluster.admin.create(SERVICE);
  await f.pass(1000);
  assert.is(registration.status().state, "registered");
  f.cluster.admin.delete("Service", "default", "shop");
  await f.pass(1000);
  assert.is(registration.status().state, "no-group");
  await f.end();
});

test("no WorkloadEntries and no Service: off, until the cluster gets WorkloadEntries", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  f.cluster.missing.add("workloadentries");
  const { registration } = f.start();
  await f.pass(1000);
  assert.is(registration.status().state, "off");
  assert.match(registration.status().reason, "workload.service is empty");
  f.cluster.missing.clear();
  await f.pass(330_000);
  assert.is(registration.status().state, "registered");
  await f.end();
});

test("settled until deregistration: WorkloadEntries that come later change nothing, also after a restart", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  f.cluster.admin.create(SERVICE);
  f.cluster.missing.add("workloadentries");
  const first = f.start("agent-a", { service: "shop" });
  await f.pass(1000);
  await first.crash();
  f.cluster.missing.clear();
  const { registration } = f.start("agent-a", { service: "shop" });
  await f.pass(1000);
  assert.is(registration.status().publish, "endpoint-slice");
  assert.is(f.entry(), undefined);
  await f.end();
});

test.run();
