import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ClusterFeed, type ClusterFeedOptions } from "../../../agent/mesh/cluster_feed.ts";
import type { Service } from "../../../agent/mesh/service_kind.ts";
import { MOVE_GRACE_MS } from "../../../registry/store.ts";
import { FakeClock, settle } from "../../fake_clock.ts";
import { FakeSources } from "./fake_sources.ts";
import { parsed, type TestManifest } from "./memory_mesh.ts";

const test = suite("cluster feed");

const HEADLESS = "service.kubernetes.io/headless";
const FOREIGN = "endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io";
const LEAST = { allSlices: false, sliceServices: [], workloadNamespaces: [] };

/** A feed that runs over fake sources until `stop`. */
async function started(more: Partial<ClusterFeedOptions> = {}) {
  const sources = new FakeSources();
  const clock = new FakeClock();
  const feed = new ClusterFeed({
    name: "primary",
    domain: "cluster.local",
    namespaces: [],
    fallback: ["vm"],
    source: sources.maker(),
    clock,
    random: () => 0.5,
    log: () => {},
    ...more,
  });
  let told = 0;
  feed.onKnowledge(() => told++);
  const stopping = new AbortController();
  const running = feed.run(stopping.signal);
  await settle();
  const stop = async () => {
    stopping.abort();
    await running;
  };
  return { feed, sources, clock, stop, told: () => told };
}

function service(
  name: string,
  namespace = "default",
  spec: Record<string, unknown> = { clusterIP: "10.0.0.1" },
): Service {
  return parsed({ kind: "Service", name, namespace, spec } as TestManifest) as Service;
}

test("reads little by default: two sorts of slices, no WorkloadEntries, the whole cluster", async () => {
  const { feed, sources, stop } = await started();
  assert.equal(sources.reading, [
    `endpointslices * ${FOREIGN}`,
    `endpointslices * ${HEADLESS}`,
    "serviceentries *",
    "services *",
  ]);
  assert.is(feed.knowledge.namespaces, null);
  assert.is(feed.knowledge.knows("services"), "pending");
  sources.find("services").list([service("web")], "7");
  await settle();
  assert.is(feed.knowledge.knows("services"), "known");
  assert.is(feed.stores.services.get("default/web")?.name, "web");
  await stop();
  assert.equal(sources.reading, []);
});

test("an absent kind is known to have no objects; a forbidden one is not known", async () => {
  const { feed, sources, stop } = await started();
  sources.find("serviceentries").refuse(404);
  await settle();
  assert.is(feed.knowledge.knows("serviceentries"), "known");
  await stop();
});

test("endpoints of headless Services are known once both sorts of slices are", async () => {
  const { feed, sources, stop } = await started();
  const headless = service("web", "default", { clusterIP: "None" });
  sources.find("endpointslices", "", HEADLESS).list([], "1");
  await settle();
  assert.is(feed.knowledge.knowsEndpoints(headless), "pending");
  sources.find("endpointslices", "", FOREIGN).list([], "1");
  await settle();
  assert.is(feed.knowledge.knowsEndpoints(headless), "known");
  assert.is(feed.knowledge.knowsEndpoints(service("web")), "pending");
  await stop();
});

for (const [refused, listed] of [[HEADLESS, FOREIGN], [FOREIGN, HEADLESS]] as const) {
  test(`endpoints of headless Services may not be read while ${refused} may not`, async () => {
    const { feed, sources, stop } = await started();
    sources.find("endpointslices", "", listed).list([], "1");
    sources.find("endpointslices", "", refused).refuse(403);
    await settle();
    assert.is(feed.knowledge.knowsEndpoints(service("web", "default", { clusterIP: "None" })), "unreadable");
    await stop();
  });
}

test("slices of Services by name, and then all: what was read stays until the wider reading is whole", async () => {
  const { feed, sources, stop } = await started();
  const headless = service("db", "default", { clusterIP: "None" });
  for (const selector of [HEADLESS, FOREIGN]) sources.find("endpointslices", "", selector).list([], "1");
  feed.setNeeds({ ...LEAST, sliceServices: ["default/web", "shop/api", "shop/web"] });
  await settle();
  const named = "kubernetes.io/service-name in (api,web)";
  sources.find("endpointslices", "", named).list([], "1");
  await settle();
  assert.equal([feed.knowledge.knowsEndpoints(service("web")), feed.knowledge.knowsEndpoints(service("other"))], [
    "known",
    "pending",
  ]);
  feed.setNeeds({ ...LEAST, allSlices: true });
  await settle();
  assert.is(sources.reading.filter((reading) => reading.startsWith("endpointslices")).length, 4);
  assert.equal([feed.knowledge.knowsEndpoints(headless), feed.knowledge.knowsEndpoints(service("other"))], [
    "known",
    "pending",
  ]);
  sources.find("endpointslices", "", "").list([], "2");
  await settle();
  assert.equal(sources.reading.filter((reading) => reading.startsWith("endpointslices")), ["endpointslices *"]);
  assert.equal([feed.knowledge.knowsEndpoints(headless), feed.knowledge.knowsEndpoints(service("other"))], [
    "known",
    "known",
  ]);
  await stop();
});

