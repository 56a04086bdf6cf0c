import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ENTRY, Fixture, groupManifest } from "./workload_fixture.ts";

const test = suite("registration: others, and trouble");

async function registered() {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  const agent = f.start();
  await f.pass(1000);
  assert.is(agent.registration.status().state, "registered");
  return { f, ...agent };
}

const edit = (f: Fixture, patch: unknown) =>
  f.cluster.admin.patch("WorkloadEntry", "default", ENTRY, patch, { manager: "kubectl-edit" });

test("an edited entry is put back, and what others added stays", async () => {
  const { f } = await registered();
  const { uid } = f.entry()!.metadata;
  edit(f, {
    metadata: { labels: { app: "stolen", team: "x" }, annotations: { note: "y" } },
    spec: { weight: 99, labels: { version: null } },
  });
  await f.pass(1000);
  const entry = f.entry()!;
  assert.is(entry.metadata.uid, uid);
  assert.is(entry.metadata.labels?.["app"], "reviews");
  assert.is(entry.metadata.labels?.["team"], "x", "a foreign label");
  assert.is(entry.metadata.annotations?.["note"], "y", "a foreign annotation");
  assert.is((entry["spec"] as Record<string, unknown>)["weight"], 5);
  assert.is((entry["spec"] as { labels: Record<string, string> }).labels["version"], "v1");
  await f.end();
});

test("someone who fights is met more and more slowly", async () => {
  const { f } = await registered();
  let fights = 0;
  for (let second = 0; second < 120; second++) {
    const { spec } = f.entry() as unknown as { spec: { weight: number } };
    if (spec.weight === 5) {
      fights++;
      edit(f, { spec: { weight: 99 } });
    }
    await f.pass(1000);
  }
  assert.ok(fights >= 5 && fights <= 8, `0, 2, 4, 8, 16, 32, 64 s apart: ${fights} in two minutes`);
  await f.pass(1_200_000);
  assert.is((f.entry() as unknown as { spec: { weight: number } }).spec.weight, 5, "the last word is ours");
  await f.end();
});

test("an API server that refuses the put-back is no fight: it happens as soon as it can", async () => {
  const { f } = await registered();
  f.cluster.trouble = (verb, plural) => verb === "patch" && plural === "workloadentries" ? 503 : undefined;
  edit(f, { spec: { weight: 99 } });
  await f.pass(600_000);
  f.cluster.trouble = () => undefined;
  await f.pass(31_000);
  assert.is((f.entry() as unknown as { spec: { weight: number } }).spec.weight, 5);
  await f.end();
});

test("a deleted entry is put back", async () => {
  const { f } = await registered();
  const { uid } = f.entry()!.metadata;
  f.cluster.admin.delete("WorkloadEntry", "default", ENTRY);
  await f.pass(1000);
  assert.ok(f.entry());
  assert.is.not(f.entry()!.metadata.uid, uid);
  assert.is(f.lease()!.metadata.ownerReferences?.[0]?.uid, f.entry()!.metadata.uid, "the Lease follows");
  await f.end();
});

test("an entry that goes on vanishing is left alone, and said so", async () => {
  const { f, registration } = await registered();
  let deletions = 0;
  for (let second = 0; second < 900; second++) {
    if (f.entry()) {
      f.cluster.admin.delete("WorkloadEntry", "default", ENTRY);
      deletions++;
    }
    await f.pass(1000);
  }
  assert.is(deletions, 7, "the first and six put back");
  assert.is(registration.status().state, "conflict");
  assert.match(registration.status().reason, "others have deleted");
  await f.pass(3_700_000);
  assert.is(registration.status().state, "registered", "tried again after an hour");
  await f.end();
});

