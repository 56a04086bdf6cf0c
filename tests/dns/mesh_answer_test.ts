/** What names of the mesh answer: every record type, aliases, wildcards, empty non-terminals, negative answers. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { NameEntry } from "../../dns/name_table.ts";
import { a, apex, entry, lines, rcode, World } from "./world.ts";

const test = suite("mesh answers");
const SOA = "; cluster.local 5 SOA ns.dns.cluster.local hostmaster.cluster.local 102 7200 1800 86400 5";

const srv = (port: number, target: string, priority = 0, weight = 100) =>
  ({ type: "SRV", priority, weight, port, target }) as const;

/** The objects of CoreDNS's own tests (`kubernetes` plugin), and what lies around them. */
const ENTRIES: NameEntry[] = [
  apex(),
  entry("ns.dns.cluster.local", a("10.0.0.10")),
  entry("dns-version.cluster.local", [{ type: "TXT", strings: ["1.1.0"] }], { ttl: 28800 }),
  entry("svc.cluster.local", []),
  entry("testns.svc.cluster.local", []),
  entry("svc1.testns.svc.cluster.local", [...a("10.0.0.1"), srv(80, "svc1.testns.svc.cluster.local")]),
  entry("_http._tcp.svc1.testns.svc.cluster.local", [srv(80, "svc1.testns.svc.cluster.local")]),
  entry("svc6.testns.svc.cluster.local", a("1234:abcd::1")),
  entry("dual.testns.svc.cluster.local", a("10.0.0.3", "10::3")),
  entry("hdls1.testns.svc.cluster.local", a("172.0.0.2", "172.0.0.3", "5678:abcd::1")),
  entry("ep1.hdls1.testns.svc.cluster.local", a("172.0.0.2")),
  entry("ep2.hdls1.testns.svc.cluster.local", a("172.0.0.3", "5678:abcd::1")),
  entry("_http._tcp.hdls1.testns.svc.cluster.local", [
    srv(80, "ep1.hdls1.testns.svc.cluster.local"),
    srv(80, "ep2.hdls1.testns.svc.cluster.local"),
  ]),
  entry("external.testns.svc.cluster.local", [{ type: "CNAME", target: "ext.interwebs.test" }]),
  entry("inside.testns.svc.cluster.local", [{ type: "CNAME", target: "svc1.testns.svc.cluster.local" }]),
  entry("twice.testns.svc.cluster.local", [{ type: "CNAME", target: "inside.testns.svc.cluster.local" }]),
  entry("dangling.testns.svc.cluster.local", [{ type: "CNAME", target: "gone.testns.svc.cluster.local" }]),
  entry("to-empty.testns.svc.cluster.local", [{ type: "CNAME", target: "_tcp.svc1.testns.svc.cluster.local" }]),
  entry("to-local.testns.svc.cluster.local", [{ type: "CNAME", target: "localhost" }]),
  entry("loop1.testns.svc.cluster.local", [{ type: "CNAME", target: "loop2.testns.svc.cluster.local" }]),
  entry("loop2.testns.svc.cluster.local", [{ type: "CNAME", target: "loop1.testns.svc.cluster.local" }]),
  entry("self.testns.svc.cluster.local", [{ type: "CNAME", target: "self.testns.svc.cluster.local" }]),
  entry("1.0.0.10.in-addr.arpa", [{ type: "PTR", target: "svc1.testns.svc.cluster.local" }]),
  entry("99.0.0.10.in-addr.arpa", [
    { type: "PTR", target: "ep.svc1.testns.svc.cluster.local" },
    { type: "PTR", target: "ep.svc2.testns.svc.cluster.local" },
  ]),
  entry("*.wild.testns.svc.cluster.local", a("10.0.0.50")),
  entry("named.wild.testns.svc.cluster.local", a("10.0.0.51")),
  entry("below.ent.wild.testns.svc.cluster.local", a("10.0.0.52")),
  entry("api.example.com", a("240.240.0.1", "2001:db8::1"), { others: "upstream" }),
  entry("*.example.com", a("240.240.0.2"), { others: "upstream" }),
  entry("*.deep.example.com", a("240.240.0.3"), { others: "upstream" }),
  entry("x.between.example.com", a("240.240.0.4"), { others: "upstream" }),
  entry("*.internal.example.com", [], { others: "upstream", below: "relay" }),
  entry("denied.example.com", [], { others: "upstream", below: "relay" }),
  entry("own.db.corp", [...a("10.9.9.9"), { type: "TXT", strings: ["one", "two"] }]),
];

