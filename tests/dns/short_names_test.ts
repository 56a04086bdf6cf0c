/** Short and search-expanded names, in the three modes; and that no real name is taken away. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { AnswerRules } from "../../dns/answer_rules.ts";
import { a, apex, entry, lines, query, rcode, soa, type Upstream, World } from "./world.ts";

const test = suite("short names");

const SEARCH = ["corp.example", "eu.corp.example", "default.svc.cluster.local", "svc.cluster.local", "cluster.local"];
const REAL: Record<string, string> = {
  "git.corp.example": "192.0.2.10",
  "go.dev": "192.0.2.11",
  "reviews.bookinfo.eu.corp.example": "192.0.2.12",
};

function world(rules: Partial<AnswerRules> = {}): World {
  return new World([
    apex(),
    entry("svc.cluster.local", []),
    ...["default", "bookinfo", "dev", "svc"].map((namespace) => entry(`${namespace}.svc.cluster.local`, [])),
    entry("web.default.svc.cluster.local", a("10.0.0.1")),
    entry("git.default.svc.cluster.local", a("10.0.0.2")),
    entry("reviews.bookinfo.svc.cluster.local", a("10.0.0.3", "fd00::3")),
    entry("go.dev.svc.cluster.local", a("10.0.0.4")),
    entry("away.bookinfo.svc.cluster.local", [{ type: "CNAME", target: "away.example.org" }]),
    entry("pod.reviews.bookinfo.svc.cluster.local", a("10.0.0.5")),
    entry("inside.bookinfo.svc.cluster.local", [{ type: "CNAME", target: "web.default.svc.cluster.local" }]),
    entry("api.example.com", a("240.240.0.1"), { others: "upstream" }),
    entry("db.corp", a("240.240.0.2"), { others: "upstream" }),
    entry("secret.svc.cluster.local", [], { below: "relay" }),
  ], { search: SEARCH, ...rules });
}

/** Upstream as a company's server: it knows a few names, and has no idea of all others. */
function company(wanted: string): Upstream | undefined {
  const [name, type] = wanted.split("/") as [string, string];
  const zone = name.split(".").at(-1)!;
  if (!(name in REAL)) return { rcode: 3, authorities: [soa(zone)] };
  return type === "1" ? { answers: [{ type: "A", name, ttl: 60, data: REAL[name]! }] } : { authorities: [soa(zone)] };
}

type Case = [name: string, answer: string, asked: string];
const NOTHING = "";

/** What each name answers with upstream at hand, and what upstream was asked on the way. */
const FALLBACK: Case[] = [
  ["web", "10.0.0.1", "web"],
  ["reviews", "NXDOMAIN", "reviews"],
  ["reviews.bookinfo", "10.0.0.3", "reviews.bookinfo"],
  ["reviews.bookinfo.svc", "10.0.0.3", "reviews.bookinfo.svc"],
  ["reviews.bookinfo.svc.cluster.local", "10.0.0.3", NOTHING],
  ["reviews.bookinfo.svc.cluster", "NXDOMAIN", "reviews.bookinfo.svc.cluster"],
  ["pod.reviews.bookinfo", "NXDOMAIN", "pod.reviews.bookinfo"],
  ["pod.reviews.bookinfo.svc", "NXDOMAIN", "pod.reviews.bookinfo.svc"],
  ["bookinfo.svc", "NXDOMAIN", "bookinfo.svc"],
  // Search domains of the company.
  ["web.corp.example", "10.0.0.1", "web.corp.example,web"],
  ["reviews.bookinfo.corp.example", "10.0.0.3", "reviews.bookinfo.corp.example,reviews.bookinfo"],
  // With ndots:2 and more this is asked before go.dev itself, which is what the client means.
  ["go.dev.corp.example", "NXDOMAIN", "go.dev.corp.example,go.dev"],
  ["reviews.bookinfo.svc.corp.example", "10.0.0.3", "reviews.bookinfo.svc.corp.example"],
  ["reviews.bookinfo.svc.cluster.local.corp.example", "NXDOMAIN", "reviews.bookinfo.svc.cluster.local.corp.example"],
  ["api.example.com.corp.example", "240.240.0.1", "api.example.com.corp.example"],
  ["web.eu.corp.example", "10.0.0.1", "web.eu.corp.example,web"],
  ["nope.corp.example", "NXDOMAIN", "nope.corp.example"],
  ["corp.example", "NXDOMAIN", "corp.example"],
  // Search domains of the cluster: nothing of it goes upstream.
  ["web.default.svc.cluster.local", "10.0.0.1", NOTHING],
  ["web.svc.cluster.local", "10.0.0.1", NOTHING],
  ["web.cluster.local", "10.0.0.1", NOTHING],
  ["reviews.bookinfo.default.svc.cluster.local", "10.0.0.3", NOTHING],
  ["reviews.bookinfo.cluster.local", "10.0.0.3", NOTHING],
  ["api.example.com.default.svc.cluster.local", "240.240.0.1", NOTHING],
  ["www.example.org.svc.cluster.local", "NXDOMAIN", NOTHING],
  ["db.corp.svc.cluster.local", "240.240.0.2", NOTHING],
  // A Service of an existing namespace that is not there is not another one of the same name.
  ["git.bookinfo.svc.cluster.local", "NXDOMAIN", NOTHING],
  ["web.dev.svc.cluster.local", "NXDOMAIN", NOTHING],
  // Real names stay what they are.
  ["git.corp.example", "192.0.2.10", "git.corp.example"],
  ["go.dev", "192.0.2.11", "go.dev"],
  ["reviews.bookinfo.eu.corp.example", "192.0.2.12", "reviews.bookinfo.eu.corp.example"],
];

