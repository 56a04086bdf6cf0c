import { suite } from "uvu";
import * as assert from "uvu/assert";
import { kubeCluster } from "../../../agent/workload/kube_cluster.ts";
import { Registration } from "../../../agent/workload/registration.ts";
import { noMemory } from "../../../agent/workload/registration_memory.ts";
import { WORKLOAD_DEFAULTS } from "../../../agent/workload/workload_options.ts";
import { KubeClient, loadAccess, systemClock } from "../../../registry/mod.ts";
import { ApiServer, coreKinds, istioKinds } from "../../../registry/server/mod.ts";
import { until } from "./probed_port.ts";
import { ENTRY, groupManifest } from "./workload_fixture.ts";

const test = suite("registration over HTTP");

/** An agent that talks HTTP to a server in memory. */
async function startAgent(server: ApiServer, mode: "watch" | "poll") {
  const access = await loadAccess({ parseYaml: JSON.parse, server: server.listen().url });
  const [log, random, clock] = [() => {}, Math.random, systemClock];
  const client = new KubeClient(access, { clock, random, log, userAgent: "moorline-tests" });
  const registration = new Registration({
    workload: { ...WORKLOAD_DEFAULTS, group: "reviews", address: ["10.0.0.5"], drain: 0, heartbeat: 1000 },
    cluster: kubeCluster(client, { mode, interval: 1000, clock, random, log }),
    writer: { agentId: "agent-a", version: "0.1.0", owner: "" },
    lookAtNetwork: () => Promise.resolve({ interfaces: [], bridges: new Set(), fleeting: new Set() }),
    bootId: "",
    memory: noMemory(),
    ...{ clock, random, log },
  });
  const stop = new AbortController();
  const running = registration.run(stop.signal);
  const end = async () => {
    stop.abort();
    client.close();
    await server.close();
    await running;
  };
  return { registration, end };
}

for (const mode of ["watch", "poll"] as const) {
  test(`the whole life by ${mode}: register, edited, deleted, group changed, drained`, async () => {
    const server = new ApiServer();
    const { admin } = server;
    const { registration, end } = await startAgent(server, mode);
    const entry = () => admin.find("WorkloadEntry", "default", ENTRY);
    const weight = () => (entry()?.["spec"] as { weight?: number } | undefined)?.weight;

    await until(() => registration.status().state === "waiting-group", "waiting for the group");
    admin.create(groupManifest());
    await until(() => registration.status().state === "registered", "registered");
    assert.is(weight(), 5);
    admin.patch("WorkloadEntry", "default", ENTRY, { spec: { weight: 6 } }, { manager: "kubectl-edit" });
    await until(() => weight() === 5, "put back");
    admin.patch("WorkloadGroup", "default", "reviews", { spec: { template: { weight: 7 } } });
    await until(() => weight() === 7, "following the group");
    admin.delete("WorkloadEntry", "default", ENTRY);
    await until(() => entry() !== undefined, "made again");
    await until(() => {
      const lease = admin.find("Lease", "default", ENTRY);
      return lease?.metadata.ownerReferences?.[0]?.uid === entry()?.metadata.uid;
    }, "a Lease that the entry owns");
    assert.is(await registration.drain(), true);
    assert.is(entry(), undefined);
    await end();
  });
}

test("an old mesh that serves v1beta1 only", async () => {
  const old = istioKinds.map((kind) => ({ ...kind, versions: ["v1beta1"] }));
  const server = new ApiServer({ kinds: [...coreKinds, ...old] });
  const { registration, end } = await startAgent(server, "watch");
  server.admin.create({ ...groupManifest(), apiVersion: "networking.istio.io/v1beta1" });
  await until(() => registration.status().state === "registered", "registered");
  const entry = server.admin.get("WorkloadEntry", "default", ENTRY);
  assert.is(entry.metadata.ownerReferences?.[0]?.apiVersion, "networking.istio.io/v1beta1");
  await until(() => server.admin.find("Lease", "default", ENTRY) !== undefined, "a Lease");
  const [owner] = server.admin.get("Lease", "default", ENTRY).metadata.ownerReferences ?? [];
  assert.is(owner?.apiVersion, "networking.istio.io/v1beta1");
  await end();
});

test.run();