test("a slice that is in two parts stays when one of them ends", async () => {
  const { feed, sources, clock, stop } = await started();
  const slice = parsed({ kind: "EndpointSlice", name: "web-1", addressType: "IPv4", endpoints: [] });
  sources.find("endpointslices", "", HEADLESS).list([slice], "1");
  sources.find("endpointslices", "", FOREIGN).list([], "1");
  feed.setNeeds({ ...LEAST, allSlices: true });
  await settle();
  let gone = 0;
  feed.stores.endpointslices.onChange((changes) => gone += changes.filter(({ after }) => !after).length);
  sources.find("endpointslices", "", "").list([slice], "2");
  await clock.advance(MOVE_GRACE_MS * 2);
  assert.equal([feed.stores.endpointslices.size, gone], [1, 0]);
  await stop();
});

test("forbidden in the cluster: the workload's namespace, until the role is widened", async () => {
  const { feed, sources, clock, stop } = await started();
  sources.find("services").refuse(403);
  await settle();
  assert.equal(feed.knowledge.namespaces, ["vm"]);
  sources.find("services", "vm").list([service("own", "vm")], "3");
  await settle();
  assert.equal(
    ["", "vm", "default"].map((namespace) => feed.knowledge.knows("services", namespace)),
    ["unreadable", "known", "unreadable"],
  );
  // Other kinds are not concerned: ServiceEntries may still be read everywhere, and with them WorkloadEntries.
  feed.setNeeds({ ...LEAST, workloadNamespaces: ["shop"] });
  await settle();
  sources.find("workloadentries", "shop").list([], "4");
  await settle();
  assert.is(feed.knowledge.knows("workloadentries", "shop"), "known");
  await clock.advance(360_000);
  sources.find("services").list([service("own", "vm"), service("web")], "9");
  await settle();
  assert.is(feed.knowledge.namespaces, null);
  assert.equal(sources.reading.filter((reading) => reading.startsWith("services")), ["services *"]);
  await clock.advance(MOVE_GRACE_MS * 2);
  assert.equal([...feed.stores.services.list()].map(({ name }) => name).sort(), ["own", "web"]);
  await stop();
});

test("configured namespaces are read one by one, and no others are known", async () => {
  const { feed, sources, stop } = await started({ namespaces: ["a", "b"] });
  assert.equal(sources.reading.filter((reading) => reading.startsWith("services")), ["services a", "services b"]);
  sources.find("services", "a").list([], "1");
  await settle();
  assert.equal(["a", "b", "c"].map((namespace) => feed.knowledge.knows("services", namespace)), [
    "known",
    "pending",
    "unreadable",
  ]);
  assert.equal(feed.knowledge.namespaces, ["a", "b"]);
  await stop();
});

test("WorkloadEntries only of the namespaces that selectors need; of all when these are many", async () => {
  const { feed, sources, stop } = await started();
  const reading = () => sources.reading.filter((reading) => reading.startsWith("workloadentries"));
  feed.setNeeds({ ...LEAST, workloadNamespaces: ["a", "b"] });
  await settle();
  assert.equal(reading(), ["workloadentries a", "workloadentries b"]);
  for (const namespace of ["a", "b"]) sources.find("workloadentries", namespace).list([], "1");
  feed.setNeeds({ ...LEAST, workloadNamespaces: ["b"] });
  await settle();
  assert.equal(reading(), ["workloadentries b"]);
  feed.setNeeds({ ...LEAST, workloadNamespaces: Array.from({ length: 11 }, (_, i) => `n${i}`) });
  await settle();
  assert.equal(reading(), ["workloadentries *", "workloadentries b"]);
  sources.find("workloadentries").list([], "2");
  await settle();
  assert.equal(reading(), ["workloadentries *"]);
  await stop();
});

test("goes on from a snapshot: objects at once, and each part from its resourceVersion", async () => {
  const first = await started();
  first.sources.find("services").refuse(403);
  await settle();
  first.sources.find("services", "vm").list([service("own", "vm")], "41");
  first.sources.find("serviceentries").list([], "42");
  await settle();
  const snapshot = JSON.parse(JSON.stringify(first.feed.snapshot()));
  await first.stop();

  const { feed, sources, stop } = await started({ resume: snapshot });
  assert.equal(
    [sources.find("services", "vm").from, sources.find("serviceentries").from, sources.find("services").from],
    ["41", "42", ""],
  );
  assert.is(feed.stores.services.get("vm/own")?.name, "own");
  assert.equal(feed.knowledge.namespaces, ["vm"]);
  assert.equal([feed.knowledge.knows("services", "vm"), feed.knowledge.knows("serviceentries")], ["known", "known"]);
  await stop();
});

test("another sort of source goes on where the first one stopped", async () => {
  const { feed, sources, stop } = await started();
  sources.find("services").list([service("web")], "7");
  await settle();
  feed.useSource(sources.maker("poll"));
  await settle();
  const { mode, from } = sources.find("services");
  assert.equal([mode, from], ["poll", "7"]);
  assert.ok(sources.open.every(({ mode }) => mode === "poll"));
  await stop();
});

test("status names every part, its state and its objects; listeners hear of what is known, not of every event", async () => {
  const { feed, sources, stop, told } = await started();
  sources.find("services").list([service("web")], "7");
  await settle();
  const before = told();
  sources.find("services").send({ type: "bookmark", resourceVersion: "8" });
  sources.find("services").send({ type: "put", item: service("api") });
  await settle();
  assert.is(told(), before);
  const [services] = feed.status().filter(({ kind }) => kind === "services");
  assert.equal([services?.state.state, services?.objects, services?.namespace], ["synced", 2, ""]);
  await stop();
});

test.run();