for (const [name, answer, asked] of FALLBACK) {
  test(`fallback: ${name} is ${answer}`, () => {
    const upstream: string[] = [];
    const reply = world().resolve(name, "A", (wanted) => {
      upstream.push(wanted.replace(/\/1$/, ""));
      return company(wanted);
    });
    assert.equal(reply.answers.map((record) => "data" in record && record.data).join() || rcode(reply), answer);
    assert.is(upstream.join(), asked);
    for (const record of reply.answers) assert.is(record.name, name);
  });
}

/** As Istio does: from the mesh before upstream. */
const FIRST: Case[] = [
  ["web", "10.0.0.1", NOTHING],
  ["reviews.bookinfo", "10.0.0.3", NOTHING],
  ["git.corp.example", "10.0.0.2", NOTHING],
  ["go.dev", "10.0.0.4", NOTHING],
  ["reviews.bookinfo.eu.corp.example", "10.0.0.3", NOTHING],
  ["x.svc.cluster.local.corp.example", "NXDOMAIN", "x.svc.cluster.local.corp.example"],
  ["reviews", "NXDOMAIN", "reviews"],
];

for (const [name, answer, asked] of FIRST) {
  test(`first: ${name} is ${answer}`, () => {
    const upstream: string[] = [];
    const reply = world({ shortNames: "first" }).resolve(name, "A", (wanted) => {
      upstream.push(wanted.replace(/\/1$/, ""));
      return company(wanted);
    });
    assert.equal(reply.answers.map((record) => "data" in record && record.data).join() || rcode(reply), answer);
    assert.is(upstream.join(), asked);
  });
}

for (const name of ["web", "reviews.bookinfo", "web.corp.example", "reviews.bookinfo.default.svc.cluster.local"]) {
  test(`off: ${name} is NXDOMAIN`, () => {
    assert.is(rcode(world({ shortNames: "off" }).resolve(name, "A", company)), "NXDOMAIN");
  });
}

test("fallback: upstream's NODATA is an answer", () => {
  const reply = world().resolve("go.dev", "AAAA", company);
  assert.equal([rcode(reply), reply.answers.length, reply.aa], ["NOERROR", 0, false]);
});

test("fallback: when no upstream answers the mesh does, and only for names it knows", () => {
  const w = world();
  const reply = w.resolve("go.dev", "A", () => undefined, { edns: 1232 });
  assert.equal([lines(reply), reply.ede, reply.aa], [["go.dev 30 A 10.0.0.4"], [], true]);
  const unknown = w.resolve("www.example.org", "A", () => undefined, { edns: 1232 });
  assert.equal([rcode(unknown), unknown.ede], ["SERVFAIL", [22]]);
});

test("fallback: a known short name without the type is NODATA with a SOA of its own", () => {
  const reply = world().resolve("web", "AAAA", company);
  assert.equal([rcode(reply), reply.aa], ["NOERROR", true]);
  assert.equal(reply.authorities.map((record) => record.name), ["web"]);
});

test("a short name of an alias within the mesh has the SOA of the target's zone", () => {
  const reply = world().resolve("inside.bookinfo", "AAAA", company);
  assert.equal([reply.answers.length, reply.authorities.map((record) => record.name)], [1, ["cluster.local"]]);
});