test("an entry of istiod is adopted by one PUT: its labels and registrar's notes go, other fields stay", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  const made = f.cluster.admin.create({
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadEntry",
    metadata: {
      namespace: "default",
      name: ENTRY,
      labels: { app: "old", canary: "true" },
      annotations: {
        note: "keep",
        "istio.io/workloadController": "istiod-1",
        "istio.io/connectedAt": "2020-01-01T00:00:00Z",
      },
    },
    spec: { address: "10.0.0.5", labels: { app: "old", canary: "true" }, weight: 7 },
  }, "pilot-discovery");
  f.start();
  await f.pass(1000);
  const entry = f.entry()!;
  assert.is(entry.metadata.uid, made.metadata.uid);
  assert.equal(Object.keys(entry.metadata.labels ?? {}).sort(), ["app", "security.istio.io/tlsMode", "version"]);
  assert.is(entry.metadata.annotations?.["note"], "keep");
  assert.is(entry.metadata.annotations?.["istio.io/workloadController"], undefined);
  assert.equal(f.cluster.requests.filter((r) => r === "update workloadentries"), ["update workloadentries"]);

  f.cluster.admin.patch("WorkloadGroup", "default", "reviews", { spec: { metadata: { labels: { version: null } } } });
  await f.pass(1000);
  assert.not("version" in (f.entry()!.metadata.labels ?? {}), "what was PUT can be taken back too");
  await f.end();
});

test("the group is deleted: nothing is written; it returns: so does the entry", async () => {
  const { f, registration } = await registered();
  f.cluster.admin.delete("WorkloadGroup", "default", "reviews");
  f.cluster.admin.delete("WorkloadEntry", "default", ENTRY);
  await f.pass(60_000);
  assert.is(registration.status().state, "no-group");
  assert.is(f.entry(), undefined);
  const group = f.cluster.admin.create(groupManifest());
  await f.pass(1000);
  assert.is(registration.status().state, "registered");
  assert.is(f.entry()!.metadata.ownerReferences?.[0]?.uid, group.metadata.uid);
  await f.end();
});

test("a group that is made anew before its entries were collected owns them again", async () => {
  const { f } = await registered();
  f.cluster.admin.delete("WorkloadGroup", "default", "reviews");
  await f.pass(1000);
  const { uid } = f.cluster.admin.create(groupManifest()).metadata;
  await f.pass(1000);
  assert.equal(f.entry()!.metadata.ownerReferences?.map((owner) => owner.uid), [uid]);
  await f.end();
});

test("without the group it waits and says for what", async () => {
  const f = new Fixture();
  const { registration } = f.start();
  await f.pass(1000);
  assert.is(registration.status().state, "waiting-group");
  assert.match(registration.pending, "WorkloadGroup default/reviews does not exist");
  f.cluster.admin.create(groupManifest());
  await f.pass(1000);
  assert.is(registration.status().state, "registered");
  assert.is(registration.pending, "");
  await f.end();
});

test("another agent's living entry is a conflict, and nothing is written", async () => {
  const { f } = await registered();
  const other = f.start("agent-b");
  await f.pass(120_000);
  assert.is(other.registration.status().state, "conflict");
  assert.match(other.registration.status().reason, "agent-a");
  assert.is(f.entry()!.metadata.annotations?.["moorline.dev/agent-id"], "agent-a");
  await f.end();
});

test("a dead agent's entry is taken over once its Lease has expired; the dead one then yields", async () => {
  const { f, crash } = await registered();
  const { uid } = f.entry()!.metadata;
  await crash();
  const other = f.start("agent-b");
  await f.pass(30_000);
  assert.is(other.registration.status().state, "conflict");
  await f.pass(30_000);
  assert.is(other.registration.status().state, "registered");
  assert.is(f.entry()!.metadata.uid, uid);
  assert.is((f.lease()!["spec"] as Record<string, unknown>)["holderIdentity"], "agent-b");
  const back = f.start("agent-a");
  await f.pass(300_000);
  assert.is(back.registration.status().state, "conflict");
  assert.is(f.entry()!.metadata.annotations?.["moorline.dev/agent-id"], "agent-b", "nothing flaps");
  await f.end();
});

const REFUSALS: readonly (readonly [string, number, string])[] = [
  ["its credentials", 401, "unauthorized"],
  ["its role", 403, "forbidden"],
  ["the policy", 422, "forbidden"],
  ["an overloaded server", 503, "waiting-api"],
];

for (const [who, code, state] of REFUSALS) {
  test(`refused for ${who} (${code}): ${state}, and registered when it is over`, async () => {
    const f = new Fixture();
    f.cluster.admin.create(groupManifest());
    f.cluster.trouble = (verb) => verb === "watch" ? undefined : code;
    const { registration } = f.start();
    await f.pass(600_000);
    assert.is(registration.status().state, state);
    assert.is.not(registration.pending, "");
    f.cluster.trouble = () => undefined;
    await f.pass(61_000);
    assert.is(registration.status().state, "registered");
    await f.end();
  });
}