type Case = [name: string, type: string, rcode: string, ...records: string[]];

const CASES: Case[] = [
  // ClusterIP, one family and both.
  ["svc1.testns.svc.cluster.local", "A", "NOERROR", "svc1.testns.svc.cluster.local 30 A 10.0.0.1"],
  ["svc1.testns.svc.cluster.local", "AAAA", "NOERROR", SOA],
  ["svc1.testns.svc.cluster.local", "TXT", "NOERROR", SOA],
  ["svc1.testns.svc.cluster.local", "MX", "NOERROR", SOA],
  ["svc1.testns.svc.cluster.local", "HTTPS", "NOERROR", SOA],
  ["svc6.testns.svc.cluster.local", "AAAA", "NOERROR", "svc6.testns.svc.cluster.local 30 AAAA 1234:abcd::1"],
  ["svc6.testns.svc.cluster.local", "A", "NOERROR", SOA],
  ["dual.testns.svc.cluster.local", "A", "NOERROR", "dual.testns.svc.cluster.local 30 A 10.0.0.3"],
  ["dual.testns.svc.cluster.local", "AAAA", "NOERROR", "dual.testns.svc.cluster.local 30 AAAA 10::3"],
  // SRV, with the addresses of its targets.
  [
    "_http._tcp.svc1.testns.svc.cluster.local",
    "SRV",
    "NOERROR",
    "_http._tcp.svc1.testns.svc.cluster.local 30 SRV 0 100 80 svc1.testns.svc.cluster.local",
    ";; svc1.testns.svc.cluster.local 30 A 10.0.0.1",
  ],
  [
    "svc1.testns.svc.cluster.local",
    "SRV",
    "NOERROR",
    "svc1.testns.svc.cluster.local 30 SRV 0 100 80 svc1.testns.svc.cluster.local",
    ";; svc1.testns.svc.cluster.local 30 A 10.0.0.1",
  ],
  [
    "_http._tcp.hdls1.testns.svc.cluster.local",
    "SRV",
    "NOERROR",
    "_http._tcp.hdls1.testns.svc.cluster.local 30 SRV 0 100 80 ep1.hdls1.testns.svc.cluster.local",
    "_http._tcp.hdls1.testns.svc.cluster.local 30 SRV 0 100 80 ep2.hdls1.testns.svc.cluster.local",
    ";; ep1.hdls1.testns.svc.cluster.local 30 A 172.0.0.2",
    ";; ep2.hdls1.testns.svc.cluster.local 30 A 172.0.0.3",
    ";; ep2.hdls1.testns.svc.cluster.local 30 AAAA 5678:abcd::1",
  ],
  ["_http._tcp.svc1.testns.svc.cluster.local", "A", "NOERROR", SOA],
  ["_tcp.svc1.testns.svc.cluster.local", "SRV", "NOERROR", SOA],
  ["_https._tcp.svc1.testns.svc.cluster.local", "SRV", "NXDOMAIN", SOA],
  ["_http._udp.svc1.testns.svc.cluster.local", "SRV", "NXDOMAIN", SOA],
  // Headless.
  [
    "hdls1.testns.svc.cluster.local",
    "A",
    "NOERROR",
    "hdls1.testns.svc.cluster.local 30 A 172.0.0.2",
    "hdls1.testns.svc.cluster.local 30 A 172.0.0.3",
  ],
  ["ep1.hdls1.testns.svc.cluster.local", "A", "NOERROR", "ep1.hdls1.testns.svc.cluster.local 30 A 172.0.0.2"],
  ["ep1.hdls1.testns.svc.cluster.local", "AAAA", "NOERROR", SOA],
  ["ep3.hdls1.testns.svc.cluster.local", "A", "NXDOMAIN", SOA],
  // The zone itself.
  [
    "cluster.local",
    "SOA",
    "NOERROR",
    "cluster.local 30 SOA ns.dns.cluster.local hostmaster.cluster.local 102 7200 1800 86400 5",
  ],
  ["cluster.local", "NS", "NOERROR", "cluster.local 30 NS ns.dns.cluster.local"],
  ["cluster.local", "A", "NOERROR", SOA],
  ["svc1.testns.svc.cluster.local", "SOA", "NOERROR", SOA],
  ["svc1.testns.svc.cluster.local", "NS", "NOERROR", SOA],
  ["dns-version.cluster.local", "TXT", "NOERROR", 'dns-version.cluster.local 28800 TXT "1.1.0"'],
  ["ns.dns.cluster.local", "A", "NOERROR", "ns.dns.cluster.local 30 A 10.0.0.10"],
  ["dns.cluster.local", "A", "NOERROR", SOA],
  ["svc.cluster.local", "A", "NOERROR", SOA],
  ["testns.svc.cluster.local", "A", "NOERROR", SOA],
  ["otherns.svc.cluster.local", "A", "NXDOMAIN", SOA],
  ["nope.testns.svc.cluster.local", "A", "NXDOMAIN", SOA],
  ["too.long.name.for.svc1.testns.svc.cluster.local", "A", "NXDOMAIN", SOA],
  ["pood.cluster.local", "A", "NXDOMAIN", SOA],
  ["example.org.cluster.local", "PTR", "NXDOMAIN", SOA],
  // Aliases.
  [
    "inside.testns.svc.cluster.local",
    "A",
    "NOERROR",
    "inside.testns.svc.cluster.local 30 CNAME svc1.testns.svc.cluster.local",
    "svc1.testns.svc.cluster.local 30 A 10.0.0.1",
  ],
  [
    "twice.testns.svc.cluster.local",
    "A",
    "NOERROR",
    "twice.testns.svc.cluster.local 30 CNAME inside.testns.svc.cluster.local",
    "inside.testns.svc.cluster.local 30 CNAME svc1.testns.svc.cluster.local",
    "svc1.testns.svc.cluster.local 30 A 10.0.0.1",
  ],
  [
    "inside.testns.svc.cluster.local",
    "AAAA",
    "NOERROR",
    "inside.testns.svc.cluster.local 30 CNAME svc1.testns.svc.cluster.local",
    SOA,
  ],
  [
    "dangling.testns.svc.cluster.local",
    "A",
    "NXDOMAIN",
    "dangling.testns.svc.cluster.local 30 CNAME gone.testns.svc.cluster.local",
    SOA,
  ],
  [
    "to-empty.testns.svc.cluster.local",
    "A",
    "NOERROR",
    "to-empty.testns.svc.cluster.local 30 CNAME _tcp.svc1.testns.svc.cluster.local",
    SOA,
  ],
  [
    "to-local.testns.svc.cluster.local",
    "A",
    "NOERROR",
    "to-local.testns.svc.cluster.local 30 CNAME localhost",
    "localhost 3600 A 127.0.0.1",
  ],
  [
    "external.testns.svc.cluster.local",
    "CNAME",
    "NOERROR",
    "external.testns.svc.cluster.local 30 CNAME ext.interwebs.test",
  ],
  ["loop1.testns.svc.cluster.local", "A", "SERVFAIL"],
  ["self.testns.svc.cluster.local", "A", "SERVFAIL"],
  [
    "self.testns.svc.cluster.local",
    "CNAME",
    "NOERROR",
    "self.testns.svc.cluster.local 30 CNAME self.testns.svc.cluster.local",
  ],
  // Reverse.
  ["1.0.0.10.in-addr.arpa", "PTR", "NOERROR", "1.0.0.10.in-addr.arpa 30 PTR svc1.testns.svc.cluster.local"],
  [
    "99.0.0.10.in-addr.arpa",
    "PTR",
    "NOERROR",
    "99.0.0.10.in-addr.arpa 30 PTR ep.svc1.testns.svc.cluster.local",
    "99.0.0.10.in-addr.arpa 30 PTR ep.svc2.testns.svc.cluster.local",
  ],
  [
    "1.0.0.10.in-addr.arpa",
    "A",
    "NOERROR",
    "; 1.0.0.10.in-addr.arpa 5 SOA 1.0.0.10.in-addr.arpa nobody.invalid 102 7200 1800 86400 5",
  ],
  // Wildcards in a zone: RFC 4592.
  ["x.wild.testns.svc.cluster.local", "A", "NOERROR", "x.wild.testns.svc.cluster.local 30 A 10.0.0.50"],
  ["x.y.z.wild.testns.svc.cluster.local", "A", "NOERROR", "x.y.z.wild.testns.svc.cluster.local 30 A 10.0.0.50"],
  ["named.wild.testns.svc.cluster.local", "A", "NOERROR", "named.wild.testns.svc.cluster.local 30 A 10.0.0.51"],
  ["wild.testns.svc.cluster.local", "A", "NOERROR", SOA],
  ["ent.wild.testns.svc.cluster.local", "A", "NOERROR", SOA],
  ["other.ent.wild.testns.svc.cluster.local", "A", "NXDOMAIN", SOA],
  ["x.named.wild.testns.svc.cluster.local", "A", "NXDOMAIN", SOA],
  ["x.wild.testns.svc.cluster.local", "AAAA", "NOERROR", SOA],
  ["*.wild.testns.svc.cluster.local", "A", "NOERROR", "*.wild.testns.svc.cluster.local 30 A 10.0.0.50"],
  // ServiceEntry hosts elsewhere: the nearest wildcard, at any depth.
  ["api.example.com", "A", "NOERROR", "api.example.com 30 A 240.240.0.1"],
  ["api.example.com", "AAAA", "NOERROR", "api.example.com 30 AAAA 2001:db8::1"],
  ["x.example.com", "A", "NOERROR", "x.example.com 30 A 240.240.0.2"],
  ["x.y.example.com", "A", "NOERROR", "x.y.example.com 30 A 240.240.0.2"],
  ["x.deep.example.com", "A", "NOERROR", "x.deep.example.com 30 A 240.240.0.3"],
  ["deep.example.com", "A", "NOERROR", "deep.example.com 30 A 240.240.0.2"],
  ["between.example.com", "A", "NOERROR", "between.example.com 30 A 240.240.0.2"],
  ["y.between.example.com", "A", "NOERROR", "y.between.example.com 30 A 240.240.0.2"],
  ["y.api.example.com", "A", "NOERROR", "y.api.example.com 30 A 240.240.0.2"],
  [
    "api.example.com",
    "HTTPS",
    "NOERROR",
    "; api.example.com 5 SOA api.example.com nobody.invalid 102 7200 1800 86400 5",
  ],
  [
    "x.example.com",
    "AAAA",
    "NOERROR",
    "; x.example.com 5 SOA x.example.com nobody.invalid 102 7200 1800 86400 5",
  ],
  // Own records.
  ["own.db.corp", "TXT", "NOERROR", 'own.db.corp 30 TXT "one" "two"'],
  ["own.db.corp", "AAAA", "NOERROR", "; own.db.corp 5 SOA own.db.corp nobody.invalid 102 7200 1800 86400 5"],
  // ANY gets one small record (RFC 8482), special-use names what RFC 6761 says.
  ["svc1.testns.svc.cluster.local", "ANY", "NOERROR", "svc1.testns.svc.cluster.local 30 HINFO RFC8482 "],
  [
    "inside.testns.svc.cluster.local",
    "ANY",
    "NOERROR",
    "inside.testns.svc.cluster.local 30 CNAME svc1.testns.svc.cluster.local",
  ],
  ["localhost", "A", "NOERROR", "localhost 3600 A 127.0.0.1"],
  ["localhost", "AAAA", "NOERROR", "localhost 3600 AAAA ::1"],
  ["db.localhost", "A", "NOERROR", "db.localhost 3600 A 127.0.0.1"],
  ["localhost", "MX", "NOERROR", "; localhost 5 SOA localhost nobody.invalid 102 7200 1800 86400 5"],
  ["invalid", "A", "NXDOMAIN", "; invalid 5 SOA invalid nobody.invalid 102 7200 1800 86400 5"],
  ["x.invalid", "AAAA", "NXDOMAIN", "; x.invalid 5 SOA x.invalid nobody.invalid 102 7200 1800 86400 5"],
];

