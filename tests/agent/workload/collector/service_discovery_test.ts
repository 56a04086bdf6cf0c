import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fleetRows, targetGroups } from "../../../../agent/workload/collector/mod.ts";
import { ownEntryKind, ownSliceKind } from "../../../../agent/workload/workload_kinds.ts";
import { Fixture, groupManifest } from "../workload_fixture.ts";

const test = suite("service discovery and fleet");

async function registered() {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest({ probe: { exec: { command: ["true"] } } }));
  f.start("agent-a", { address: ["fd00::5"] });
  await f.pass(35_000);
  f.cluster.admin.create({
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadEntry",
    metadata: { namespace: "default", name: "by-hand" },
    spec: { address: "10.9.9.9" },
  });
  await f.end();
  return { f, entries: f.cluster.admin.list("WorkloadEntry").map((raw) => ownEntryKind.parse(raw)) };
}

test("Prometheus gets every port of every VM of ours, and what is known of it", async () => {
  const { entries } = await registered();
  const groups = targetGroups(entries);
  assert.equal(groups.map((group) => group.targets), [["[fd00::5]:9080"]]);
  const { labels } = groups[0]!;
  assert.is(labels["__meta_moorline_port_name"], "http");
  assert.is(labels["__meta_moorline_group"], "reviews");
  assert.is(labels["__meta_moorline_healthy"], "unhealthy");
  assert.is(labels["__meta_moorline_label_security_istio_io_tlsMode"], "disabled");
});

test("a VM behind a plain Service is found by its slice", () => {
  const slice = ownSliceKind.parse({
    metadata: {
      namespace: "default",
      name: "moorline-shop-10.0.0.5",
      annotations: { "moorline.dev/agent-id": "agent-a", "istio.io/autoRegistrationGroup": "shop" },
    },
    endpoints: [{ addresses: ["10.0.0.5"], conditions: { ready: false, serving: false } }],
    ports: [{ name: "http", port: 8080 }],
  });
  const [group] = targetGroups([slice]);
  assert.equal(group!.targets, ["10.0.0.5:8080"]);
  assert.is(group!.labels["__meta_moorline_healthy"], "unhealthy");
  const [row] = fleetRows([slice], () => undefined);
  assert.equal([row!.kind, row!.address, row!.health], ["EndpointSlice", "10.0.0.5", "unhealthy"]);
});

test("the fleet lists every VM of ours, with its last beat", async () => {
  const { f, entries } = await registered();
  const rows = fleetRows(entries, () => undefined);
  assert.equal(rows, [{
    namespace: "default",
    name: "reviews-fd00--5",
    agentId: "agent-a",
    kind: "WorkloadEntry",
    group: "reviews",
    address: "fd00::5",
    version: "0.1.0",
    health: "unhealthy",
    static: false,
    lastBeat: "",
  }]);
  assert.ok(f.lease("reviews-fd00--5"));
});

test.run();
