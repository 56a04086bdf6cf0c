import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { NameSlots } from "../../../agent/mesh/name_slots.ts";

const test = suite("name slots");

test("behaves as a map of names, through growth, removal and what closes up behind it", () => {
  // Up to 700 of 900 names in a table of 1,024 slots: long runs of taken slots, also around its end.
  const name = fc.integer({ min: 0, max: 899 }).map((i) => `service-${i}.default.svc.cluster.local`);
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ set: name, owner: fc.integer({ min: -5, max: 1e6 }).filter((n) => n !== 0) }) },
    { weight: 1, arbitrary: fc.record({ print: name, value: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }) }) },
    { weight: 2, arbitrary: fc.record({ remove: name }) },
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 2000, maxLength: 3000, size: "max" }), (steps) => {
      const slots = new NameSlots();
      const model = new Map<string, { owner: number; print: number }>();
      for (const step of steps) {
        if ("set" in step) {
          slots.setOwner(step.set, step.owner);
          model.set(step.set, { owner: step.owner, print: model.get(step.set)?.print ?? 0 });
        } else if ("remove" in step) {
          slots.remove(step.remove);
          model.delete(step.remove);
        } else if (model.has(step.print)) {
          slots.setFingerprint(step.print, step.value);
          model.get(step.print)!.print = step.value;
        }
      }
      assert.is(slots.size, model.size);
      for (let i = 0; i < 900; i++) {
        const name = `service-${i}.default.svc.cluster.local`;
        const expected = model.get(name) ?? { owner: 0, print: 0 };
        assert.equal({ owner: slots.owner(name), print: slots.fingerprint(name) }, expected, name);
      }
    }),
    { numRuns: 30 },
  );
});

test("grows", () => {
  const slots = new NameSlots();
  for (let i = 1; i <= 20_000; i++) slots.setOwner(`n${i}.example`, i);
  assert.is(slots.size, 20_000);
  for (let i = 1; i <= 20_000; i++) assert.is(slots.owner(`n${i}.example`), i);
  assert.is(slots.owner("n0.example"), 0);
});

test.run();
