import { suite } from "uvu";
import * as assert from "uvu/assert";
import { LoopGuard } from "../../dns/loop_guard.ts";
import { cryptoRandom } from "../../dns/time.ts";
import { composeQuery } from "../../dns/upstream_query.ts";
import { packedQuestion } from "./fake_network.ts";

const test = suite("loop guard");

test("knows its own queries and no others", () => {
  const guard = new LoopGuard(cryptoRandom);
  const question = packedQuestion("www.example");
  assert.ok(guard.isOurs(composeQuery(question, 1, { mark: guard.mark, padded: true })));
  assert.not(
    guard.isOurs(composeQuery(question, 1, { mark: new LoopGuard(cryptoRandom).mark, padded: false })),
    "another agent's",
  );
  assert.not(guard.isOurs(composeQuery(question, 1, undefined)), "without OPT");
});

test("knows them behind options that a forwarder added", () => {
  const guard = new LoopGuard(cryptoRandom);
  const query = composeQuery(packedQuestion("www.example"), 1, { mark: guard.mark, padded: false });
  assert.ok(guard.isOurs(Uint8Array.of(...query, 0, 10, 0, 2, 1, 2)));
  // A first byte of the option, alone and right before it, must not hide it.
  const at = query.length - 12;
  assert.ok(guard.isOurs(Uint8Array.of(...query.subarray(0, at), query[at]!, ...query.subarray(at))));
});

test("two agents' marks differ", () => {
  const marks = Array.from({ length: 50 }, () => new LoopGuard(cryptoRandom).mark.join());
  assert.is(new Set(marks).size, 50);
});

test.run();
