import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ResolveExplanation } from "../../agent/admin/mod.ts";
import { eventually } from "../../agent/demo/eventually.ts";
import { shortNameExamples } from "./mesh/dns_page_examples.ts";
import { clusterOf, NamedAgent, service, serviceEntry } from "./named_agent.ts";
import { OutsideNames } from "./outside_names.ts";

/** Names as a client of a whole agent sees them: clusters, rights, short names, reasons. */
const test = suite("names of a whole agent");

/** Asks each name for A and compares. */
async function assertAnswers(agent: NamedAgent, expected: Readonly<Record<string, string>>): Promise<void> {
  for (const [question, answer] of Object.entries(expected)) {
    const [name, type] = question.split(" ");
    assert.is(await agent.ask(name!, type), answer, question);
  }
}

test("clusters of one domain: home first, nothing merged, nothing unknown while one is unread; others do not meet", async () => {
  await using home = clusterOf([service("shop", "web", "10.96.0.11")]);
  await using west = clusterOf([service("shop", "web", "10.97.0.11"), service("books", "api", "10.97.0.12")]);
  await using far = clusterOf([service("shop", "web", "10.98.0.11")]);
  using upstream = new OutsideNames({});
  await west.stop();
  await using agent = await NamedAgent.start({
    clusters: [{ server: home.url }, { server: west.url }, { server: far.url, domain: "far.example" }],
    dns: { upstream: [upstream.address] },
  });
  await eventually("home is read", async () => await agent.ask("web.shop.svc.cluster.local") === "10.96.0.11");
  assert.is(await agent.ask("nobody.shop.svc.cluster.local"), "SERVFAIL 14");
  west.start();
  await agent.ready();
  await assertAnswers(agent, {
    "web.shop.svc.cluster.local": "10.96.0.11",
    "api.books.svc.cluster.local": "10.97.0.12",
    "nobody.shop.svc.cluster.local": "NXDOMAIN",
    "web.shop.svc.far.example": "10.98.0.11",
    "api.books.svc.far.example": "NXDOMAIN",
    "11.0.98.10.in-addr.arpa PTR": "web.shop.svc.far.example",
    "far.example NS": "ns.dns.far.example",
  });
  const { collisions } = await agent.get("/api/names?show=collisions&q=shop") as Collisions;
  assert.equal(
    collisions.map(({ name, served, hidden }) => `${name}: ${served.cluster}, not ${hidden.map((one) => one.cluster)}`)
      .filter((line) => !line.startsWith("_")),
    ["web.shop.svc.cluster.local: cluster-0, not cluster-1"],
  );
  assert.equal(upstream.asked, [], "names of the clusters do not leak");
});

interface Collisions {
  readonly collisions: { name: string; served: { cluster: string }; hidden: { cluster: string }[] }[];
}

test("namespaces that may not be read: asked upstream, else refused with the reason; those that may stay the mesh's", async () => {
  const objects = [
    service("default", "api", "10.96.0.11"),
    service("secret", "key", "10.96.0.12"),
    serviceEntry("default", "pay", { hosts: ["pay.example.com"], addresses: ["192.0.2.10"] }),
  ];
  const users = { vm: { username: "vm", groups: ["system:authenticated"] } };
  await using cluster = clusterOf(objects, { access: "rbac", users });
  const apiGroups = ["", "discovery.k8s.io", "networking.istio.io"];
  const resources = ["services", "endpointslices", "serviceentries", "workloadentries"];
  cluster.grant({ user: "vm", namespace: "default", rules: [{ verbs: ["list", "watch"], apiGroups, resources }] });
  using upstream = new OutsideNames({ "other.secret.svc.cluster.local": "10.96.0.13" });
  const tokenFile = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(tokenFile, "vm");
    await using agent = await NamedAgent.start({
      clusters: [{ server: cluster.url, tokenFile }],
      dns: { upstream: [upstream.address] },
    });
    await agent.ready();
    await assertAnswers(agent, {
      "api.default.svc.cluster.local": "10.96.0.11",
      "nobody.default.svc.cluster.local": "NXDOMAIN",
      "pay.example.com": "192.0.2.10",
    });
    assert.equal(upstream.takeAsked(), []);
    await assertAnswers(agent, {
      "other.secret.svc.cluster.local": "10.96.0.13",
      "other.secret.svc.cluster.local AAAA": "NODATA",
      "key.secret.svc.cluster.local": "REFUSED 20",
      "12.0.96.10.in-addr.arpa PTR": "NXDOMAIN",
    });
    assert.ok(upstream.takeAsked().includes("key.secret.svc.cluster.local A"));
  } finally {
    await Deno.remove(tokenFile);
  }
});