/** Questions that must go upstream, with what is asked there. */
const FORWARDED: [name: string, type: string, wanted: string][] = [
  ["www.example.org", "A", "www.example.org/1"],
  ["example.com", "A", "example.com/1"],
  ["com", "NS", "com/2"],
  [".", "NS", "./2"],
  ["api.example.com", "TXT", "api.example.com/16"],
  ["x.example.com", "MX", "x.example.com/15"],
  ["denied.example.com", "A", "denied.example.com/1"],
  ["x.denied.example.com", "A", "x.denied.example.com/1"],
  ["x.internal.example.com", "A", "x.internal.example.com/1"],
  ["x.y.internal.example.com", "A", "x.y.internal.example.com/1"],
  ["external.testns.svc.cluster.local", "A", "ext.interwebs.test/1"],
  ["2.0.0.10.in-addr.arpa", "PTR", "2.0.0.10.in-addr.arpa/12"],
  ["0.0.10.in-addr.arpa", "NS", "0.0.10.in-addr.arpa/2"],
  ["db.corp", "A", "db.corp/1"],
  ["corp.local", "A", "corp.local/1"],
  ["notlocalhost", "A", "notlocalhost/1"],
  ["localhost.example.org", "A", "localhost.example.org/1"],
];

const world = new World(ENTRIES);

