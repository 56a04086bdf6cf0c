import * as assert from "uvu/assert";
import { endToEnd } from "../end_to_end.ts";
import { buildKube } from "./kube_apiserver.ts";
import { eventually, RegistrationCluster, reviewsGroup } from "./registration_cluster.ts";

/** The life of an entry told on a real API server. There is no garbage collector: what must go is removed by the agent. */
const test = await endToEnd("registration beside a real API server", async () => await buildKube() || undefined);

const ENTRY = "reviews-10.0.0.5";
let cluster: RegistrationCluster;
let admin = "";

test.before(async () => {
  cluster = await RegistrationCluster.start();
  admin = cluster.server.adminToken;
});
test.after(() => cluster.stop());

const entry = () => cluster.find("WorkloadEntry", ENTRY);
const lease = () => cluster.find("Lease", ENTRY);
const patch = (kind: string, name: string, body: unknown, query = "?fieldManager=someone") =>
  cluster.ask("PATCH", cluster.path(kind, name) + query, body);

async function clean() {
  for (const kind of ["WorkloadEntry", "Lease", "EndpointSlice"]) await cluster.ask("DELETE", cluster.path(kind));
  await cluster.ask("DELETE", cluster.path("WorkloadGroup", "reviews"));
}

test("a normal life: waits for the group, registers, follows, is put back, drains", async () => {
  const { registration, crash } = await cluster.agent(admin, "agent-a");
  await eventually(() => registration.status().state === "waiting-group", "waiting");
  await cluster.apply(reviewsGroup(cluster.namespace));
  await eventually(() => registration.status().state === "registered", "registered");
  const first = (await entry())!;
  assert.equal(first.metadata.labels, { app: "reviews", "security.istio.io/tlsMode": "disabled" });
  await eventually(async () => (await lease())?.metadata.ownerReferences?.[0]?.uid === first.metadata.uid, "a Lease");

  await patch("WorkloadGroup", "reviews", {
    spec: { template: { weight: null }, metadata: { labels: { tier: "vm" } } },
  });
  await eventually(async () => (await entry())?.metadata.labels?.["tier"] === "vm", "the group's new label");
  assert.is((await entry())!.spec.weight, undefined);

  await patch("WorkloadEntry", ENTRY, {
    metadata: { labels: { app: "stolen", theirs: "x" }, annotations: { note: "y" } },
    spec: { address: "10.9.9.9" },
  });
  await eventually(async () => (await entry())?.spec.address === "10.0.0.5", "put back");
  const after = (await entry())!;
  assert.is(after.metadata.uid, first.metadata.uid);
  assert.equal([after.metadata.labels?.["app"], after.metadata.labels?.["theirs"]], ["reviews", "x"]);
  assert.is(after.metadata.annotations?.["note"], "y");

  await cluster.ask("DELETE", cluster.path("WorkloadEntry", ENTRY));
  await eventually(async () => (await entry()) !== undefined, "made again");
  const again = (await entry())!;
  await eventually(async () => (await lease())?.metadata.ownerReferences?.[0]?.uid === again.metadata.uid, "its Lease");
  assert.is(await registration.drain(), true);
  assert.equal([await entry(), await lease()], [undefined, undefined]);
  await crash();
  await clean();
});

test("crash and return: the same entry", async () => {
  await cluster.apply(reviewsGroup(cluster.namespace));
  const first = await cluster.agent(admin, "agent-a");
  await eventually(() => first.registration.status().state === "registered", "registered");
  const { uid } = (await entry())!.metadata;
  await first.crash();
  const second = await cluster.agent(admin, "agent-a");
  await eventually(() => second.registration.status().state === "registered", "registered again");
  assert.is((await entry())!.metadata.uid, uid);
  await second.crash();
  await clean();
});

test("two VMs with one name: the living keeps it, the dead one's is taken over, nothing flaps", async () => {
  await cluster.apply(reviewsGroup(cluster.namespace));
  const first = await cluster.agent(admin, "agent-a");
  await eventually(() => first.registration.status().state === "registered", "registered");
  const { uid } = (await entry())!.metadata;
  const second = await cluster.agent(admin, "agent-b");
  await eventually(() => second.registration.status().state === "conflict", "conflict");
  await first.crash();
  await eventually(() => second.registration.status().state === "registered", "taken over");
  assert.is((await entry())!.metadata.uid, uid);
  const back = await cluster.agent(admin, "agent-a");
  await eventually(() => back.registration.status().state === "conflict", "the first one yields");
  assert.is((await entry())!.metadata.annotations?.["moorline.dev/agent-id"], "agent-b");
  await second.crash();
  await back.crash();
  await clean();
});

test("an entry of istiod is adopted by one PUT: nothing of its labels goes on selecting", async () => {
  await cluster.apply(reviewsGroup(cluster.namespace));
  const query = "?fieldManager=pilot-discovery";
  await cluster.ask("POST", cluster.path("WorkloadEntry") + query, {
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadEntry",
    metadata: {
      name: ENTRY,
      labels: { app: "old", canary: "true" },
      annotations: { note: "keep", "istio.io/workloadController": "istiod-1" },
    },
    spec: { address: "10.0.0.5", labels: { canary: "true" } },
  });
  const { registration, crash } = await cluster.agent(admin, "agent-a");
  await eventually(() => registration.status().state === "registered", "adopted");
  const adopted = (await entry())!;
  assert.equal(Object.keys(adopted.metadata.labels ?? {}).sort(), ["app", "security.istio.io/tlsMode"]);
  assert.is(adopted.metadata.annotations?.["note"], "keep");
  assert.is(adopted.metadata.annotations?.["istio.io/workloadController"], undefined);
  assert.equal(registration.status().writes.filter(({ op }) => op === "adopt"), [{
    op: "adopt",
    result: "ok",
    count: 1,
  }]);
  registration.setLabels({ extra: "1" });
  await eventually(async () => (await entry())?.metadata.labels?.["extra"] === "1", "a label more");
  registration.setLabels({});
  await eventually(async () => !("extra" in ((await entry())?.metadata.labels ?? {})), "a label less");
  await patch("WorkloadGroup", "reviews", { spec: { metadata: { labels: { app: null } } } });
  await eventually(async () => !("app" in ((await entry())?.metadata.labels ?? {})), "what was PUT is taken back");
  await crash();
  await clean();
});

