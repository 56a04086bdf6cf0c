import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DEFAULT_RULES, Mesh, type MeshOptions, type MeshRules, type MeshSnapshot } from "../../../agent/mesh/mod.ts";
import type { NameEntry } from "../../../dns/mod.ts";
import { FakeClock, settle } from "../../fake_clock.ts";
import { FakeSources } from "./fake_sources.ts";
import { parsed, type TestManifest } from "./memory_mesh.ts";
import { HEADLESS, service, slice, WEB } from "./service_objects.ts";

const test = suite("mesh");

const HEADLESS_SLICES = "service.kubernetes.io/headless";
const FOREIGN_SLICES = "endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io";

/** A mesh of one cluster, running over fake sources, and the names that it has published. */
async function started(rules: Partial<MeshRules> = {}, more: Partial<MeshOptions> = {}) {
  const sources = new FakeSources();
  const clock = new FakeClock();
  const entries = new Map<string, NameEntry>();
  const waiting: (() => void)[] = [];
  const mesh = new Mesh({
    clusters: [{ name: "primary", domain: "cluster.local", namespaces: [], source: sources.maker() }],
    rules: { ...DEFAULT_RULES, answers: "cluster-ip", ...rules },
    publish: ({ put, remove }) => {
      for (const entry of put) entries.set(entry.name, entry);
      for (const name of remove) entries.delete(name);
    },
    probe: () => Promise.resolve(false),
    clock,
    random: () => 0.5,
    log: () => {},
    schedule: (work) => void waiting.push(work),
    ...more,
  });
  const stopping = new AbortController();
  const running = mesh.run(stopping.signal);
  /** Lets everything happen that can. */
  const turn = async () => {
    do {
      for (const work of waiting.splice(0)) work();
      await settle();
    } while (waiting.length > 0);
  };
  await turn();
  const stop = async () => {
    stopping.abort();
    await running;
  };
  const list = (kind: string, ...manifests: TestManifest[]) => sources.find(kind).list(manifests.map(parsed), "7");
  const addresses = (name: string) =>
    entries.get(name)?.records.map((record) => "address" in record ? record.address : "");
  return { mesh, sources, clock, entries, turn, stop, list, addresses };
}

test("from a list to names; pending tells what is missing", async () => {
  const { mesh, list, turn, stop, entries, addresses } = await started();
  assert.equal(mesh.pending(), ["services of cluster primary", "serviceentries of cluster primary"]);
  assert.is(entries.get("cluster.local")?.below, "pending");
  list("services", service("web", {}));
  list("serviceentries");
  await turn();
  assert.equal([mesh.pending(), addresses(WEB)], [[], ["10.0.0.1"]]);
  assert.is(entries.get("cluster.local")?.below, "authoritative");
  assert.is(mesh.size, entries.size);
  assert.equal([...mesh.names("web.default")].map(({ name }) => name), [WEB]);
  assert.is(mesh.explain(WEB).object?.name, "web");
  await stop();
});

test("a Service that asks for endpoints gets its slices read, and no other's", async () => {
  const { sources, list, turn, stop, addresses } = await started();
  list("services", service("web", {}, { annotations: { "moorline.dev/answers": "endpoints" } }), service("api", {}));
  await turn();
  const named = sources.find("endpointslices", "", "kubernetes.io/service-name in (web)");
  assert.equal(addresses(WEB), []);
  named.list([parsed(slice(["172.0.0.1"], { ports: null }))], "8");
  await turn();
  assert.equal(addresses(WEB), ["172.0.0.1"]);
  await stop();
});

test("a visible ServiceEntry with a selector gets its namespace's WorkloadEntries read", async () => {
  const { sources, list, turn, stop, addresses } = await started();
  const spec = { hosts: ["api.example.com"], resolution: "STATIC", workloadSelector: { labels: { app: "api" } } };
  list(
    "serviceentries",
    { kind: "ServiceEntry", name: "api", spec },
    { kind: "ServiceEntry", name: "api", namespace: "untrusted", spec },
  );
  await turn();
  assert.equal(sources.reading.filter((reading) => reading.startsWith("workload")), ["workloadentries default"]);
  const vm = parsed({ kind: "WorkloadEntry", name: "vm", spec: { address: "192.0.2.1", labels: { app: "api" } } });
  sources.find("workloadentries", "default").list([vm], "9");
  await turn();
  assert.equal(addresses("api.example.com"), ["192.0.2.1"]);
  await stop();
});