for (const [name, type, code, ...records] of CASES) {
  test(`${name} ${type}: ${code}`, () => {
    const reply = world.ask(name, type);
    assert.equal(rcode(reply), code);
    assert.equal(lines(reply), records);
    assert.is(reply.aa, code !== "SERVFAIL");
    assert.ok(reply.ra && reply.rd && !reply.tc && !reply.ad && !reply.cd);
  });
}

for (const [name, type, wanted] of FORWARDED) {
  test(`${name} ${type}: asked upstream`, () => {
    assert.throws(() => world.ask(name, type), new RegExp(wanted.replaceAll(".", "\\.")));
  });
}

test("the question's case is echoed, in the question and in owner names", () => {
  const reply = world.ask("SvC1.TestNS.svc.CLUSTER.local");
  assert.is(reply.questions![0]!.name, "SvC1.TestNS.svc.CLUSTER.local");
  assert.equal(lines(reply), ["SvC1.TestNS.svc.CLUSTER.local 30 A 10.0.0.1"]);
  const negative = world.ask("Nope.testns.svc.Cluster.LOCAL");
  assert.is(negative.authorities[0]!.name, "Cluster.LOCAL");
});

test("names in data are compressed, those of SRV are not", () => {
  const alias = world.ask("inside.testns.svc.cluster.local", "CNAME");
  // Header, question, then a pointer, 10 bytes and `svc1` with a pointer.
  assert.is(alias.bytes.length, 12 + 33 + 4 + 12 + 5 + 2);
  const service = world.ask("_http._tcp.svc1.testns.svc.cluster.local", "SRV");
  assert.is(service.bytes.length, 12 + 42 + 4 + 12 + 6 + 31 + 16);
});