test("a short name of an ExternalName goes on upstream", () => {
  const asked: string[] = [];
  const reply = world().resolve("away.bookinfo", "A", (wanted) => {
    asked.push(wanted);
    if (wanted === "away.bookinfo/1") return { rcode: 3, authorities: [soa("bookinfo")] };
    return { answers: [{ type: "A", name: "away.example.org", ttl: 60, data: "192.0.2.9" }] };
  });
  assert.equal(asked, ["away.bookinfo/1", "away.example.org/1"]);
  assert.equal(lines(reply), ["away.bookinfo 30 CNAME away.example.org", "away.example.org 60 A 192.0.2.9"]);
});

test("aliases: cname names the full name, for search-expanded names only", () => {
  const w = world({ aliases: "cname" });
  assert.equal(lines(w.resolve("Reviews.bookinfo.corp.example", "A", company)), [
    "Reviews.bookinfo.corp.example 30 CNAME reviews.bookinfo.svc.cluster.local",
    "reviews.bookinfo.svc.cluster.local 30 A 10.0.0.3",
  ]);
  assert.equal(lines(w.resolve("reviews.bookinfo", "A", company)), ["reviews.bookinfo 30 A 10.0.0.3"]);
  assert.equal(lines(w.resolve("api.example.com.corp.example", "A", company)), [
    "api.example.com.corp.example 30 CNAME api.example.com",
    "api.example.com 30 A 240.240.0.1",
  ]);
  assert.equal(lines(w.resolve("away.bookinfo.corp.example", "CNAME", company)), [
    "away.bookinfo.corp.example 30 CNAME away.bookinfo.svc.cluster.local",
  ]);
  const nodata = w.resolve("web.corp.example", "AAAA", company);
  assert.equal(lines(nodata).length, 2);
  assert.is(nodata.authorities[0]!.name, "cluster.local");
});

test("other types of a search-expanded host come from upstream behind an alias to it", () => {
  const asked: string[] = [];
  const reply = world().resolve("api.example.com.corp.example", "TXT", (wanted) => {
    asked.push(wanted);
    if (wanted.startsWith("api.example.com.corp")) return company(wanted);
    return { answers: [{ type: "TXT", name: "api.example.com", ttl: 60, data: "hello" }] };
  });
  assert.equal(asked, ["api.example.com.corp.example/16", "api.example.com/16"]);
  assert.equal(lines(reply), [
    "api.example.com.corp.example 30 CNAME api.example.com",
    'api.example.com 60 TXT "hello"',
  ]);
});

test("names that the agent needs are not short for anything", () => {
  const w = world({ own: ["web", "api.example.com"] });
  assert.is(rcode(w.resolve("web", "A", company)), "NXDOMAIN");
  assert.is(rcode(w.resolve("api.example.com.corp.example", "A", company)), "NXDOMAIN");
});

test("names in namespaces that may not be read are not stripped", () => {
  const asked: string[] = [];
  const reply = world().resolve("web.secret.svc.cluster.local", "A", (wanted) => {
    asked.push(wanted);
    return company(wanted);
  });
  assert.equal([rcode(reply), asked], ["REFUSED", ["web.secret.svc.cluster.local/1"]]);
});

test("before anything was read search-expanded names are not answered either", () => {
  const w = new World([], { search: SEARCH });
  assert.is(rcode(w.ask("reviews.bookinfo.default.svc.cluster.local")), "SERVFAIL");
});

test("rules change live: other search domains, another namespace", () => {
  const w = world();
  const rules = { shortNames: "fallback", aliases: "direct", search: ["new.example"], namespace: "bookinfo" } as const;
  w.setRules(rules);
  assert.equal(lines(w.resolve("reviews", "A", company)), ["reviews 30 A 10.0.0.3"]);
  assert.equal(lines(w.resolve("reviews.new.example", "A", company)), ["reviews.new.example 30 A 10.0.0.3"]);
  assert.is(rcode(w.resolve("reviews.bookinfo.corp.example", "A", company)), "NXDOMAIN");
});

test("names too long to be expanded are just unknown", () => {
  const label = "a".repeat(63);
  const long = `${label}.${label}.${label}.${"b".repeat(50)}`;
  assert.is(rcode(world().resolve(long, "A", company)), "NXDOMAIN");
  const nearly = `${label}.${label}.${label}.${"b".repeat(47)}.corp.example`;
  assert.is(rcode(world().resolve(nearly, "A", company)), "NXDOMAIN");
});

test("only the shape of a Service's name is expanded", () => {
  const w = world();
  assert.is(w.run(query("a.b.c.d", "A")), 0);
  assert.is(w.wanted(), "a.b.c.d/1");
});

test.run();
