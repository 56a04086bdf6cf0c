/** The response cache under pressure: bounds, eviction, settings, and what other threads may do to it. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Answer } from "dns-packet";
import { acceptReply, USABLE } from "../../dns/accept_reply.ts";
import { ALLOWED, answer, MISS } from "../../dns/answer.ts";
import { AnswerView } from "../../dns/answer_view.ts";
import { CACHE, SLOT_WORDS } from "../../dns/layout.ts";
import {
  cacheEntries,
  changeCache,
  createCache,
  DEFAULT_CACHE,
  flushCache,
  listCache,
  repairCache,
  SharedCache,
} from "../../dns/shared_cache.ts";
import { createTable } from "../../dns/table_memory.ts";
import { lines, query, replyTo, soa, START, type Upstream, World } from "./world.ts";

const test = suite("shared cache");

const ip = (name: string, ttl = 300): Answer => ({ type: "A", name, ttl, data: "192.0.2.1" });

function fill(world: World, name: string, upstream: Upstream = { answers: [ip(name)] }): void {
  world.resolve(name, "A", () => upstream);
}

function isCached(world: World, name: string): boolean {
  return world.run(query(name, "A")) !== MISS;
}

test("listing, counts and flush", () => {
  const w = new World();
  fill(w, "a.example.org");
  fill(w, "b.example.org", { authorities: [soa("example.org")] });
  fill(w, "c.example.org", { rcode: 3, authorities: [soa("example.org")] });
  w.run(query("d.example.org", "AAAA", { dnssecOk: true, cd: true }));
  w.fail(w.question());
  w.now += 10_000;
  w.ask("a.example.org");
  const listed = [...listCache(w.cache, w.now)].sort((one, other) => one.name < other.name ? -1 : 1);
  assert.equal(listed.map(({ name, type, kind, ttl, stale, hits }) => [name, type, kind, ttl, stale, hits]), [
    ["a.example.org", 1, "positive", 290, false, 1],
    ["b.example.org", 1, "nodata", 50, false, 0],
    ["c.example.org", 1, "nxdomain", 50, false, 0],
    ["d.example.org", 28, "failure", -5, true, 0],
  ]);
  assert.equal([listed[3]!.dnssec, listed[3]!.checkingDisabled, listed[0]!.dnssec], [true, true, false]);
  assert.equal(cacheEntries(w.cache), { positive: 1, negative: 2, failure: 1 });
  flushCache(w.cache);
  assert.equal([...listCache(w.cache, w.now)], []);
  assert.is(isCached(w, "a.example.org"), false);
});

test("settings change live", () => {
  const w = new World();
  changeCache(w.cache, { ...DEFAULT_CACHE, maxTtl: 10_000 });
  fill(w, "a.example.org");
  assert.equal(lines(w.ask("a.example.org")), ["a.example.org 10 A 192.0.2.1"]);
});

test("an answer that grows or shrinks is there once", () => {
  const w = new World([], {}, { serveStale: 0 });
  const answers = (count: number) => Array.from({ length: count }, () => ip("a.example.org", 1));
  for (const count of [1, 40, 500, 3, 60, 1]) {
    fill(w, "a.example.org", { answers: answers(count) });
    assert.equal(cacheEntries(w.cache), { positive: 1, negative: 0, failure: 0 }, `${count}`);
    w.now += 1000;
  }
});

test("entries are bounded, and the memory is", () => {
  const w = new World([], {}, { entries: 256 });
  for (let i = 0; i < 2000; i++) fill(w, `n${i}.example.org`);
  const { positive } = cacheEntries(w.cache);
  assert.ok(positive > 200 && positive <= 256, `${positive}`);
  assert.ok(w.cache.byteLength < 300_000, `${w.cache.byteLength}`);
  assert.ok(createCache(DEFAULT_CACHE).byteLength < 11_000_000);
});

test("what is past its use goes first", () => {
  const w = new World([], {}, { entries: 256, serveStale: 0 });
  for (let i = 0; i < 300; i++) fill(w, `short${i}.example.org`, { answers: [ip(`short${i}.example.org`, 10)] });
  w.now += 10_000;
  for (let i = 0; i < 150; i++) fill(w, `new${i}.example.org`);
  const kept = Array.from({ length: 150 }, (_, i) => isCached(w, `new${i}.example.org`)).filter(Boolean).length;
  assert.ok(kept >= 140, `${kept}`);
});

/** Zipf's law, as DNS questions follow it. */
function zipf(random: () => number, names: number): number {
  return Math.floor(Math.exp(random() * Math.log(names)));
}

