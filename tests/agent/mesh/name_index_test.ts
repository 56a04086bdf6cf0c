import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Claimant } from "../../../agent/mesh/name_claim.ts";
import { NameIndex } from "../../../agent/mesh/name_index.ts";

const test = suite("name index");

function claim(index: NameIndex, key: string, ...names: string[]): string[] {
  const touched = new Set<string>();
  index.claim(index.claimant("Service", 0, key), names, touched);
  return [...touched].sort();
}

const keys = (claimants: readonly Claimant[]) => claimants.map(({ key }) => key);

test("a claimant's names, and who else has them", () => {
  const index = new NameIndex();
  assert.equal(claim(index, "a", "x", "y"), ["x", "y"]);
  assert.equal(claim(index, "b", "y"), ["y"]);
  assert.equal(claim(index, "c", "y"), ["y"]);
  assert.equal([keys(index.claimantsOf("x")), keys(index.claimantsOf("y"))], [["a"], ["a", "b", "c"]]);
  assert.equal([...index.names()].sort(), ["x", "y"]);
  // Saying the same again is no second claim.
  claim(index, "b", "y");
  assert.equal(keys(index.claimantsOf("y")), ["a", "b", "c"]);
  assert.equal(claim(index, "a", "x"), ["x", "y"]);
  assert.equal(keys(index.claimantsOf("y")), ["b", "c"]);
  claim(index, "b");
  assert.equal(keys(index.claimantsOf("y")), ["c"]);
});

test("a name that everybody left is kept until it is forgotten, with what was published of it", () => {
  const index = new NameIndex();
  claim(index, "a", "x");
  assert.equal([index.publish("x", 7), index.publish("x", 7), index.publish("x", 8)], [true, false, true]);
  assert.is(index.forget("x"), false);
  claim(index, "a");
  assert.equal([keys(index.claimantsOf("x")), index.size], [[], 1]);
  claim(index, "b", "x");
  assert.equal([index.forget("x"), index.publish("x", 8)], [false, false]);
  claim(index, "b");
  assert.equal([index.forget("x"), index.forget("x"), index.size], [true, false, 0]);
});

test("a name that was never published is forgotten without a word", () => {
  const index = new NameIndex();
  claim(index, "a", "x");
  claim(index, "a");
  assert.is(index.forget("x"), false);
  assert.is(index.size, 0);
});

test("ids of claimants that are gone serve others", () => {
  const index = new NameIndex();
  for (let i = 0; i < 100; i++) {
    claim(index, `k${i}`, `n${i}`);
    claim(index, `k${i - 1}`);
    index.forget(`n${i - 1}`);
  }
  assert.equal([...index.names()], ["n99"]);
  assert.equal(keys(index.claimantsOf("n99")), ["k99"]);
  assert.is(index.find("Service", 0, "k98"), undefined);
});

test.run();