test("an API server that is gone for ten minutes finds the same entry alive again", async () => {
  const { f, registration } = await registered();
  const { uid } = f.entry()!.metadata;
  f.cluster.trouble = () => "unreachable";
  await f.pass(600_000);
  assert.is(registration.status().state, "waiting-api");
  f.cluster.trouble = () => undefined;
  await f.pass(31_000);
  assert.is(registration.status().state, "registered");
  assert.is(f.entry()!.metadata.uid, uid);
  assert.is(registration.status().heartbeat.failures, 0);
  await f.end();
});

test("a namespace that is missing is no reason to stop trying, and is said", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  f.cluster.trouble = (verb, plural) => verb === "patch" && plural === "workloadentries" ? 404 : undefined;
  const { registration } = f.start();
  await f.pass(5000);
  assert.is(registration.status().state, "registering");
  assert.match(registration.status().reason, "404");
  f.cluster.trouble = () => undefined;
  await f.pass(31_000);
  assert.is(registration.status().state, "registered");
  await f.end();
});

test("a storm of conflicts ends in one right entry", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  let refused = 0;
  f.cluster.trouble = (verb) => verb === "patch" && refused++ < 20 ? 409 : undefined;
  const { registration } = f.start();
  await f.pass(300_000);
  assert.is(registration.status().state, "registered");
  assert.ok(refused > 20);
  assert.is(f.cluster.admin.list("WorkloadEntry").length, 1);
  await f.end();
});

test("when the API server is gone a drain ends all the same", async () => {
  const { f, registration } = await registered();
  f.cluster.trouble = () => "unreachable";
  const gone = registration.drain();
  await f.pass(30_000);
  assert.is(await gone, false);
  await f.end();
});

test("who never wrote anything leaves at once: no API server, or nothing to be registered as", async () => {
  const away = new Fixture();
  away.cluster.trouble = () => "unreachable";
  const bare = new Fixture();
  bare.cluster.missing.add("workloadentries").add("workloadgroups");
  for (const [f, state] of [[away, "waiting-api"], [bare, "off"]] as const) {
    const { registration } = f.start();
    await f.pass(1000);
    assert.is(registration.status().state, state);
    let isGone: boolean | undefined;
    registration.drain().then((gone) => isGone = gone);
    await f.pass(1000);
    assert.is(isGone, true, state);
    await f.end();
  }
});

test("what an earlier run wrote is not forgotten when the API server is gone", async () => {
  const { f, crash } = await registered();
  await crash();
  f.cluster.trouble = () => "unreachable";
  const { registration } = f.start();
  await f.pass(1000);
  const gone = registration.drain();
  await f.pass(30_000);
  assert.is(await gone, false);
  assert.ok(f.entry());
  await f.end();
});

test("a new label of the VM reaches the entry, a removed one leaves it", async () => {
  const { f, registration } = await registered();
  registration.setLabels({ canary: "true" });
  await f.pass(1000);
  assert.is(f.entry()!.metadata.labels?.["canary"], "true");
  registration.setLabels({});
  await f.pass(1000);
  assert.not("canary" in (f.entry()!.metadata.labels ?? {}));
  await f.end();
});

test("a new address gets an entry of its own, and the former one goes", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  let address = "10.0.0.5";
  f.start("agent-a", { address: ["interface:eth0"] }, {
    lookAtNetwork: () =>
      Promise.resolve({ interfaces: [{ name: "eth0", address }], bridges: new Set(), fleeting: new Set() }),
  });
  await f.pass(10_000);
  assert.ok(f.entry());
  address = "10.0.0.6";
  await f.pass(20_000);
  assert.ok(f.entry(), "not before it is stable");
  await f.pass(40_000);
  assert.is(f.entry(), undefined);
  assert.is(f.lease(), undefined);
  assert.ok(f.entry("reviews-10.0.0.6"));
  await f.end();
});

test("an address that changed while the agent was down leaves no old entry", async () => {
  const { f, crash } = await registered();
  await crash();
  f.start("agent-a", { address: ["10.0.0.7"] });
  await f.pass(1000);
  assert.ok(f.entry("reviews-10.0.0.7"));
  assert.is(f.entry(), undefined);
  await f.end();
});

test.run();
