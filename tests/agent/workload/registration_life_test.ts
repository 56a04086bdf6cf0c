import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ENTRY, Fixture, groupManifest } from "./workload_fixture.ts";

const test = suite("registration: a normal life");

test("registers what the group says, with a Lease that the entry owns", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  const { registration } = f.start();
  await f.pass(1000);
  assert.is(registration.status().state, "registered", registration.status().reason);
  const entry = f.entry()!;
  const spec = entry["spec"] as Record<string, unknown>;
  assert.equal(spec["ports"], { http: 9080 });
  assert.is(spec["address"], "10.0.0.5");
  assert.is(spec["weight"], 5);
  assert.equal(entry.metadata.labels, { app: "reviews", version: "v1", "security.istio.io/tlsMode": "disabled" });
  assert.is(entry.metadata.annotations?.["istio.io/autoRegistrationGroup"], "reviews");
  assert.is(entry.metadata.annotations?.["moorline.dev/agent-id"], "agent-a");
  assert.is(entry.metadata.annotations?.["team"], "books");
  const lease = f.lease()!;
  assert.is((lease["spec"] as Record<string, unknown>)["holderIdentity"], "agent-a");
  assert.is((lease["spec"] as Record<string, unknown>)["leaseDurationSeconds"], 40);
  assert.is(lease.metadata.ownerReferences?.[0]?.uid, entry.metadata.uid);
  await f.end();
});

test("beats once in less than ten seconds, by one write each", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  f.start();
  await f.pass(1000);
  f.cluster.requests.length = 0;
  await f.pass(90_000);
  const beats = f.cluster.requests.filter((r) => r === "patch leases").length;
  assert.is(beats, 10, "90 s at 9 s each");
  assert.is(f.cluster.requests.length, beats, `nothing else is asked: ${f.cluster.requests}`);
  await f.end();
});

test("follows the group", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  f.start();
  await f.pass(1000);
  const uid = f.entry()!.metadata.uid;
  f.cluster.admin.patch("WorkloadGroup", "default", "reviews", {
    spec: { metadata: { labels: { version: "v2", app: null } }, template: { weight: null, ports: { grpc: 9090 } } },
  });
  await f.pass(1000);
  const entry = f.entry()!;
  assert.is(entry.metadata.uid, uid);
  assert.equal(entry.metadata.labels, { version: "v2", "security.istio.io/tlsMode": "disabled" });
  assert.equal((entry["spec"] as Record<string, unknown>)["ports"], { http: 9080, grpc: 9090 });
  assert.not("weight" in (entry["spec"] as object));
  await f.end();
});

test("takes the same entry over after a crash", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  const first = f.start();
  await f.pass(1000);
  const { uid } = f.entry()!.metadata;
  await first.crash();
  await f.pass(200_000);
  const { registration } = f.start();
  await f.pass(1000);
  assert.is(registration.status().state, "registered");
  assert.is(f.entry()!.metadata.uid, uid);
  await f.end();
});

test("drains: unhealthy first, then gone with its Lease", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  const { registration } = f.start();
  await f.pass(1000);
  const gone = registration.drain();
  await f.pass(1000);
  const entry = f.entry()!;
  assert.is(entry.metadata.annotations?.["proxy.istio.io/health-checks-enabled"], "true");
  assert.ok(entry.metadata.annotations?.["istio.io/disconnectedAt"]);
  assert.not(entry.metadata.annotations?.["istio.io/connectedAt"]);
  const [condition] = (entry["status"] as { conditions: Record<string, unknown>[] }).conditions;
  assert.is(condition?.["status"], "False");
  assert.is(registration.status().state, "draining");
  await f.pass(5000);
  assert.is(await gone, true);
  assert.is(f.entry(), undefined);
  assert.is(f.lease(), undefined);
  assert.is(registration.status().state, "deregistered");
  await f.end();
});

test("several groups on one VM: one entry, probe and Lease each", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  f.cluster.admin.create(groupManifest({ template: { ports: { grpc: 9090 } } }, "ratings"));
  const both = [f.start(), f.start("agent-a", { group: "ratings" })];
  await f.pass(1000);
  assert.equal(both.map(({ registration }) => registration.status().state), ["registered", "registered"]);
  assert.ok(f.lease() && f.lease("ratings-10.0.0.5"));
  const gone = both[1]!.registration.drain();
  await f.pass(6000);
  assert.is(await gone, true);
  assert.ok(f.entry());
  assert.is(f.entry("ratings-10.0.0.5"), undefined);
  await f.end();
});

test("a clone leaves the original's registration alone", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  f.start();
  await f.pass(1000);
  // The clone has the original's state folder, another id and another address.
  f.memories.set("agent-b", f.memories.get("agent-a")!);
  f.start("agent-b", { address: ["10.0.0.6"] });
  await f.pass(60_000);
  assert.is(f.entry()!.metadata.annotations?.["moorline.dev/agent-id"], "agent-a");
  assert.is(f.entry("reviews-10.0.0.6")!.metadata.annotations?.["moorline.dev/agent-id"], "agent-b");
  await f.end();
});

test("stays when it is only stopped", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  const agent = f.start();
  await f.pass(1000);
  await agent.crash();
  assert.ok(f.entry(ENTRY));
  await f.end();
});

test.run();
