/** The name table's writer and its readers: left-right, slices, empty non-terminals, growth, dense memory. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MAX_READERS } from "../../dns/layout.ts";
import type { NameEntry } from "../../dns/name_table.ts";
import { nameToWire } from "../../dns/name_text.ts";
import { ScannedName } from "../../dns/scanned_name.ts";
import { TableWriter } from "../../dns/shared_table.ts";
import { createTable } from "../../dns/table_memory.ts";
import { TableReader } from "../../dns/table_reader.ts";
import { copyWords } from "../../dns/table_regions.ts";
import { a, apex, entry, lines, query, rcode, World } from "./world.ts";

const test = suite("shared table");

/** Both copies are the same words but for the links of nodes that are gone. */
function copiesAreEqual(memory: SharedArrayBuffer): boolean {
  const [left, right] = [copyWords(memory, 0), copyWords(memory, 1)];
  return left.every((word, i) => word === right[i]);
}

function names(count: number, address = "10.0.0.1"): NameEntry[] {
  return Array.from({ length: count }, (_, i) => entry(`svc${i}.ns${i % 10}.svc.cluster.local`, a(address)));
}

test("a name is there after it was put, replaced by another put, and gone after its removal", () => {
  const w = new World([apex(), entry("x.ns.svc.cluster.local", a("10.0.0.1"))]);
  assert.equal(lines(w.ask("x.ns.svc.cluster.local")), ["x.ns.svc.cluster.local 30 A 10.0.0.1"]);
  w.publish(entry("x.ns.svc.cluster.local", a("10.0.0.2", "fd00::1"), { ttl: 7 }));
  assert.equal(lines(w.ask("x.ns.svc.cluster.local")), ["x.ns.svc.cluster.local 7 A 10.0.0.2"]);
  w.remove("x.ns.svc.cluster.local", "never.there");
  assert.is(rcode(w.ask("x.ns.svc.cluster.local")), "NXDOMAIN");
  assert.is(w.writer.names, 1);
});

test("empty non-terminals come with the first name below and go with the last", () => {
  const w = new World([apex()]);
  const deep = "a.b.c.ns.svc.cluster.local";
  const states = () =>
    ["b.c.ns.svc.cluster.local", "ns.svc.cluster.local", "svc.cluster.local"].map((name) => rcode(w.ask(name)));
  assert.equal(states(), ["NXDOMAIN", "NXDOMAIN", "NXDOMAIN"]);
  w.publish(entry(deep, a("10.0.0.1")), entry("x.ns.svc.cluster.local", a("10.0.0.1")));
  assert.equal(states(), ["NOERROR", "NOERROR", "NOERROR"]);
  w.remove(deep);
  assert.equal(states(), ["NXDOMAIN", "NOERROR", "NOERROR"]);
  w.publish(entry("ns.svc.cluster.local", []));
  w.remove("x.ns.svc.cluster.local");
  assert.equal(states(), ["NXDOMAIN", "NOERROR", "NOERROR"]);
  w.remove("ns.svc.cluster.local");
  assert.equal(states(), ["NXDOMAIN", "NXDOMAIN", "NXDOMAIN"]);
});

test("a zone may come after its names and go before them", () => {
  const w = new World([entry("a.b.other.zone", a("10.0.0.1"))]);
  assert.is(w.run(query("b.other.zone", "A")), 0);
  w.publish(apex("other.zone"));
  assert.is(rcode(w.ask("b.other.zone")), "NOERROR");
  assert.is(rcode(w.ask("c.other.zone")), "NXDOMAIN");
  w.remove("other.zone");
  assert.is(w.run(query("b.other.zone", "A")), 0);
});

test("a wildcard that comes after names below it, or loses its entry, is still told apart", () => {
  const w = new World([apex(), entry("x.*.w.cluster.local", a("10.0.0.1"))]);
  assert.is(rcode(w.ask("y.w.cluster.local")), "NXDOMAIN");
  w.publish(entry("*.w.cluster.local", a("10.0.0.2")));
  assert.equal(lines(w.ask("y.w.cluster.local")), ["y.w.cluster.local 30 A 10.0.0.2"]);
  w.remove("*.w.cluster.local");
  assert.is(rcode(w.ask("y.w.cluster.local")), "NXDOMAIN");
  assert.is(rcode(w.ask("*.w.cluster.local")), "NOERROR");
});

test("a delta is visible as a whole, and the serial grows with each", () => {
  const w = new World([apex()]);
  const before = w.writer.serial;
  w.publish(...names(100));
  assert.is(w.writer.serial, before + 1);
  assert.is(w.writer.names, 101);
  w.publish();
  assert.is(w.writer.serial, before + 1);
  const soa = w.ask("cluster.local", "SOA").answers[0] as { data: { serial: number } };
  assert.is(soa.data.serial, before + 1);
  assert.ok(copiesAreEqual(w.table));
});

