import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MemoryCluster, PublishedNames, type TestManifest } from "./memory_mesh.ts";

const test = suite("names of zones and namespaces");

const service: TestManifest = { kind: "Service", name: "web", namespace: "shop", spec: { clusterIP: "10.0.0.1" } };

/** What holds for unknown names, by the entries that say so. */
function below(names: PublishedNames): Record<string, string> {
  names.settle();
  return Object.fromEntries(
    [...names.entries.values()].filter((entry) => entry.below).map((entry) => [entry.name, entry.below!]),
  );
}

test("S1 and the zone's own names", () => {
  const self = { agentId: "agent-7", version: "1.2.3", addresses: ["192.0.2.7", "2001:db8::7"] };
  const names = new PublishedNames([new MemoryCluster()], { self, negativeTtl: 7 });
  assert.equal(names.answer("cluster.local"), [
    "NS ns.dns.cluster.local",
    "SOA ns.dns.cluster.local hostmaster.cluster.local 7",
  ]);
  assert.equal(names.answer("ns.dns.cluster.local"), ["192.0.2.7", "2001:db8::7"]);
  assert.equal(names.answer("dns-version.cluster.local"), ["TXT 1.1.0"]);
  assert.equal(names.answer("self.moorline.cluster.local"), ["192.0.2.7", "2001:db8::7", "TXT agent-7 1.2.3"]);
  assert.equal(names.answer("svc.cluster.local"), []);
});

test("the zone's server is where the agent answers, this VM is where it can be reached", () => {
  const self = { agentId: "", version: "", addresses: ["192.0.2.7"], servers: ["127.0.0.1", "::1"] };
  const families = { ipv4: true, ipv6: false };
  const names = new PublishedNames([new MemoryCluster()], { self, families });
  assert.equal(names.answer("ns.dns.cluster.local"), ["127.0.0.1"]);
  assert.equal(names.answer("self.moorline.cluster.local"), ["192.0.2.7"]);
});

test("no object takes a zone's own names", () => {
  const hosts = ["cluster.local", "ns.dns.cluster.local", "dns-version.cluster.local", "self.moorline.cluster.local"];
  const taker: TestManifest = { kind: "ServiceEntry", name: "taker", spec: { hosts, addresses: ["192.0.2.66"] } };
  const names = new PublishedNames([new MemoryCluster().apply(taker)]);
  assert.not(hosts.some((host) => names.answer(host)?.includes("192.0.2.66")));
});

test("a namespace exists as long as an object is in it", () => {
  const cluster = new MemoryCluster().apply(service);
  const names = new PublishedNames([cluster]);
  assert.equal(names.answer("shop.svc.cluster.local"), []);
  cluster.apply({ kind: "ServiceEntry", name: "x", namespace: "shop", spec: { hosts: ["x.example.com"] } });
  names.settle();
  cluster.remove("Service", "web", "shop");
  assert.equal(names.answer("shop.svc.cluster.local"), []);
  cluster.remove("ServiceEntry", "x", "shop");
  assert.is(names.answer("shop.svc.cluster.local"), null);
});

test("unknown names: pending until Services and ServiceEntries are read, then they do not exist", () => {
  const cluster = new MemoryCluster();
  cluster.tell("services", "pending");
  cluster.tell("serviceentries", "pending");
  const names = new PublishedNames([cluster]);
  assert.equal(below(names), { "cluster.local": "pending" });
  cluster.tell("services", "known");
  assert.equal(below(names), { "cluster.local": "pending" });
  cluster.tell("serviceentries", "unreadable"); // no Istio here, or none of our business
  assert.equal(below(names), { "cluster.local": "authoritative" });
});

test("a zone says that nothing else exists only after everything that does has been published", () => {
  const cluster = new MemoryCluster();
  cluster.tell("services", "pending");
  const names = new PublishedNames([cluster]);
  for (let i = 0; i < 2000; i++) {
    cluster.apply({ kind: "Service", name: `s${i}`, spec: { clusterIP: `10.1.${i >> 8}.${i & 255}` } });
  }
  cluster.tell("services", "known");
  names.settle();
  const authoritative = names.deltas.findIndex(({ put }) => put.some(({ below }) => below === "authoritative"));
  const last = names.deltas.findLastIndex(({ put }) => put.some(({ name }) => name.startsWith("s1999.")));
  assert.ok(names.deltas.length > 4, "one delta never holds everything");
  assert.ok(last >= 0 && authoritative >= last);
  assert.ok(names.deltas.every(({ put }) => put.length < 600));
});

test("what is known counts from when its objects have been taken in, not from when it was said", () => {
  const cluster = new MemoryCluster();
  cluster.tell("services", "pending");
  const names = new PublishedNames([cluster]);
  const apply = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      cluster.apply({ kind: "Service", name: `s${i}`, spec: { clusterIP: `10.1.${i >> 8}.${i & 255}` } });
    }
  };
  apply(0, 1000);
  cluster.tell("endpointslices", "pending"); // the zone is asked again at the end of this burst
  names.waiting.shift()!();
  cluster.tell("services", "known");
  apply(1000, 2000);
  names.settle();
  const authoritative = names.deltas.findIndex(({ put }) => put.some(({ below }) => below === "authoritative"));
  const last = names.deltas.findLastIndex(({ put }) => put.some(({ name }) => name.startsWith("s1999.")));
  assert.ok(last >= 0 && authoritative >= last, `${authoritative} of ${last}`);
});

test("some namespaces only: the others are asked upstream", () => {
  const cluster = new MemoryCluster().apply(service);
  cluster.readOnly(["shop", "empty"]);
  cluster.tell("services empty", "pending");
  const names = new PublishedNames([cluster]);
  assert.equal(below(names), {
    "cluster.local": "authoritative",
    "svc.cluster.local": "relay",
    "pod.cluster.local": "relay",
    "shop.svc.cluster.local": "authoritative",
    "empty.svc.cluster.local": "pending",
  });
  cluster.tell("services shop", "unreadable");
  cluster.tell("services empty", "known");
  assert.equal(below(names), {
    "cluster.local": "authoritative",
    "svc.cluster.local": "relay",
    "pod.cluster.local": "relay",
    "empty.svc.cluster.local": "authoritative",
  });
});

test("clusters of one domain: nothing is unknown while one of them is unread, and home says what is relayed", () => {
  const home = new MemoryCluster("home").apply(service);
  home.readOnly(["shop"]);
  const away = new MemoryCluster("away").apply({ ...service, namespace: "west" });
  away.tell("services", "pending");
  const names = new PublishedNames([home, away]);
  assert.is(below(names)["cluster.local"], "pending");
  away.tell("services", "known");
  assert.equal(below(names), {
    "cluster.local": "authoritative",
    "svc.cluster.local": "relay",
    "pod.cluster.local": "relay",
    "shop.svc.cluster.local": "authoritative",
  });
  assert.equal(names.answer("web.west.svc.cluster.local"), ["10.0.0.1"]);
});

test.run();
