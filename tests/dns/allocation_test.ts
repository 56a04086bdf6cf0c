/** Answering allocates nothing: the heap does not grow with the number of questions. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ALLOWED, answer } from "../../dns/answer.ts";
import { a, apex, entry, query, soa, World } from "./world.ts";

const test = suite("allocation");
const QUERIES = 20_000;
const WINDOWS = 8;
/** The smallest object of V8 takes 16 bytes; one for each query would be 320,000 here. */
const MOST_BYTES = 48_000;

const world = new World([
  apex(),
  entry("testns.svc.cluster.local", []),
  entry("svc1.testns.svc.cluster.local", [
    ...a("10.0.0.1", "10.0.0.2", "10.0.0.3", "fd00::1"),
    { type: "SRV", priority: 0, weight: 100, port: 80, target: "svc1.testns.svc.cluster.local" },
  ]),
  entry("inside.testns.svc.cluster.local", [{ type: "CNAME", target: "svc1.testns.svc.cluster.local" }]),
  entry("away.testns.svc.cluster.local", [{ type: "CNAME", target: "www.example.org" }]),
  entry("*.wild.example.com", a("240.240.0.1")),
], { cookieSecret: new Uint8Array(16) });
world.resolve(
  "www.example.org",
  "A",
  () => ({ answers: [{ type: "A", name: "www.example.org", ttl: 300, data: "192.0.2.1" }] }),
);
world.resolve("svc1.testns", "A", () => ({ rcode: 3, authorities: [soa("testns")] }));
world.resolve("www.example.org", "AAAA", () => ({ authorities: [soa("example.org")] }));
world.resolve("dead.example.org", "A", () => undefined);

// Read out of the world here: a number of this size is made into an object each time it is read from a field.
const { now: NOW, out: OUT, view: VIEW } = world;

const KINDS: [what: string, packet: Uint8Array][] = [
  ["a hit", query("svc1.testns.svc.cluster.local", "A")],
  ["a hit with EDNS", query("svc1.testns.svc.cluster.local", "AAAA", { edns: 1232 })],
  [
    "a hit with a cookie",
    query("svc1.testns.svc.cluster.local", "A", { options: [{ code: 10, data: new Uint8Array(8) }] }),
  ],
  ["SRV with additional records", query("svc1.testns.svc.cluster.local", "SRV")],
  ["an alias", query("inside.testns.svc.cluster.local", "A")],
  ["an alias to a cached name", query("away.testns.svc.cluster.local", "A")],
  ["a wildcard", query("x.wild.example.com", "A")],
  ["NODATA", query("svc1.testns.svc.cluster.local", "MX")],
  ["NXDOMAIN", query("x.testns.svc.cluster.local", "A", { edns: 1232 })],
  ["a short name", query("svc1.testns", "A")],
  ["a cached answer", query("www.example.org", "A", { edns: 1232 })],
  ["cached NODATA", query("www.example.org", "AAAA")],
  ["a cached failure", query("dead.example.org", "A", { edns: 1232 })],
  ["a miss", query("other.example.org", "A")],
  ["FORMERR", query("www.example.org", "A").subarray(0, 20)],
  ["a relay", query("example.org", 252)],
];

/** Bytes by which the heap grows over so many answers, the least of several tries: other work only adds. */
function growth(work: (i: number) => void): number {
  let least = Infinity;
  for (let window = 0; window < WINDOWS; window++) {
    const before = Deno.memoryUsage().heapUsed;
    for (let i = 0; i < QUERIES; i++) work(i);
    const grown = Deno.memoryUsage().heapUsed - before;
    // Smaller than before: garbage was collected, and the window says nothing.
    if (grown >= 0) least = Math.min(least, grown);
  }
  return least;
}

// Compiles everything, in all its shapes, before anything is measured.
for (let i = 0; i < 20_000; i++) for (const [, packet] of KINDS) world.run(packet);

for (const [what, packet] of KINDS) {
  test(`${what} allocates nothing`, () => {
    const bytes = growth((i) => answer(packet, packet.length, OUT, VIEW, NOW, i, ALLOWED));
    assert.ok(bytes < MOST_BYTES, `${bytes} bytes over ${QUERIES} answers`);
  });
}

test("the measure sees an object for each answer", () => {
  const kept: unknown[] = [];
  const bytes = growth((i) => kept[i & 7] = { i });
  assert.ok(bytes > MOST_BYTES, `${bytes} bytes over ${QUERIES} objects`);
});

test.run();
