import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DEFAULT_RULES, type MeshRules } from "../../../agent/mesh/mesh_rules.ts";
import type { Service } from "../../../agent/mesh/service_kind.ts";
import { MemoryCluster, PublishedNames, type TestManifest } from "./memory_mesh.ts";

const test = suite("name builder");

const WEB = "web.default.svc.cluster.local";
const RULES: MeshRules = { ...DEFAULT_RULES, answers: "cluster-ip" };

function service(name: string, clusterIP: string, more: Record<string, unknown> = {}): TestManifest {
  return { kind: "Service", name, spec: { clusterIP, ...more } };
}

function changes(names: PublishedNames, work: () => void): { put: string[]; remove: string[] } {
  const before = names.deltas.length;
  work();
  names.settle();
  const deltas = names.deltas.slice(before);
  return {
    put: deltas.flatMap(({ put }) => put.map(({ name }) => name)).sort(),
    remove: deltas.flatMap(({ remove }) => remove).sort(),
  };
}

test("a change publishes what it changes and nothing else", () => {
  const cluster = new MemoryCluster().apply(service("web", "10.0.0.1"), service("api", "10.0.0.2"));
  const names = new PublishedNames([cluster]);
  assert.equal(changes(names, () => cluster.apply(service("web", "10.0.0.9"))), {
    put: ["9.0.0.10.in-addr.arpa", WEB],
    remove: ["1.0.0.10.in-addr.arpa"],
  });
});

test("a change that changes no answer publishes nothing", () => {
  const cluster = new MemoryCluster().apply(service("web", "10.0.0.1"));
  const names = new PublishedNames([cluster]);
  const deltas = names.deltas.length;
  cluster.apply(service("web", "10.0.0.1"));
  names.builder.setRules({ ...RULES });
  names.settle();
  assert.is(names.deltas.length, deltas);
});

test("a burst is one delta: an object and its slice arrive together", () => {
  const cluster = new MemoryCluster();
  const names = new PublishedNames([cluster]);
  const deltas = names.deltas.length;
  cluster.apply(service("web", "None"));
  cluster.apply({
    kind: "EndpointSlice",
    name: "web-1",
    labels: { "kubernetes.io/service-name": "web" },
    addressType: "IPv4",
    endpoints: [{ addresses: ["172.0.0.1"] }],
  });
  names.settle();
  assert.is(names.deltas.length, deltas + 1);
  assert.equal(names.answer(WEB), ["172.0.0.1"]);
});

test("an address that moves to another Service is never without a PTR", () => {
  const cluster = new MemoryCluster().apply(service("old", "10.0.0.1"));
  const names = new PublishedNames([cluster]);
  const { put, remove } = changes(names, () => {
    cluster.remove("Service", "old");
    cluster.apply(service("web", "10.0.0.1"));
  });
  assert.equal(put, ["1.0.0.10.in-addr.arpa", WEB]);
  assert.equal(remove, ["old.default.svc.cluster.local"]);
});

test("a Service that is made again under its name within a burst is never absent", () => {
  const cluster = new MemoryCluster().apply(service("web", "10.0.0.1"));
  const names = new PublishedNames([cluster]);
  assert.equal(
    changes(names, () => {
      cluster.remove("Service", "web");
      cluster.apply(service("web", "10.0.0.1"));
    }),
    { put: [], remove: [] },
  );
});

test("work is done in slices: other work has its turn, and what comes meanwhile is not lost", () => {
  const cluster = new MemoryCluster();
  const names = new PublishedNames([cluster]);
  let tick = 0;
  Object.defineProperty(names, "time", { get: () => tick += 0.02 });
  for (let i = 0; i < 3000; i++) cluster.apply(service(`s${i}`, `10.1.${i >> 8}.${i & 255}`));
  let turns = 0;
  for (let work = names.waiting.shift(); work; work = names.waiting.shift()) {
    work();
    turns++;
    if (turns === 2) cluster.remove("Service", "s5");
    if (turns === 3) cluster.apply(service("s7", "10.9.9.9"));
  }
  assert.ok(turns > 6, `${turns} turns`);
  assert.is(names.answer("s5.default.svc.cluster.local"), null);
  assert.equal(names.answer("s7.default.svc.cluster.local"), ["10.9.9.9"]);
  assert.equal(names.answer("s2999.default.svc.cluster.local"), ["10.1.11.183"]);
});

test("a slice ends when its time is over", () => {
  const cluster = new MemoryCluster();
  const names = new PublishedNames([cluster]);
  for (let i = 0; i < 100; i++) cluster.apply(service(`s${i}`, `10.1.0.${i}`));
  const ticking = Object.defineProperty(names, "time", { get: () => tick += 3 });
  let tick = 0;
  let turns = 0;
  for (let work = names.waiting.shift(); work; work = names.waiting.shift(), turns++) work();
  assert.ok(turns > 20, `${turns} turns`);
  assert.equal(ticking.answer("s99.default.svc.cluster.local"), ["10.1.0.99"]);
});

test("an object whose names cannot be made keeps those that it had, and is told; the others go on", () => {
  const cluster = new MemoryCluster().apply(service("web", "10.0.0.1"));
  const errors: string[] = [];
  const names = new PublishedNames([cluster], {}, (key) => errors.push(key));
  const broken = { namespace: "default", name: "web", uid: "uid-Service-default-web", resourceVersion: "99999" };
  cluster.stores.services.part("all").put(broken as Service);
  cluster.apply(service("api", "10.0.0.2"));
  assert.equal([names.answer(WEB), errors], [["10.0.0.1"], ["default/web"]]);
  assert.equal(names.answer("api.default.svc.cluster.local"), ["10.0.0.2"]);
});

test("changed rules change the answers that they touch", () => {
  const cluster = new MemoryCluster().apply(
    service("web", "10.0.0.1", { clusterIPs: ["10.0.0.1", "10::1"] }),
    service("four", "10.0.0.2"),
  );
  const names = new PublishedNames([cluster]);
  const { put, remove } = changes(names, () => {
    names.builder.setRules({ ...RULES, families: { ipv4: true, ipv6: false } });
  });
  assert.equal([put, remove], [[WEB], []]);
  assert.is(changes(names, () => names.builder.setRules({ ...RULES, ttl: 5 })).put.length, names.entries.size);
});

test.run();