test("a scan of many names does not push out what is asked for again and again", () => {
  const w = new World([], {}, { entries: 1024 });
  let state = 1;
  const random = () => (state = (state * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff;
  const popular = () => {
    const name = `hot${zipf(random, 400)}.example.org`;
    if (isCached(w, name)) return 1;
    fill(w, name);
    return 0;
  };
  for (let i = 0; i < 5000; i++) popular();
  let before = 0;
  for (let i = 0; i < 1000; i++) before += popular();
  for (let i = 0; i < 20_000; i++) fill(w, `scan${i}.example.org`);
  let after = 0;
  for (let i = 0; i < 1000; i++) after += popular();
  assert.ok(before > 950, `before the scan ${before} of 1000 were hits`);
  assert.ok(after > before - 80, `${before} hits of 1000 before the scan, ${after} after it`);
});

test("what nobody asks for any more makes room in the end", () => {
  const w = new World([], {}, { entries: 256 });
  for (let i = 0; i < 200; i++) {
    fill(w, `old${i}.example.org`);
    for (let k = 0; k < 5; k++) w.ask(`old${i}.example.org`);
  }
  const kept = () => [...listCache(w.cache, w.now)].filter(({ name }) => name.startsWith("old")).length;
  const before = kept();
  for (let i = 0; i < 20_000; i++) fill(w, `scan${i}.example.org`);
  assert.ok(kept() < before / 4, `${before} -> ${kept()}`);
});

test("a set that another thread writes is a miss for readers and left alone by writers", () => {
  const w = new World();
  fill(w, "a.example.org");
  const other = new SharedCache(w.cache, 7);
  const sets: number[] = [];
  for (let size = 0; size < SLOT_WORDS.length; size++) {
    const first = other.words[CACHE.FIRST + size]!;
    const length = 16 + 8 * SLOT_WORDS[size]!;
    for (let i = 0; i < other.words[CACHE.SETS + size]!; i++) sets.push(first + i * length);
  }
  for (const set of sets) assert.ok(other.take(set));
  for (const set of sets) assert.is(other.take(set), false);
  assert.is(isCached(w, "a.example.org"), false);
  // Not stored, yet answered.
  assert.equal(lines(w.resolve("b.example.org", "A", () => ({ answers: [ip("b.example.org")] }))), [
    "b.example.org 300 A 192.0.2.1",
  ]);
  repairCache(w.cache, 6);
  assert.is(other.take(sets[0]!), false);
  repairCache(w.cache, 7);
  assert.ok(other.take(sets[0]!));
  other.letGo(sets[0]!);
  fill(w, "a.example.org");
  assert.is(isCached(w, "a.example.org"), true);
});

test("a read during which the set changed is a miss", () => {
  const w = new World();
  fill(w, "a.example.org");
  const { words } = w.view.cache;
  const load = Atomics.load;
  let loads = 0;
  // The second load of a sequence word sees another value, as if a writer had come and gone in between.
  Atomics.load = ((array: Int32Array, index: number) => {
    const value = load(array, index);
    return array === words && index >= 64 && ++loads === 2 ? value + 2 : value;
  }) as typeof Atomics.load;
  try {
    assert.is(w.run(query("a.example.org", "A")), MISS);
  } finally {
    Atomics.load = load;
  }
  assert.is(isCached(w, "a.example.org"), true);
});

test("all threads see what one stored", () => {
  const table = createTable({ bytes: 2 << 20, seed: 3 });
  const cache = createCache({ ...DEFAULT_CACHE, entries: 256 });
  const [one, other] = [new AnswerView(table, cache, 1), new AnswerView(table, cache, 2)];
  const out = new Uint8Array(65_535);
  const packet = query("www.example.org", "A");
  assert.is(answer(packet, packet.length, out, one, START, 1, ALLOWED), MISS);
  const question = one.question.slice(0, one.questionLength);
  const reply = replyTo(question, { answers: [ip("www.example.org")] });
  assert.is(acceptReply(one, question, question.length, reply, reply.length, START), USABLE);
  assert.ok(answer(packet, packet.length, out, other, START + 1000, 1, ALLOWED) > 0);
});

test("a clock that was set back does not make answers live longer", () => {
  const w = new World();
  fill(w, "a.example.org");
  w.now -= 9_000;
  assert.equal(lines(w.ask("a.example.org")), ["a.example.org 300 A 192.0.2.1"]);
  w.now -= 60_000;
  assert.is(isCached(w, "a.example.org"), false);
});

test("another build's memory is refused", () => {
  const memory = createCache();
  new Int32Array(memory)[CACHE.LAYOUT] = 0;
  assert.throws(() => new SharedCache(memory, 0), /another version/);
});

test.run();