test("auto: ClusterIPs that do not answer from here make place for endpoints, once their slices are read", async () => {
  const { mesh, sources, clock, list, turn, stop, addresses } = await started({ answers: "auto" });
  const kubernetes = service("kubernetes", { clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443 }] });
  list("services", kubernetes, service("web", {}));
  await turn();
  await clock.advance(30_000);
  await turn();
  assert.equal([mesh.status()[0]?.measured.result, addresses(WEB)], ["unreachable", ["10.0.0.1"]]);
  sources.find("endpointslices", "", "").list([parsed(slice(["172.0.0.1"], { ports: null }))], "8");
  await turn();
  assert.equal(addresses(WEB), ["172.0.0.1"]);
  await stop();
});

/** What a run with a headless Service, an endpoint and a measurement leaves behind. */
async function snapshotOfRun(): Promise<MeshSnapshot> {
  const { mesh, sources, list, turn, stop } = await started();
  list("services", service("web", HEADLESS), service("api", { clusterIP: "10.0.0.2" }));
  list("serviceentries");
  sources.find("endpointslices", "", HEADLESS_SLICES).list([parsed(slice(["172.0.0.1"]))], "5");
  sources.find("endpointslices", "", FOREIGN_SLICES).list([], "6");
  await turn();
  const snapshot = JSON.parse(JSON.stringify(mesh.snapshot()));
  await stop();
  return snapshot;
}

test("a snapshot answers before any server does, briefly and marked, until the server confirms it", async () => {
  const resume = await snapshotOfRun();
  const { mesh, sources, entries, turn, stop } = await started({}, { resume });
  const api = "api.default.svc.cluster.local";
  const said = (name: string) => [entries.get(name)?.ttl, entries.get(name)?.stale];
  assert.equal([mesh.pending(), said(WEB), said(api)], [[], [5, true], [5, true]]);
  assert.is(entries.get("cluster.local")?.below, "authoritative");
  assert.is(sources.find("endpointslices", "", HEADLESS_SLICES).from, "5");
  for (const source of [...sources.open]) source.send({ type: "current" });
  await turn();
  assert.equal([said(WEB), said(api)], [[30, undefined], [30, undefined]]);
  assert.equal(mesh.snapshot().clusters[0]?.feed.parts.length, 4);
  await stop();
});

test("endpoints of a snapshot older than a day are not used, ClusterIPs are", async () => {
  const resume = await snapshotOfRun();
  const clock = new FakeClock(Date.UTC(2026, 0, 2, 0, 0, 1));
  const { entries, addresses, stop } = await started({}, { resume, clock });
  assert.equal(addresses("api.default.svc.cluster.local"), ["10.0.0.2"]);
  assert.equal([addresses(WEB), entries.get(WEB)?.below], [[], "pending"]);
  await stop();
});

test("a snapshot that is never confirmed grows old, however often it is written again", async () => {
  const resume = await snapshotOfRun();
  const clock = new FakeClock(Date.UTC(2026, 0, 1, 12));
  const second = await started({}, { resume, clock });
  const again = second.mesh.snapshot();
  await second.stop();
  assert.equal(
    again.clusters[0]?.feed.parts.map(({ confirmedAt }) => confirmedAt),
    resume.clusters[0]?.feed.parts.map(({ confirmedAt }) => confirmedAt),
  );
});

test("changed rules are followed while running", async () => {
  const { mesh, list, turn, stop, addresses } = await started();
  list("services", service("web", { clusterIPs: ["10.0.0.1", "10::1"] }));
  mesh.setRules({
    ...mesh.rules,
    families: { ipv4: false, ipv6: true },
    records: [{ name: "db.corp", a: ["10.0.0.5"] }],
  });
  await turn();
  assert.equal([addresses(WEB), addresses("db.corp")], [["10::1"], ["10.0.0.5"]]);
  await stop();
});

test.run();
