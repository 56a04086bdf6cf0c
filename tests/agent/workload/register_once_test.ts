import { suite } from "uvu";
import * as assert from "uvu/assert";
import { deregisterOnce, type OnceOptions, registerOnce } from "../../../agent/workload/register_once.ts";
import { WORKLOAD_DEFAULTS } from "../../../agent/workload/workload_options.ts";
import { ENTRY, Fixture, groupManifest } from "./workload_fixture.ts";

const test = suite("register and deregister");

function once(f: Fixture, agentId = "agent-a"): OnceOptions {
  return {
    workload: { ...WORKLOAD_DEFAULTS, group: "reviews", address: ["10.0.0.5"] },
    cluster: f.cluster,
    writer: { agentId, version: "0.1.0", owner: "" },
    network: { interfaces: [], bridges: new Set(), fleeting: new Set() },
    clock: f.clock,
  };
}

const acts = async (results: Promise<readonly { act: string }[]>) => (await results).map(({ act }) => act);

test("writes a static entry, and the same again changes nothing", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest({ probe: { tcpSocket: { port: 1 } } }));
  assert.equal(await acts(registerOnce(once(f))), ["created"]);
  const { annotations } = f.entry()!.metadata;
  assert.is(annotations?.["moorline.dev/static"], "true");
  assert.is(annotations?.["proxy.istio.io/health-checks-enabled"], undefined);
  assert.is(annotations?.["istio.io/connectedAt"], undefined);
  assert.is(f.lease(), undefined);
  assert.equal(await acts(registerOnce(once(f))), ["unchanged"]);
  assert.equal(await acts(deregisterOnce(once(f))), ["removed"]);
  assert.is(f.entry(), undefined);
  assert.equal(await acts(deregisterOnce(once(f))), ["absent"]);
});

test("an agent that starts later makes the static entry a living one, and register makes it static again", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  await registerOnce(once(f));
  const { uid } = f.entry()!.metadata;
  f.start();
  await f.pass(1000);
  assert.is(f.entry()!.metadata.uid, uid);
  assert.is(f.entry()!.metadata.annotations?.["moorline.dev/static"], undefined);
  assert.ok(f.lease());
  await f.end();
  assert.equal(await acts(registerOnce(once(f))), ["updated"]);
  assert.is(f.lease(), undefined);
});

test("another VM's entry is neither written nor removed", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  await registerOnce(once(f, "agent-b"));
  const before = f.entry();
  try {
    await registerOnce(once(f));
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, `default/${ENTRY} is another VM's`);
  }
  assert.equal(await acts(deregisterOnce(once(f))), ["absent"]);
  assert.equal(f.entry(), before);
});

test("a static entry of another VM is never taken over", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  await registerOnce(once(f, "agent-b"));
  const { registration } = f.start();
  await f.pass(600_000);
  assert.is(registration.status().state, "conflict");
  assert.match(registration.status().reason, "static entry of agent agent-b");
  await f.end();
});

test("without the group it says so in one sentence", async () => {
  const f = new Fixture();
  try {
    await registerOnce(once(f));
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, "WorkloadGroup default/reviews does not exist");
  }
});

test.run();