test("work in slices: nothing is visible before the last, everything after it", () => {
  const w = new World([apex()]);
  w.writer.enqueue({ put: names(1000), remove: [] });
  let slices = 0;
  for (; w.writer.names === 1; slices++) assert.is(w.writer.work(100), "more");
  assert.is(slices, 10);
  assert.is(w.writer.names, 1001);
  while (w.writer.work(100) === "more") slices++;
  assert.is(slices, 19);
  assert.is(w.writer.work(), "done");
  assert.ok(copiesAreEqual(w.table));
});

test("a reader keeps its generation; the writer waits for it and loses nothing", () => {
  const w = new World([apex(), entry("x.ns.svc.cluster.local", a("10.0.0.1"))]);
  const reader = new TableReader(w.table, 5);
  reader.enter();
  const kept = reader.words;
  const before = kept.slice();
  const put = (address: string) => w.writer.publish({ put: [entry("x.ns.svc.cluster.local", a(address))], remove: [] });
  assert.is(put("10.0.0.2"), "waiting");
  assert.is(put("10.0.0.3"), "waiting");
  assert.equal(lines(w.ask("x.ns.svc.cluster.local")), ["x.ns.svc.cluster.local 30 A 10.0.0.2"]);
  assert.ok(kept.every((word, i) => word === before[i]), "what the reader reads was changed under it");
  reader.leave();
  assert.is(w.writer.work(), "done");
  assert.equal(lines(w.ask("x.ns.svc.cluster.local")), ["x.ns.svc.cluster.local 30 A 10.0.0.3"]);
  assert.ok(copiesAreEqual(w.table));
});

test("a reader of the live generation holds nobody up until the next change", () => {
  const w = new World([apex()]);
  const reader = new TableReader(w.table, 1);
  reader.enter();
  assert.is(w.writer.publish({ put: [], remove: [] }), "done");
  reader.leave();
  assert.is(w.writer.publish({ put: names(1), remove: [] }), "done");
});

test("a reader that died is forgotten", () => {
  const w = new World([apex()]);
  new TableReader(w.table, 3).enter();
  assert.is(w.writer.publish({ put: names(1), remove: [] }), "waiting");
  w.writer.forgetReader(3);
  assert.is(w.writer.work(), "done");
  assert.throws(() => w.writer.forgetReader(MAX_READERS), /no reader 64/);
});

test("nested holds keep the generation of the outermost, and answers in them too", () => {
  const w = new World([apex()]);
  w.view.hold();
  w.view.hold();
  w.view.release();
  assert.is(w.writer.publish({ put: [entry("new.cluster.local", a("10.0.0.1"))], remove: [] }), "waiting");
  assert.is(rcode(w.ask("new.cluster.local")), "NXDOMAIN");
  assert.is(w.writer.publish({ put: names(1), remove: [] }), "waiting");
  w.view.release();
  assert.is(w.writer.work(), "done");
  assert.is(rcode(w.ask("new.cluster.local")), "NOERROR");
});

test("names whose hashes collide are told apart", () => {
  const byHash = new Map<number, string>();
  const scanned = new ScannedName(7);
  let pair: [string, string] | undefined;
  // A birthday among 32 bits: 300,000 names of one length have some ten pairs.
  for (let i = 100_000; !pair && i < 400_000; i++) {
    const name = `s${i}.cluster.local`;
    const wire = nameToWire(name);
    scanned.copy(wire, 0, wire.length);
    const other = byHash.get(scanned.hash(0));
    if (other) pair = [name, other];
    byHash.set(scanned.hash(0), name);
  }
  const w = new World([apex(), entry(pair![0], a("10.0.0.1"))]);
  assert.is(rcode(w.ask(pair![1])), "NXDOMAIN");
  w.publish(entry(pair![1], a("10.0.0.2")));
  assert.equal(lines(w.ask(pair![0])), [`${pair![0]} 30 A 10.0.0.1`]);
  assert.equal(lines(w.ask(pair![1])), [`${pair![1]} 30 A 10.0.0.2`]);
  w.remove(pair![0]);
  assert.equal(lines(w.ask(pair![1])), [`${pair![1]} 30 A 10.0.0.2`]);
});

