import { suite } from "uvu";
import * as assert from "uvu/assert";
import { backoff, BACKOFF_CAP_MS, RETRY_AFTER_CAP_MS } from "../../registry/backoff.ts";

const test = suite("backoff");

test("doubles from a quarter of a second to the cap and stays there", () => {
  const shortest = [0, 1, 2, 3, 4, 5, 6, 7, 50, 2000].map((attempt) => backoff(attempt, () => 0));
  assert.equal(shortest, [250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000, 15000]);
});

test("jitter fills the upper half", () => {
  assert.equal([0, 0.5, 1].map((random) => backoff(3, () => random)), [2000, 3000, 4000]);
  assert.is(backoff(9, () => 1), BACKOFF_CAP_MS);
});

test("a server's Retry-After is never undercut, and bounded", () => {
  assert.is(backoff(0, () => 0, 5000), 5000);
  assert.is(backoff(0, () => 1, 5000), 5500);
  assert.is(backoff(9, () => 1, 5000), BACKOFF_CAP_MS);
  assert.is(backoff(0, () => 0, 86_400_000), RETRY_AFTER_CAP_MS);
});

test.run();
