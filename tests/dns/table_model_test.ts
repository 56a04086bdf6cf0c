/** Whatever changes came before, a table answers like one that was built from its names at once. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import fc from "fast-check";
import type { NameEntry, NameRecord } from "../../dns/name_table.ts";
import { a, apex, entry, query, World } from "./world.ts";

const test = suite("table against a fresh one");

const LABELS = ["a", "b", "*", "ns", "svc"];
const SUFFIXES = ["cluster.local", "example.com", "svc.cluster.local", ""];

/** Names close together, so that they meet as parents, wildcards and zones of each other. */
const anyName = fc.tuple(
  fc.array(fc.constantFrom(...LABELS), { minLength: 1, maxLength: 3 }),
  fc.constantFrom(...SUFFIXES),
)
  .map(([labels, suffix]) => [...labels, ...(suffix ? [suffix] : [])].join("."));

const anyRecords: fc.Arbitrary<readonly NameRecord[]> = fc.oneof(
  fc.integer({ min: 0, max: 9 }).map((count) => a(...Array.from({ length: count }, (_, i) => `10.0.0.${i}`))),
  anyName.map((target) => [{ type: "CNAME", target } as const]),
  fc.constant([{ type: "SOA", mname: "ns.x", rname: "root.x", minimum: 5 } as const]),
  fc.constant([...a("10.1.1.1", "fd00::1"), { type: "TXT", strings: ["x".repeat(300)] } as NameRecord]),
);

const anyEntry: fc.Arbitrary<NameEntry> = fc.record({
  name: anyName,
  ttl: fc.integer({ min: 0, max: 60 }),
  records: anyRecords,
  others: fc.constantFrom("nodata", "upstream"),
  below: fc.constantFrom(undefined, undefined, undefined, "authoritative", "relay", "pending"),
}).map(({ below, ...rest }) => (below ? { ...rest, below } : rest) as NameEntry);

const anyDelta = fc.record({
  put: fc.array(anyEntry, { maxLength: 6 }),
  remove: fc.array(anyName, { maxLength: 4 }),
});

/** Questions at, above and below every name that was ever there. */
function questions(names: Iterable<string>): string[] {
  const all = new Set<string>();
  for (const name of names) {
    const labels = name.split(".");
    for (let i = 0; i < labels.length; i++) all.add(labels.slice(i).join("."));
    all.add(`x.${name}`).add(`a.x.${name}`);
  }
  return [...all];
}

/** Everything that an answer is, but for the serial: the bytes, or what is asked upstream. */
function outcome(world: World, name: string, type: "A" | "TXT"): string {
  const length = world.run(query(name, type, { edns: 1232 }));
  if (length <= 0) return `${length} ${world.wanted()} zone ${world.view.questionZone}`;
  const bytes = world.out.slice(0, length);
  return bytes.join();
}

test("random changes", () => {
  fc.assert(
    fc.property(fc.array(anyDelta, { minLength: 1, maxLength: 12 }), (deltas) => {
      const changed = new World([apex()]);
      const model = new Map<string, NameEntry>([["cluster.local", apex()]]);
      const ever = new Set(["cluster.local"]);
      for (const delta of deltas) {
        changed.writer.publish(delta);
        for (const name of delta.remove) model.delete(name);
        for (const put of delta.put) model.set(put.name, put);
        for (const put of delta.put) ever.add(put.name);
      }
      const fresh = new World([...model.values()]);
      while (fresh.writer.serial < changed.writer.serial) fresh.publish(entry("serial.test", []));
      while (changed.writer.serial < fresh.writer.serial) changed.publish(entry("serial.test", []));
      for (const world of [fresh, changed]) world.publish(entry("serial.test", []));
      for (const name of questions(ever)) {
        for (const type of ["A", "TXT"] as const) {
          assert.is(outcome(changed, name, type), outcome(fresh, name, type), `${name} ${type}`);
        }
      }
    }),
    { numRuns: 60, seed: 20261123 },
  );
});

test("thousands of names that come, change and go, in another order", () => {
  let state = 42;
  const random = (below: number) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % below;
  const changed = new World([apex()]);
  const model = new Map<string, NameEntry>();
  for (let round = 0; round < 40; round++) {
    const put = Array.from({ length: 200 }, () => {
      const name = `s${random(900)}.n${random(7)}.svc.cluster.local`;
      return entry(name, a(...Array.from({ length: 1 + random(40) }, (_, i) => `10.${random(250)}.${i}.1`)));
    });
    const remove = [...model.keys()].filter(() => random(4) === 0);
    changed.writer.publish({ put, remove });
    for (const name of remove) model.delete(name);
    for (const each of put) model.set(each.name, each);
  }
  const fresh = new World([apex()]);
  while (fresh.writer.serial < changed.writer.serial - 1) fresh.publish(entry("x.y", []));
  fresh.writer.publish({ put: [...model.values()].reverse(), remove: ["x.y"] });
  assert.is(changed.writer.names, model.size + 1);
  for (let s = 0; s < 900; s++) {
    for (let n = 0; n < 7; n++) {
      const name = `s${s}.n${n}.svc.cluster.local`;
      assert.is(outcome(changed, name, "A"), outcome(fresh, name, "A"), name);
    }
  }
});

test.run();
