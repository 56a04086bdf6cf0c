import * as assert from "uvu/assert";
import { Collector, followFleet } from "../../agent/workload/collector/mod.ts";
import { kubeCluster } from "../../agent/workload/kube_cluster.ts";
import { collectorManifests } from "../../agent/workload/manifests/mod.ts";
import { systemClock } from "../../registry/mod.ts";
import { endToEnd } from "../end_to_end.ts";
import { buildKube } from "./kube_apiserver.ts";
import { eventually, RegistrationCluster, reviewsGroup } from "./registration_cluster.ts";

/** The collector on a real API server, with the rights that `manifests collector` gives it and no others. */
const test = await endToEnd("the collector beside a real API server", async () => await buildKube() || undefined);

const HOME = "moorline-system";
let cluster: RegistrationCluster;
let token = "";

test.before(async () => {
  cluster = await RegistrationCluster.start();
  await cluster.apply(reviewsGroup(cluster.namespace));
  const flags: string[] = [];
  for (const manifest of collectorManifests({ image: "moorline:test", namespace: HOME, flags })) {
    await cluster.apply(manifest);
  }
  const path = `${cluster.path("ServiceAccount", "moorline-collector", HOME)}/token`;
  const reply = await cluster.ask("POST", path, { spec: {} });
  token = (reply.object as unknown as { status: { token: string } }).status.token;
});
test.after(() => cluster.stop());

/** A replica; what it could not do is remembered. */
async function collector(identity: string, maxShare = 1) {
  const common = { clock: systemClock, random: Math.random, log: () => {} };
  const client = await cluster.client(token);
  const stores = followFleet(client, [], common);
  const collector = new Collector({
    settings: { unhealthyAfter: 1000, deleteAfter: 7000, maxShare, dryRun: false },
    cluster: kubeCluster(client, { mode: "watch", interval: 1000, ...common }),
    ...{ ...stores, namespace: HOME, identity, clock: systemClock, log: () => {} },
  });
  const stop = new AbortController();
  const running = Promise.all([stores.run(stop.signal), collector.run(stop.signal)]);
  return {
    collector,
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

const failures = (collector: Collector) => collector.status().writes.filter(({ result }) => result !== "ok");

test("marks the silent, removes the dead, leaves the living; a returning VM takes everything back", async () => {
  const admin = cluster.server.adminToken;
  const addresses = ["10.0.0.5", "10.0.0.6", "10.0.0.7"];
  const [living, dying, pausing] = await Promise.all(
    addresses.map((address, i) => cluster.agent(admin, `agent-${i}`, { address: [address] })),
  );
  const registered = () =>
    [living!, dying!, pausing!].every(({ registration }) => registration.status().state === "registered");
  await eventually(registered, "registered");
  const first = await collector("a");
  const second = await collector("b");
  await eventually(() => first.collector.status().leads || second.collector.status().leads, "one leads");
  assert.not(first.collector.status().leads && second.collector.status().leads);
  await dying!.crash();
  await pausing!.crash();
  const find = (address: string) => cluster.find("WorkloadEntry", `reviews-${address}`);
  const healthy = async (address: string) =>
    (await find(address))?.status?.conditions?.find((condition) => condition["type"] === "Healthy")?.["status"];
  await eventually(async () => await healthy("10.0.0.6") === "False", "marked");
  await eventually(async () => await healthy("10.0.0.7") === "False", "marked");
  assert.is(await healthy("10.0.0.5"), undefined, "the living has no probe and no mark");
  const back = await cluster.agent(admin, "agent-2", { address: ["10.0.0.7"] });
  await eventually(async () => !(await find("10.0.0.7"))?.metadata.annotations?.["moorline.dev/silent-since"], "back");
  await eventually(async () => await find("10.0.0.6") === undefined, "removed");
  assert.is(await cluster.find("Lease", "reviews-10.0.0.6"), undefined);
  assert.ok(await find("10.0.0.5"));
  assert.ok(await find("10.0.0.7"));
  assert.equal([...failures(first.collector), ...failures(second.collector)], [], "nothing was forbidden");
  await first.stop();
  await second.stop();
  await living!.crash();
  await back.crash();
});

test("a partition: nothing is marked", async () => {
  const admin = cluster.server.adminToken;
  const agent = await cluster.agent(admin, "agent-9", { address: ["10.0.0.9"] });
  await eventually(() => agent.registration.status().state === "registered", "registered");
  const { collector: watching, stop } = await collector("c", 0.3);
  await eventually(() => watching.status().leads, "it leads");
  await agent.crash();
  await eventually(() => watching.status().partition, "noticed");
  await eventually(() => watching.status().entries.some((e) => e.vitality === "dead" && e.count > 0), "long dead");
  assert.ok(await cluster.find("WorkloadEntry", "reviews-10.0.0.9"));
  await stop();
});

test.run();