test("a large name that comes and goes leaves no memory behind", () => {
  const writer = new TableWriter(createTable({ bytes: 8 << 20 }));
  const large = entry("x.cluster.local", a(...Array.from({ length: 3000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)));
  for (let i = 0; i < 100; i++) {
    writer.publish({ put: [large], remove: [] });
    writer.publish({ put: [], remove: [large.name] });
  }
  // One segment in each copy, and at most one that was just left.
  assert.ok(writer.bytes.used <= 4 * 256 * 1024, `${writer.bytes.used}`);
});

test("an entry that cannot be packed is refused and named; the others go live", () => {
  const w = new World([apex()]);
  w.publish(
    entry("a..b", a("10.0.0.1")),
    entry("bad.cluster.local", [{ type: "A", address: "10.0.0" }]),
    entry("v6.cluster.local", [{ type: "A", address: "fd00::1" }]),
    entry("far.cluster.local", [{ type: "CNAME", target: `${"x".repeat(64)}.example` }]),
    entry("good.cluster.local", a("10.0.0.1")),
  );
  w.remove("not a name");
  assert.is(w.refused.length, 5);
  assert.is(w.writer.refused, 5);
  assert.ok(w.refused[1]!.includes("'10.0.0'"));
  assert.is(rcode(w.ask("good.cluster.local")), "NOERROR");
});

test("a full table refuses names and goes on answering; removals make room", () => {
  const memory = createTable({ bytes: 2 << 20 });
  const refused: string[] = [];
  const writer = new TableWriter(memory, { onRefused: (name) => refused.push(name) });
  const many = Array.from({ length: 30_000 }, (_, i) => entry(`svc${i}.ns.svc.cluster.local`, a("10.0.0.1")));
  writer.publish({ put: many, remove: [] });
  assert.ok(refused.length > 0 && refused.length < 25_000, `${refused.length}`);
  assert.is(writer.names, 30_000 - refused.length);
  assert.ok(copiesAreEqual(memory));
  writer.publish({ put: [], remove: many.map(({ name }) => name) });
  assert.is(writer.names, 0);
  refused.length = 0;
  writer.publish({ put: many.slice(0, 5000), remove: [] });
  assert.equal(refused, []);
});

test("memory stays dense: after a thousand rounds of change it is at most twice what one round needs", () => {
  const memory = createTable({ bytes: 16 << 20 });
  const writer = new TableWriter(memory);
  const wide = (i: number, round: number) =>
    entry(
      `svc${i}.ns.svc.cluster.local`,
      a(...Array.from({ length: 1 + ((i + round) % 7) * 8 }, (_, k) => `10.0.${i & 255}.${k}`)),
    );
  writer.publish({ put: Array.from({ length: 4000 }, (_, i) => wide(i, 0)), remove: [] });
  const atFirst = writer.bytes.used;
  for (let round = 1; round < 100; round++) {
    const some = Array.from({ length: 400 }, (_, i) => (i * 10 + round) % 4000);
    writer.publish({ put: some.map((i) => wide(i, round)), remove: [] });
  }
  assert.ok(writer.bytes.used <= 2 * atFirst, `${atFirst} -> ${writer.bytes.used}`);
  writer.publish({ put: [], remove: Array.from({ length: 3990 }, (_, i) => `svc${i}.ns.svc.cluster.local`) });
  for (let round = 0; round < 1000; round++) writer.publish({ put: [wide(3995, round)], remove: [] });
  assert.ok(writer.bytes.used <= atFirst / 2, `${atFirst} -> ${writer.bytes.used}`);
  assert.is(writer.names, 10);
  assert.ok(copiesAreEqual(memory));
});

test("names are found at every size of the table, while it grows and shrinks", () => {
  const w = new World([apex()]);
  const all = names(3000);
  for (let i = 0; i < all.length; i += 250) {
    w.publish(...all.slice(i, i + 250));
    for (const { name } of all.slice(0, i + 250)) assert.is(w.ask(name).answers.length, 1, name);
  }
  for (let i = 0; i < all.length; i += 250) {
    w.remove(...all.slice(i, i + 250).map(({ name }) => name));
    for (const [k, { name }] of all.entries()) {
      if (k % 7 === 0) assert.is(rcode(w.ask(name)), k < i + 250 ? "NXDOMAIN" : "NOERROR", name);
    }
  }
});

test("sets that no message could carry are cut, the nearest addresses kept", () => {
  const far = Array.from(
    { length: 5000 },
    (_, i) => ({ type: "AAAA", address: `fd00::${i.toString(16)}`, tier: 1 }) as const,
  );
  const w = new World([apex(), entry("big.cluster.local", [...far, { type: "AAAA", address: "fd01::1", tier: 0 }])]);
  const reply = w.ask("big.cluster.local", "AAAA", {}, 2 | 1);
  assert.is(reply.tc, false);
  assert.ok(reply.answers.length > 2300);
  assert.is((reply.answers[0] as { data: string }).data, "fd01::1");
});

test("rules travel with the names and can be taken back", () => {
  const w = new World([apex()], { zones: ["example.org"], own: ["own.example.org"] });
  w.run(query("x.example.org", "A"));
  assert.is(w.view.questionZone, 4 + 2);
  w.setRules({});
  w.run(query("x.example.org", "A"));
  assert.is(w.view.questionZone, -1);
  assert.ok(copiesAreEqual(w.table));
});

test("where the system gives less address space the table is smaller", () => {
  const Real = globalThis.SharedArrayBuffer;
  const limit = 20 << 20;
  globalThis.SharedArrayBuffer = class extends Real {
    constructor(length: number) {
      if (length > limit) throw new RangeError("Array buffer allocation failed");
      super(length);
    }
  } as SharedArrayBufferConstructor;
  try {
    const memory = createTable({ bytes: 64 << 20 });
    assert.ok(memory.byteLength > limit / 4 && memory.byteLength <= limit);
    assert.is(new TableWriter(memory).publish({ put: names(100), remove: [] }), "done");
  } finally {
    globalThis.SharedArrayBuffer = Real;
  }
});

test("another build's memory is refused", () => {
  const memory = createTable({ bytes: 2 << 20 });
  new Int32Array(memory)[0] = 1;
  assert.throws(() => new TableReader(memory, 0), /another version/);
  assert.throws(() => new TableWriter(memory), /another version/);
});

test.run();