const NAMED_LIKE_THE_WORLD = [
  service("default", "api", "10.96.0.11"),
  service("dev", "go", "10.96.0.12"),
  service("corp", "git", "10.96.0.13"),
  service("default", "example", "10.96.0.14"),
];
const WORLD = { "go.dev": "198.51.100.1", "git.corp.example": "198.51.100.2", "git.corp": "198.51.100.3" };

test("short names take no real name away: upstream first, A and AAAA at once, with and without search domains", async () => {
  await using cluster = clusterOf(NAMED_LIKE_THE_WORLD);
  using upstream = new OutsideNames(WORLD);
  await using agent = await NamedAgent.start({
    clusters: [{ server: cluster.url }],
    dns: { upstream: [upstream.address], search: ["corp.example", "example"] },
  });
  await agent.ready();
  const expected: Record<string, string> = {
    "go.dev": "198.51.100.1",
    "git.corp.example": "198.51.100.2",
    "git.corp": "198.51.100.3",
    "api": "10.96.0.11",
    "api.corp.example": "10.96.0.11",
    "api.default.svc": "10.96.0.11",
    "api.default.svc.cluster.local": "10.96.0.11",
    "api.default.example": "10.96.0.11",
    "api.default.corp.example": "10.96.0.11",
    "example.corp.example": "10.96.0.14",
    "nobody": "NXDOMAIN",
    // With ndots of 2 and more this is asked before go.dev, which is what the client means.
    "go.dev.corp.example": "NXDOMAIN",
    "api.default.svc.cluster.local.corp.example": "NXDOMAIN",
  };
  for (const [name, A] of Object.entries(expected)) {
    assert.equal(await agent.askBoth(name), { A, AAAA: A === "NXDOMAIN" ? A : "NODATA" }, name);
    assert.equal(
      await agent.askBoth(name.toUpperCase()),
      { A, AAAA: A === "NXDOMAIN" ? A : "NODATA" },
      "in upper case",
    );
  }
  assert.not(upstream.asked.some((asked) => /\.cluster\.local [A-Z]+$/i.test(asked)));
});

test("short names first, as Istio has it; off: full names only", async () => {
  await using cluster = clusterOf(NAMED_LIKE_THE_WORLD);
  using upstream = new OutsideNames(WORLD);
  const start = async (shortNames: string) => {
    const dns = { upstream: [upstream.address], search: ["corp.example"], shortNames };
    return await (await NamedAgent.start({ clusters: [{ server: cluster.url }], dns })).ready();
  };
  await using first = await start("first");
  await assertAnswers(first, { "go.dev": "10.96.0.12", "api.corp.example": "10.96.0.11", "api": "10.96.0.11" });
  assert.equal(upstream.takeAsked(), []);
  await using off = await start("off");
  await assertAnswers(off, { "go.dev": "198.51.100.1", "api.corp.example": "NXDOMAIN", "api": "NXDOMAIN" });
});

test("short names answer as docs/dns.md says", async () => {
  assert.is(shortNameExamples.length, 1);
  for (const { objects, rules, cases } of shortNameExamples) {
    await using cluster = clusterOf(objects.map(({ kind, name, namespace, spec }) => ({
      kind,
      metadata: { name, namespace },
      spec,
    })));
    const real = cases.filter(([, , answer]) => answer === "upstream").map(([name]) => name);
    using upstream = new OutsideNames(Object.fromEntries(real.map((name) => [name, "198.51.100.1"])));
    await using agent = await NamedAgent.start({
      clusters: [{ server: cluster.url }],
      dns: { ...rules, upstream: [upstream.address] },
    });
    await agent.ready();
    for (const [name, type, answer] of cases) {
      assert.is(await agent.ask(name, type), answer === "upstream" ? "198.51.100.1" : answer, name);
    }
  }
});

