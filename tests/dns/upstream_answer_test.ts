/** Answers that upstream gives: misses, composition with the mesh, TTLs, failures. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Answer } from "dns-packet";
import { ALLOWED, MISS, OVERLOADED, UPSTREAM_DONE, UPSTREAM_FAILED } from "../../dns/answer.ts";
import { SOURCE } from "../../dns/answer_view.ts";
import { a, apex, entry, lines, query, rcode, soa, type Upstream, World } from "./world.ts";

const test = suite("answers from upstream");

const ip = (name: string, data = "192.0.2.1", ttl = 300): Answer => ({ type: "A", name, ttl, data });
const cname = (name: string, data: string, ttl = 300): Answer => ({ type: "CNAME", name, ttl, data });
const www: Upstream = { answers: [ip("www.example.org")] };
const nxdomain = (zone: string): Upstream => ({ rcode: 3, authorities: [soa(zone)] });

function world(...more: ConstructorParameters<typeof World>): World {
  return new World(
    [
      apex(),
      entry("testns.svc.cluster.local", []),
      entry("svc1.testns.svc.cluster.local", a("10.0.0.1")),
      entry("external.testns.svc.cluster.local", [{ type: "CNAME", target: "www.example.org" }]),
      entry("secret.svc.cluster.local", [], { below: "relay" }),
      entry("api.example.com", a("240.240.0.1"), { others: "upstream" }),
      ...more[0] ?? [],
    ],
    more[1],
    more[2],
  );
}

test("a miss leaves the question in lower case with DO and CD, and the rest of the client's options out", () => {
  const w = world();
  const cases = [
    [{}, "www.example.org/1"],
    [{ dnssecOk: true }, "www.example.org/1 DO"],
    [{ cd: true }, "www.example.org/1 CD"],
    [{ cd: true, dnssecOk: true, options: [{ code: 10, data: new Uint8Array(8) }] }, "www.example.org/1 DO CD"],
  ] as const;
  for (const [asking, wanted] of cases) {
    assert.is(w.run(query("WWW.Example.ORG", "A", asking)), MISS);
    assert.is(w.wanted(), wanted);
    assert.is(w.view.questionZone, -1);
    assert.is(w.view.stale, false);
  }
});

test("the longest zone with servers of its own is named", () => {
  const w = world([], { zones: ["example.org", "deep.example.org.", "org"] });
  const zoneOf = (name: string) => {
    assert.is(w.run(query(name, "A")), MISS);
    return w.view.questionZone;
  };
  assert.is(zoneOf("www.example.org"), 4 + 4);
  assert.is(zoneOf("x.deep.example.org"), 4 + 2);
  assert.is(zoneOf("example.org"), 4);
  assert.is(zoneOf("example.net"), -1);
  w.setRules({ zones: ["com"] });
  assert.is(w.run(query("api.example.com", "TXT")), MISS);
  assert.is(w.view.questionZone, 4 + 12);
});

test("a reply is used in the same moment, and later from the cache with aged TTLs", () => {
  const w = world();
  const first = w.resolve("www.example.org", "A", () => www);
  assert.equal([lines(first), first.aa, w.view.source], [["www.example.org 300 A 192.0.2.1"], false, SOURCE.UPSTREAM]);
  w.now += 99_999;
  assert.equal(lines(w.ask("Www.example.org")), ["Www.example.org 201 A 192.0.2.1"]);
  assert.is(w.view.source, SOURCE.CACHE);
  w.now += 200_000;
  assert.equal(lines(w.ask("www.example.org")), ["www.example.org 1 A 192.0.2.1"]);
  w.now += 1;
  assert.is(w.run(query("www.example.org", "A")), MISS);
});

test("DO, CD and type are answers of their own", () => {
  const w = world();
  w.resolve("www.example.org", "A", () => www);
  for (const asking of [{ dnssecOk: true }, { cd: true }]) {
    assert.is(w.run(query("www.example.org", "A", asking)), MISS);
  }
  assert.is(w.run(query("www.example.org", "AAAA")), MISS);
  assert.ok(w.run(query("www.example.org", "A", { edns: 1232 })) > 0);
});

test("AD comes only from upstream, and only to those who ask", () => {
  const w = world();
  const signed = { ...www, ad: true };
  assert.is(w.resolve("www.example.org", "A", () => signed).ad, false);
  assert.is(w.ask("www.example.org", "A", { ad: true }).ad, true);
  assert.is(w.resolve("www.example.org", "A", () => signed, { dnssecOk: true }).ad, true);
  assert.is(
    w.resolve("plain.example.org", "A", () => ({ answers: [ip("plain.example.org")] }), { ad: true }).ad,
    false,
  );
});

test("negative answers: SOA, its TTL, and the smaller of TTL and MINIMUM", () => {
  const w = world();
  const nodata = w.resolve("www.example.org", "AAAA", () => ({ authorities: [soa("example.org", 900, 60)] }));
  assert.equal([rcode(nodata), nodata.authorities.map((r) => "ttl" in r && r.ttl)], ["NOERROR", [60]]);
  w.now += 30_000;
  const later = w.ask("www.example.org", "AAAA");
  assert.equal(later.authorities.map((r) => "ttl" in r && r.ttl), [30]);
  w.now += 30_000;
  assert.is(w.run(query("www.example.org", "AAAA")), MISS);
  const none = w.resolve("none.example.org", "A", () => ({ rcode: 3, authorities: [soa("example.org", 60, 900)] }));
  assert.equal([rcode(none), none.authorities.length], ["NXDOMAIN", 1]);
});

test("a negative answer without SOA is passed on and not kept", () => {
  const w = world();
  assert.is(rcode(w.resolve("www.example.org", "A", () => ({ rcode: 3 }))), "NXDOMAIN");
  w.now += 1;
  assert.is(w.run(query("www.example.org", "A")), MISS);
});

test("a TTL of 0 is for this very moment", () => {
  const w = world();
  const reply = w.resolve("www.example.org", "A", () => ({ answers: [ip("www.example.org", "192.0.2.1", 0)] }));
  assert.equal(lines(reply), ["www.example.org 0 A 192.0.2.1"]);
  assert.ok(w.run(query("www.example.org", "A")) > 0);
  w.now += 1;
  assert.is(w.run(query("www.example.org", "A")), MISS);
  assert.is(w.view.stale, false);
});

test("TTLs are clamped", () => {
  const ttl = (cache: Partial<Parameters<typeof world>[2]>, upstream: Upstream) => {
    const w = world([], {}, cache);
    const reply = w.resolve("www.example.org", "A", () => upstream);
    return [...reply.answers, ...reply.authorities].map((record) => "ttl" in record && record.ttl);
  };
  const positive = (seconds: number) => ({ answers: [ip("www.example.org", "192.0.2.1", seconds)] });
  const negative = (seconds: number) => ({ authorities: [soa("example.org", seconds, seconds)] });
  assert.equal(ttl({ minTtl: 300_000, maxTtl: 3_600_000 }, positive(1800)), [1800]);
  assert.equal(ttl({ minTtl: 300_000, maxTtl: 3_600_000 }, positive(299)), [300]);
  assert.equal(ttl({ minTtl: 300_000, maxTtl: 3_600_000 }, positive(0)), [300]);
  assert.equal(ttl({ maxTtl: 3_600_000 }, positive(3601)), [3600]);
  assert.equal(ttl({}, positive(0x80000000)), [0]);
  assert.equal(ttl({ maxNegativeTtl: 1_800_000 }, negative(3600)), [1800]);
  assert.equal(ttl({ minTtl: 60_000 }, negative(5)), [60]);
  assert.equal(ttl({ minTtl: 60_000, maxNegativeTtl: 10_000 }, negative(5)), [10]);
});

test("an ExternalName goes on upstream, and its tail is cached under its own name", () => {
  const w = world();
  const reply = w.resolve("External.testns.svc.cluster.local", "A", (wanted) => {
    assert.is(wanted, "www.example.org/1");
    return { answers: [cname("www.example.org", "cdn.example.net"), ip("cdn.example.net")] };
  });
  assert.equal(lines(reply), [
    "External.testns.svc.cluster.local 30 CNAME www.example.org",
    "www.example.org 300 CNAME cdn.example.net",
    "cdn.example.net 300 A 192.0.2.1",
  ]);
  assert.is(reply.aa, true);
  assert.equal(lines(w.ask("www.example.org")).length, 2);
  const signed = world();
  const behind = signed.resolve("external.testns.svc.cluster.local", "A", () => ({ ...www, ad: true }), { ad: true });
  assert.equal([behind.ad, signed.ask("www.example.org", "A", { ad: true }).ad], [false, true]);
});

test("an ExternalName whose target does not exist is NXDOMAIN behind the alias (RFC 6604)", () => {
  const w = world();
  const reply = w.resolve("external.testns.svc.cluster.local", "A", () => nxdomain("example.org"));
  assert.equal([rcode(reply), reply.answers.length, reply.authorities.length], ["NXDOMAIN", 1, 1]);
  assert.is(reply.authorities[0]!.name, "example.org");
});

test("an ExternalName whose target cannot be reached is SERVFAIL without half an answer", () => {
  const w = world();
  const reply = w.resolve("external.testns.svc.cluster.local", "A", () => undefined, { edns: 1232 });
  assert.equal([rcode(reply), reply.answers.length, reply.ede, reply.aa], ["SERVFAIL", 0, [22], false]);
});

test("other types of a ServiceEntry's host: upstream's records, and its NXDOMAIN becomes NODATA", () => {
  const w = world();
  const txt: Answer = { type: "TXT", name: "api.example.com", ttl: 60, data: "hello" };
  assert.equal(lines(w.resolve("api.example.com", "TXT", () => ({ answers: [txt] }))), [
    'api.example.com 60 TXT "hello"',
  ]);
  const none = w.resolve("api.example.com", "MX", () => nxdomain("example.com"));
  assert.equal([rcode(none), none.authorities.length], ["NOERROR", 1]);
  assert.is(rcode(w.resolve("api.example.com", "CAA", () => undefined)), "SERVFAIL");
});

test("in a namespace that may not be read upstream's answer counts, and its ignorance does not", () => {
  const w = world();
  const ask = (name: string, upstream: Upstream | undefined) =>
    w.resolve(`${name}.secret.svc.cluster.local`, "A", () => upstream, { edns: 1232 });
  assert.equal(lines(ask("a", { answers: [ip("a.secret.svc.cluster.local")] })), [
    "a.secret.svc.cluster.local 300 A 192.0.2.1",
  ]);
  assert.is(rcode(ask("b", { authorities: [soa("cluster.local")] })), "NOERROR");
  const refused = ask("c", nxdomain("local"));
  assert.equal([rcode(refused), refused.ede, refused.answers.length], ["REFUSED", [20], 0]);
  assert.is(w.view.source, SOURCE.REFUSED);
  assert.equal([rcode(ask("d", undefined)), ask("d", undefined).ede], ["REFUSED", [20]]);
  assert.is(rcode(w.resolve("secret.svc.cluster.local", "A", () => nxdomain("local"))), "REFUSED");
});

test("a domain that was not read yet is SERVFAIL, with or without an apex", () => {
  const pending = { ...apex("other.local"), below: "pending" } as const;
  const w = world([pending], { domains: ["cluster.local", "third.local"] });
  for (const name of ["a.b.svc.other.local", "a.b.svc.third.local", "third.local"]) {
    const reply = w.ask(name, "A", { edns: 1232 });
    assert.equal([rcode(reply), reply.ede], ["SERVFAIL", [14]], name);
  }
  assert.is(rcode(w.ask("other.local", "NS")), "NOERROR");
});

test("an entry without records that nobody could read yet speaks for its own name, in zones and elsewhere", () => {
  const unread = (name: string) => entry(name, [], { below: "pending", others: "upstream" });
  const w = world([
    unread("headless.testns.svc.cluster.local"),
    unread("db.example.net"),
    unread("*.apps.example.net"),
    entry("half.testns.svc.cluster.local", a("10.0.0.9"), { below: "pending" }),
  ]);
  for (
    const name of ["headless.testns.svc.cluster.local", "db.example.net", "x.db.example.net", "x.apps.example.net"]
  ) {
    const reply = w.ask(name, "A", { edns: 1232 });
    assert.equal([rcode(reply), reply.ede], ["SERVFAIL", [14]], name);
  }
  assert.equal(lines(w.ask("half.testns.svc.cluster.local")), ["half.testns.svc.cluster.local 30 A 10.0.0.9"]);
  assert.is(rcode(w.ask("x.half.testns.svc.cluster.local")), "SERVFAIL");
  assert.is(rcode(w.ask("half.testns.svc.cluster.local", "AAAA")), "NOERROR");
});

test("an exception under a wildcard, outside every zone, is plain forwarding", () => {
  const w = world([
    entry("*.example.net", a("240.240.0.9"), { others: "upstream" }),
    entry("denied.example.net", [], { below: "relay" }),
    entry("*.internal.example.net", [], { below: "relay" }),
  ]);
  assert.equal(lines(w.ask("x.example.net")), ["x.example.net 30 A 240.240.0.9"]);
  for (const name of ["denied.example.net", "x.denied.example.net", "x.internal.example.net"]) {
    const reply = w.resolve(name, "A", () => nxdomain("example.net"));
    assert.equal([rcode(reply), reply.aa], ["NXDOMAIN", false], name);
  }
});

test("zones with servers of their own win over what we do not know, not over what we do", () => {
  const w = world([], { zones: ["cluster.local", "localhost", "example.com"] });
  assert.equal(lines(w.ask("svc1.testns.svc.cluster.local")), ["svc1.testns.svc.cluster.local 30 A 10.0.0.1"]);
  for (const name of ["x.testns.svc.cluster.local", "localhost", "a.localhost"]) {
    assert.is(w.run(query(name, "A")), MISS, name);
    assert.ok(w.view.questionZone > 0);
  }
  assert.equal(lines(w.ask("api.example.com")), ["api.example.com 30 A 240.240.0.1"]);
  assert.is(rcode(w.ask("invalid")), "NXDOMAIN");
  const above = world([], { zones: ["local"] });
  assert.is(rcode(above.ask("x.testns.svc.cluster.local")), "NXDOMAIN");
});

test("names that the agent needs are never the mesh's", () => {
  const w = world([entry("*.example.com", a("240.240.0.2"))], {
    own: ["api.example.com", "k8s.example.com", "kubernetes.default.svc.cluster.local"],
  });
  for (const name of ["api.example.com", "k8s.example.com", "kubernetes.default.svc.cluster.local"]) {
    assert.is(w.run(query(name, "A")), MISS, name);
  }
  assert.equal(lines(w.ask("other.example.com")), ["other.example.com 30 A 240.240.0.2"]);
});

test("failures: SERVFAIL with the reason, remembered for 5 seconds, then asked again", () => {
  const w = world();
  const first = w.resolve("www.example.org", "A", () => undefined, { edns: 1232 });
  assert.equal([rcode(first), first.ede], ["SERVFAIL", [22]]);
  w.now += 4_999;
  const again = w.ask("www.example.org", "A", { edns: 1232 });
  assert.equal([rcode(again), again.ede, w.view.source], ["SERVFAIL", [13], SOURCE.CACHE]);
  w.now += 1;
  assert.is(w.run(query("www.example.org", "A")), MISS);
  w.fail(w.question());
  w.now += 3_000;
  w.fail(w.question());
  w.now += 3_000;
  assert.is(rcode(w.ask("www.example.org")), "SERVFAIL", "the second failure counts from its own time");
});

test("what the last server said is passed on: REFUSED stays REFUSED", () => {
  const w = world();
  w.run(query("www.example.org", "A"));
  w.fail(w.question(), 5, 18);
  const reply = w.ask("www.example.org", "A", { edns: 1232 }, ALLOWED | UPSTREAM_DONE);
  assert.equal([rcode(reply), reply.ede], ["REFUSED", [18]]);
});

test("without any outcome a run with UPSTREAM_FAILED or OVERLOADED ends all the same", () => {
  const w = world();
  const failed = w.ask("www.example.org", "A", { edns: 1232 }, ALLOWED | UPSTREAM_FAILED);
  assert.equal([rcode(failed), failed.ede], ["SERVFAIL", [22]]);
  const overloaded = w.ask("www.example.org", "A", { edns: 1232 }, ALLOWED | OVERLOADED);
  assert.equal([rcode(overloaded), overloaded.ede], ["SERVFAIL", [0]]);
  assert.ok(new TextDecoder().decode(overloaded.opt!.options.get(15)!.subarray(2)).includes("too many questions"));
  assert.is(w.run(query("www.example.org", "A")), MISS);
});

test.run();
