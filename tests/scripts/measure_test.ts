import { suite } from "uvu";
import * as assert from "uvu/assert";
import { peakRss, quantile } from "../../scripts/bench/measure.ts";

const test = suite("measure");

test("quantiles by nearest rank", () => {
  const samples = [5, 1, 4, 2, 3];
  assert.equal([0, 0.2, 0.5, 0.9, 1].map((q) => quantile(samples, q)), [1, 1, 3, 5, 5]);
  assert.equal(samples, [5, 1, 4, 2, 3], "the caller's samples stay as they were");
  assert.throws(() => quantile([], 0.5), /no samples/);
});

// VmHWM is Linux's; there is nothing to read elsewhere.
(Deno.build.os === "linux" ? test : test.skip)("the peak is at least what is resident now", () => {
  assert.ok(peakRss() >= Deno.memoryUsage().rss / 1e6 * 0.95);
});

test.run();