test("health: the condition is one of several, and istiod's survives", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const probe = { tcpSocket: { host: "127.0.0.1", port }, periodSeconds: 1, failureThreshold: 1 };
  await cluster.apply(reviewsGroup(cluster.namespace, { probe }));
  const { crash } = await cluster.agent(admin, "agent-a");
  const healthy = async () => (await entry())?.status?.conditions?.find((c) => c["type"] === "Healthy")?.["status"];
  await eventually(async () => await healthy() === "True", "healthy");
  const conditions = [...(await entry())!.status!.conditions!, { type: "WaypointBound", status: "True" }];
  await cluster.ask("PATCH", `${cluster.path("WorkloadEntry", ENTRY)}/status`, { status: { conditions } });
  listener.close();
  await eventually(async () => await healthy() === "False", "unhealthy");
  assert.ok((await entry())!.status!.conditions!.some((condition) => condition["type"] === "WaypointBound"));
  await crash();
  await clean();
});

test("the group goes and returns", async () => {
  await cluster.apply(reviewsGroup(cluster.namespace));
  const { registration, crash } = await cluster.agent(admin, "agent-a");
  await eventually(() => registration.status().state === "registered", "registered");
  await cluster.ask("DELETE", cluster.path("WorkloadGroup", "reviews"));
  await eventually(() => registration.status().state === "no-group", "no-group");
  await cluster.ask("DELETE", cluster.path("WorkloadEntry", ENTRY)); // what Kubernetes' collector would do
  await cluster.apply(reviewsGroup(cluster.namespace));
  await eventually(() => registration.status().state === "registered", "registered again");
  const group = (await cluster.find("WorkloadGroup", "reviews"))!;
  assert.equal((await entry())!.metadata.ownerReferences?.map((owner) => owner.uid), [group.metadata.uid]);
  await crash();
  await clean();
});

test("a VM whose clock is an hour ahead writes times of the API server", async () => {
  await cluster.apply(reviewsGroup(cluster.namespace));
  const ahead = {
    now: () => Date.now() + 3_600_000,
    monotonic: () => performance.now(),
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener("abort", () => {
          clearTimeout(timer);
          reject(signal.reason);
        }, { once: true });
      }),
  };
  const { registration, crash } = await cluster.agent(admin, "agent-a", {}, { clock: ahead });
  await eventually(() => registration.status().state === "registered", "registered");
  await eventually(async () => (await lease()) !== undefined, "a Lease");
  const connectedAt = Date.parse((await entry())!.metadata.annotations!["istio.io/connectedAt"]!);
  const behind = Date.now() - connectedAt;
  assert.ok(behind > 20_000 && behind < 60_000, `dated back by about 30 s, not in the future: ${behind} ms`);
  const renewed = Date.parse((await lease())!.spec.renewTime);
  assert.ok(Math.abs(renewed - Date.now()) < 10_000, `${renewed - Date.now()} ms`);
  await crash();
  await clean();
});

test("an outage of the API server: the same entry afterwards, alive", async () => {
  await cluster.apply(reviewsGroup(cluster.namespace));
  const { registration, crash } = await cluster.agent(admin, "agent-a");
  await eventually(() => registration.status().state === "registered", "registered");
  const { uid } = (await entry())!.metadata;
  await cluster.server.stopApiserver();
  await eventually(() => registration.status().state === "waiting-api", "it is noticed");
  await cluster.server.startApiserver();
  await eventually(() => registration.status().state === "registered", "registered again", 60_000);
  assert.is((await entry())!.metadata.uid, uid);
  await crash();
  await clean();
});

test("behind a plain Service: slices that the API server accepts, terminating while they drain", async () => {
  await cluster.apply(reviewsGroup(cluster.namespace));
  await cluster.apply({
    kind: "Service",
    metadata: { namespace: cluster.namespace, name: "shop" },
    spec: { selector: { app: "shop" }, ports: [{ name: "http", port: 80 }] },
  });
  const address = ["10.0.0.5", "fd00::5"];
  const options = { publish: "endpoint-slice", service: "shop", address, drain: 1000 } as const;
  const { registration, crash } = await cluster.agent(admin, "agent-a", options);
  await eventually(() => registration.status().state === "registered", "registered");
  const name = `moorline-${ENTRY}`;
  const slice = (n = name) => cluster.find("EndpointSlice", n);
  await eventually(async () => (await slice(`${name}-v6`)) !== undefined, "the second family");
  assert.equal((await slice())!.endpoints[0].conditions, { ready: true, serving: true, terminating: false });
  const gone = registration.drain();
  await eventually(async () => (await slice())?.endpoints[0].conditions.terminating === true, "terminating");
  assert.is(await gone, true);
  assert.equal([await slice(), await slice(`${name}-v6`)], [undefined, undefined]);
  await crash();
  await clean();
});

test.run();
