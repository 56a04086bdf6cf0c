import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MemoryCluster, PublishedNames } from "./memory_mesh.ts";
import { testNames } from "./name_cases.ts";
import { ALL, entry, HOST, precedenceCases, service, WEB } from "./precedence_cases.ts";

const test = suite("who has a name");

testNames(test, precedenceCases);

test("a Service comes before a ServiceEntry of the same host, in whatever order they appear", () => {
  const objects = [service("10.0.0.1"), entry("web", "default", "192.0.2.1", { created: "2020-01-01T00:00:00Z" }, WEB)];
  for (const order of [objects, objects.toReversed()]) {
    const cluster = new MemoryCluster();
    const names = new PublishedNames([cluster]);
    for (const object of order) {
      cluster.apply(object);
      names.settle();
    }
    assert.equal(names.answer(WEB), ["10.0.0.1"]);
    cluster.remove("Service", "web");
    assert.equal(names.answer(WEB), ["192.0.2.1"]);
  }
});

test("own namespace first, then exported by name, then the oldest", () => {
  const own = entry("z", "vm", "192.0.2.1", { created: "2026-06-01T00:00:00Z" });
  const named = entry("y", "shop", "192.0.2.2", { created: "2026-05-01T00:00:00Z", spec: { exportTo: ["vm"] } });
  const oldest = entry("x", "blog", "192.0.2.3", { created: "2026-01-01T00:00:00Z" });
  const newer = entry("a", "art", "192.0.2.4", { created: "2026-02-01T00:00:00Z" });
  const cluster = new MemoryCluster().apply(newer, oldest, named, own);
  const names = new PublishedNames([cluster], { namespaces: ["vm"], ...ALL });
  assert.equal(names.answer(HOST), ["192.0.2.1"]);
  cluster.remove("ServiceEntry", "z", "vm");
  assert.equal(names.answer(HOST), ["192.0.2.2"]);
  cluster.remove("ServiceEntry", "y", "shop");
  assert.equal(names.answer(HOST), ["192.0.2.3"]);
  cluster.remove("ServiceEntry", "x", "blog");
  assert.equal(names.answer(HOST), ["192.0.2.4"]);
});

test("equal age: by name, so that every agent answers alike", () => {
  const objects = [entry("b", "blog", "192.0.2.2"), entry("a", "shop", "192.0.2.1")];
  for (const order of [objects, objects.toReversed()]) {
    assert.equal(new PublishedNames([new MemoryCluster().apply(...order)], ALL).answer(HOST), ["192.0.2.2"]);
  }
});

test("ServiceEntries of one namespace share a host: their addresses are united, each once", () => {
  const cluster = new MemoryCluster().apply(
    entry("a", "default", "192.0.2.1"),
    entry("b", "default", "192.0.2.2", {
      created: "2026-03-01T00:00:00Z",
      spec: { addresses: ["192.0.2.2", "192.0.2.1"] },
    }),
    entry("c", "other", "192.0.2.3"),
  );
  assert.equal(new PublishedNames([cluster], ALL).answer(HOST), ["192.0.2.1", "192.0.2.2"]);
});

test("an alias of the older ServiceEntry stands alone; of the newer it does not replace addresses", () => {
  const alias = (created: string) =>
    entry("alias", "default", "", {
      created,
      spec: { addresses: [], resolution: "DNS", endpoints: [{ address: "origin.example.net" }] },
    });
  const fixed = entry("fixed", "default", "192.0.2.1", { created: "2026-02-01T00:00:00Z" });
  const older = new MemoryCluster().apply(fixed, alias("2026-01-01T00:00:00Z"));
  assert.equal(new PublishedNames([older]).answer(HOST), ["CNAME origin.example.net"]);
  const newer = new MemoryCluster().apply(fixed, alias("2026-03-01T00:00:00Z"));
  assert.equal(new PublishedNames([newer]).answer(HOST), ["192.0.2.1"]);
});

test("two clusters with one domain: home wins name by name, and nothing is merged", () => {
  const home = new MemoryCluster("home").apply(service("10.0.0.1"));
  const away = new MemoryCluster("away").apply(
    {
      kind: "Service",
      name: "web",
      created: "2020-01-01T00:00:00Z",
      spec: { clusterIP: "10.9.0.1", ports: [{ name: "http", port: 80 }] },
    },
    { kind: "Service", name: "only", spec: { clusterIP: "10.9.0.2" } },
  );
  const names = new PublishedNames([home, away]);
  assert.equal(names.answer(WEB), ["10.0.0.1"]);
  assert.equal(names.answer("only.default.svc.cluster.local"), ["10.9.0.2"]);
  // A name that home does not have, even one below a name that it has.
  assert.equal(names.answer(`_http._tcp.${WEB}`), [`SRV 0 100 80 ${WEB}`]);
  home.remove("Service", "web");
  assert.equal(names.answer(WEB, "A"), ["10.9.0.1"]);
});

test("two clusters with one ServiceEntry host of one namespace: home's alone", () => {
  const home = new MemoryCluster("home").apply(entry("a", "default", "192.0.2.1"));
  const away = new MemoryCluster("away").apply(entry("b", "default", "192.0.2.2"));
  assert.equal(new PublishedNames([home, away]).answer(HOST), ["192.0.2.1"]);
});

test("two clusters with different domains have a zone each", () => {
  const home = new MemoryCluster("home", "cluster.local").apply(service("10.0.0.1"));
  const away = new MemoryCluster("away", "west.example").apply(service("10.9.0.1"));
  const names = new PublishedNames([home, away]);
  assert.equal(names.answer(WEB), ["10.0.0.1"]);
  assert.equal(names.answer("web.default.svc.west.example"), ["10.9.0.1"]);
  assert.ok(names.answer("west.example", "SOA")?.length);
});

test("home's ServiceEntry comes before another cluster's Service", () => {
  const home = new MemoryCluster("home").apply(entry("web", "default", "192.0.2.1", {}, WEB));
  const away = new MemoryCluster("away").apply(service("10.9.0.1"));
  assert.equal(new PublishedNames([home, away]).answer(WEB), ["192.0.2.1"]);
});

test("own records come before everything but a cluster's own domain", () => {
  const records = [
    { name: WEB, a: ["192.0.2.1"] },
    { name: "db.corp", a: ["192.0.2.2"], aaaa: ["2001:db8::2"] },
    { name: "db.corp", a: ["192.0.2.3"] },
    { name: "cluster.local", a: ["192.0.2.4"] },
    { name: "alias.corp", cname: "db.corp." },
  ];
  const names = new PublishedNames([new MemoryCluster().apply(service("10.0.0.1"))], { records });
  assert.equal(names.answer(WEB), ["192.0.2.1"]);
  assert.equal(names.answer("db.corp"), ["192.0.2.2", "192.0.2.3", "2001:db8::2"]);
  assert.equal(names.answer("alias.corp"), ["CNAME db.corp"]);
  assert.equal(names.answer("cluster.local", "A"), []);
  assert.equal([WEB, "db.corp"].map((name) => names.entries.get(name)?.others), ["nodata", "upstream"]);
});

test.run();