test("a target that several SRV records share has its addresses added once", () => {
  const target = "many.testns.svc.cluster.local";
  world.publish(entry(target, [...a("10.0.0.77"), srv(80, target), srv(443, target), srv(8080, target)]));
  const reply = world.ask(target, "SRV");
  assert.is(reply.answers.length, 3);
  assert.equal(reply.additionals.map((record) => record.name), [target]);
});

test("entries of a snapshot say that they are stale, positive and negative ones", () => {
  const stale = new World([
    { ...apex(), stale: true },
    entry("old.testns.svc.cluster.local", a("10.0.0.1"), { stale: true, ttl: 5 }),
  ]);
  assert.equal(stale.ask("old.testns.svc.cluster.local", "A", { edns: 1232 }).ede, [3]);
  assert.equal(stale.ask("gone.testns.svc.cluster.local", "A", { edns: 1232 }).ede, [3]);
  assert.is(stale.ask("old.testns.svc.cluster.local").opt, undefined);
});

test("the names in a SOA may lie anywhere", () => {
  const zone = (mname: string, rname: string) => {
    const w = new World([entry("zone.test", [{ type: "SOA", mname, rname, minimum: 9 }])]);
    const [own] = w.ask("zone.test", "SOA").answers as { data: { mname: string; rname: string; minimum: number } }[];
    const [negative] = w.ask("x.zone.test").authorities as typeof own[];
    assert.equal(own!.data, negative!.data);
    return [own!.data.mname, own!.data.rname, own!.data.minimum];
  };
  assert.equal(zone("ns.zone.test", "root.zone.test"), ["ns.zone.test", "root.zone.test", 9]);
  assert.equal(zone("zone.test", "a.b.c.zone.test"), ["zone.test", "a.b.c.zone.test", 9]);
  assert.equal(zone("ns.example.org", "root.otherzone.test"), ["ns.example.org", "root.otherzone.test", 9]);
  assert.equal(zone("test", "."), ["test", ".", 9]);
});

test("a chain of eight aliases is followed, one of nine is an error", () => {
  const chain = (length: number) =>
    Array.from({ length }, (_, i) =>
      entry(`c${i}.testns.svc.cluster.local`, [{
        type: "CNAME",
        target: i + 1 < length ? `c${i + 1}.testns.svc.cluster.local` : "svc1.testns.svc.cluster.local",
      }]));
  world.publish(...chain(8));
  assert.is(world.ask("c0.testns.svc.cluster.local").answers.length, 9);
  world.publish(...chain(9));
  const reply = world.ask("c0.testns.svc.cluster.local", "A", { edns: 1232 });
  assert.equal([rcode(reply), reply.answers.length, reply.ede], ["SERVFAIL", 0, [0]]);
});

test.run();
