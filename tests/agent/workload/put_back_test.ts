import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  isVanishing,
  MAX_DELETIONS,
  NO_PUT_BACKS,
  putBack,
  type PutBacks,
  waitBeforePutBack,
} from "../../../agent/workload/put_back.ts";

const test = suite("put_back");

/** Puts back at once whenever it may; gives the waits in seconds. */
function fight(times: number, wasDeleted = false): { waits: number[]; state: PutBacks; now: number } {
  let state = NO_PUT_BACKS;
  let now = 1000;
  const waits: number[] = [];
  for (let i = 0; i < times; i++) {
    const wait = waitBeforePutBack(state, now);
    waits.push(wait / 1000);
    now += wait;
    state = putBack(state, wasDeleted, now);
  }
  return { waits, state, now };
}

test("at once, then more and more slowly, to five minutes", () => {
  assert.equal(fight(11).waits, [0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
});

test("calm forgives", () => {
  const { state, now } = fight(5);
  assert.is(waitBeforePutBack(state, now + 599_999), 0, "the wait is over");
  assert.is(putBack(state, false, now + 599_999).count, 6, "but not forgotten");
  assert.is(putBack(state, false, now + 600_000).count, 1);
});

test("deletions in a row mean vanishing, for an hour", () => {
  const { state, now } = fight(MAX_DELETIONS, true);
  assert.is(isVanishing(state, now), true);
  assert.is(isVanishing(state, now + 3_599_999), true);
  assert.is(isVanishing(state, now + 3_600_000), false);
  assert.is(isVanishing(fight(MAX_DELETIONS - 1, true).state, now), false);
  assert.is(isVanishing(fight(20).state, now), false, "edits are no deletions");
});

test("how often it was deleted is never forgotten: the shorter refresh stays", () => {
  const { state, now } = fight(3, true);
  assert.is(putBack(state, true, now + 10_000_000).everDeleted, 4);
  assert.is(putBack(state, true, now + 10_000_000).deletions, 1);
});

test.run();
