/** Answers that have run out, or are about to: stale answers (RFC 8767) and prefetch. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ALLOWED, MISS, UPSTREAM_DONE, UPSTREAM_FAILED } from "../../dns/answer.ts";
import { SOURCE } from "../../dns/answer_view.ts";
import { REFRESH } from "../../dns/cache_read.ts";
import { lines, query, rcode, soa, type Upstream, World } from "./world.ts";

const test = suite("stale answers");

const www: Upstream = { answers: [{ type: "A", name: "www.example.org", ttl: 300, data: "192.0.2.1" }] };
const nxdomain = (zone: string): Upstream => ({ rcode: 3, authorities: [soa(zone)] });

test("stale: upstream first, then at once for 30 seconds, TTL 30, refreshed every 3 seconds, ended by an answer", () => {
  const w = new World();
  w.resolve("www.example.org", "A", () => www);
  w.now += 301_000;
  const packet = query("www.example.org", "A", { edns: 1232 });
  assert.is(w.run(packet), MISS);
  assert.is(w.view.stale, true);
  // The client would wait too long: the old answer, while upstream is still being asked.
  const waited = w.ask("www.example.org", "A", { edns: 1232 }, ALLOWED | UPSTREAM_FAILED);
  assert.equal([lines(waited), waited.ede, w.view.source], [["www.example.org 30 A 192.0.2.1"], [3], SOURCE.STALE]);
  w.run(packet);
  w.fail(w.question());
  assert.equal(w.ask("www.example.org", "A", { edns: 1232 }, ALLOWED | UPSTREAM_DONE).ede, [3]);
  // At once, and nobody is told to ask again before 3 seconds have gone.
  w.now += 2_999;
  assert.equal(lines(w.ask("www.example.org")), ["www.example.org 30 A 192.0.2.1"]);
  assert.is(w.view.refresh, REFRESH.NONE);
  w.now += 1;
  w.ask("www.example.org");
  assert.equal([w.view.refresh, w.wanted()], [REFRESH.STALE, "www.example.org/1"]);
  w.ask("www.example.org");
  assert.is(w.view.refresh, REFRESH.NONE);
  w.now += 2_000;
  w.fail(w.question());
  w.now += 1_000;
  w.ask("www.example.org");
  assert.is(w.view.refresh, REFRESH.STALE, "a failure that comes late puts the next ask off");
  // Each failure begins the 30 seconds anew.
  w.now += 28_999;
  assert.equal(lines(w.ask("www.example.org")), ["www.example.org 30 A 192.0.2.1"]);
  w.now += 1;
  assert.is(w.run(packet), MISS);
  assert.is(rcode(w.resolve("www.example.org", "A", () => nxdomain("example.org"))), "NXDOMAIN");
  w.now += 1000;
  assert.is(rcode(w.ask("www.example.org")), "NXDOMAIN");
});

test("stale: asked again within 5 seconds though failing takes longer than the turn of who asks", () => {
  const w = new World();
  w.resolve("www.example.org", "A", () => www);
  w.now += 301_000;
  w.run(query("www.example.org", "A"));
  w.fail(w.question());
  w.now += 3_000;
  w.ask("www.example.org");
  assert.is(w.view.refresh, REFRESH.STALE);
  w.now += 3_800;
  w.fail(w.question());
  w.ask("www.example.org");
  assert.is(w.view.refresh, REFRESH.NONE);
  w.now += 1_000;
  w.ask("www.example.org");
  assert.is(w.view.refresh, REFRESH.STALE);
});

test("stale answers end with serveStale, and there are none when it is 0", () => {
  const w = new World();
  w.resolve("www.example.org", "A", () => www);
  w.now += 300_000 + 3_600_000 - 1;
  assert.is(rcode(w.ask("www.example.org", "A", {}, ALLOWED | UPSTREAM_FAILED)), "NOERROR");
  w.now += 1;
  assert.is(rcode(w.ask("www.example.org", "A", {}, ALLOWED | UPSTREAM_FAILED)), "SERVFAIL");
  const off = new World([], {}, { serveStale: 0 });
  off.resolve("www.example.org", "A", () => www);
  off.now += 300_000;
  assert.is(off.run(query("www.example.org", "A")), MISS);
  assert.is(off.view.stale, false);
});

test("a failure does not hide an answer that still holds", () => {
  const w = new World();
  w.run(query("www.example.org", "A"));
  const question = w.question();
  w.resolve("www.example.org", "A", () => www);
  w.now += 1000;
  w.fail(question);
  assert.equal(lines(w.ask("www.example.org")), ["www.example.org 299 A 192.0.2.1"]);
});

test("prefetch: a hot answer in its last tenth is asked for again, once", () => {
  const w = new World();
  w.resolve("www.example.org", "A", () => www);
  w.now += 269_000;
  for (let i = 0; i < 3; i++) w.ask("www.example.org");
  assert.is(w.view.refresh, REFRESH.NONE);
  w.now += 1_000;
  w.ask("www.example.org");
  assert.equal([w.view.refresh, w.wanted()], [REFRESH.PREFETCH, "www.example.org/1"]);
  w.ask("www.example.org");
  assert.is(w.view.refresh, REFRESH.NONE);
  w.accept(w.question(), new Uint8Array(12)); // not a reply: nothing changes
  w.now += 5_000;
  w.ask("www.example.org");
  assert.is(w.view.refresh, REFRESH.PREFETCH);
});

test("prefetch: a cold answer is not, nor any when it is off", () => {
  const cold = new World();
  cold.resolve("www.example.org", "A", () => www);
  cold.now += 299_000;
  cold.ask("www.example.org");
  assert.is(cold.view.refresh, REFRESH.NONE);
  const off = new World([], {}, { prefetch: false });
  off.resolve("www.example.org", "A", () => www);
  off.now += 299_000;
  for (let i = 0; i < 5; i++) off.ask("www.example.org");
  assert.is(off.view.refresh, REFRESH.NONE);
});

test.run();