test("own records, zones with servers of their own, and this VM's name", async () => {
  await using cluster = clusterOf([service("shop", "web", "10.96.0.11")]);
  using upstream = new OutsideNames({});
  using consul = new OutsideNames({ "redis.service.consul": "10.8.0.1", "db.aws.svc.cluster.local": "10.8.0.2" });
  const zones = ["consul.", "aws.svc.cluster.local"].map((zone) => ({ zone, upstream: [consul.address] }));
  const records = [
    { name: "db.corp", a: ["10.0.0.5"], aaaa: ["fd00::5"] },
    { name: "cache.shop.svc.cluster.local", a: ["10.0.0.6"] },
  ];
  await using agent = await NamedAgent.start({
    clusters: [{ server: cluster.url }],
    dns: { upstream: [upstream.address], zones, records },
  });
  await agent.ready();
  await assertAnswers(agent, {
    "db.corp": "10.0.0.5",
    "db.corp AAAA": "fd00::5",
    "cache.shop.svc.cluster.local": "10.0.0.6",
    "cache.shop.svc.cluster.local AAAA": "NODATA",
    "redis.service.consul": "10.8.0.1",
    "db.aws.svc.cluster.local": "10.8.0.2",
    "web.aws.svc.cluster.local": "NXDOMAIN",
    "dns-version.cluster.local TXT": "1.1.0",
    "ns.dns.cluster.local": "127.0.0.1",
  });
  assert.match(await agent.ask("self.moorline.cluster.local", "TXT"), /^[0-9a-f-]{36}/);
  assert.match(await agent.ask("self.moorline.cluster.local"), /^[0-9.]+/);
  assert.equal(upstream.asked, []);
});

test("a host that is not served: upstream's answer, and the reason for whoever asks why", async () => {
  await using cluster = clusterOf([
    serviceEntry("shop", "taken", { hosts: ["bank.example.org"], addresses: ["192.0.2.66"] }),
    serviceEntry("istio-system", "private", {
      hosts: ["bank.example.org"],
      addresses: ["192.0.2.67"],
      exportTo: ["."],
    }),
  ]);
  using upstream = new OutsideNames({ "bank.example.org": "198.51.100.9" });
  await using agent = await NamedAgent.start({
    clusters: [{ server: cluster.url }],
    dns: { upstream: [upstream.address] },
  });
  await agent.ready();
  assert.is(await agent.ask("bank.example.org"), "198.51.100.9");
  const { mesh } = await agent.get("/api/names/bank.example.org?type=A") as ResolveExplanation;
  assert.equal([mesh.object, mesh.records], [null, []]);
  const reasons = mesh.considered.map(({ object, verdict, remarks }) =>
    `${object.cluster} ${object.namespace}/${object.name} ${verdict}: ${remarks.map(({ reason }) => reason)}`
  );
  assert.equal(reasons.sort(), [
    "cluster-0 istio-system/private silent: exportTo is .",
    "cluster-0 shop/taken silent: namespace shop is not in dns.hosts.from",
  ]);
  const { refused } = await agent.get("/api/names?show=refused&q=bank") as { refused: { code: string }[] };
  assert.equal(refused.map(({ code }) => code).sort(), ["not-exported", "not-trusted"]);
});

test("a name outside the mesh: whom the agent asked, and what it remembers", async () => {
  await using cluster = clusterOf([]);
  using upstream = new OutsideNames(WORLD);
  await using agent = await NamedAgent.start({
    clusters: [{ server: cluster.url }],
    dns: { upstream: [upstream.address] },
  });
  const explain = async () => await agent.get("/api/names/go.dev?type=A") as ResolveExplanation;
  const first = await explain();
  assert.equal([first.source, first.asked], ["upstream", [upstream.address]]);
  const { source, asked, cached } = await explain();
  assert.equal([source, asked], ["cache", []]);
  assert.equal(cached.map(({ name, type, kind, stale }) => [name, type, kind, stale]), [
    ["go.dev", "A", "positive", false],
  ]);
});

test.run();
