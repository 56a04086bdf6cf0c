/** A short fuzz run with fixed seeds, and the parsers against arbitrary bytes. `scripts/fuzz.ts` runs longer ones. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import fc from "fast-check";
import { acceptReply, USABLE } from "../../dns/accept_reply.ts";
import { ALLOWED, DROP } from "../../dns/answer.ts";
import { expandName, skipName } from "../../dns/wire.ts";
import { fuzz } from "./packet_fuzzer.ts";
import { fuzzParsers } from "./parser_fuzzer.ts";
import { query, replyTo, World } from "./world.ts";

const test = suite("fuzz");

for (const seed of [1, 2, 3]) {
  test(`10,000 packets of seed ${seed} break no rule`, () => {
    const summary = fuzz(10_000, seed);
    assert.ok(summary.answered > 3000 && summary.missed > 300 && summary.dropped > 300, JSON.stringify(summary));
    assert.ok(summary.relayed > 100 && summary.repliesUsed > 50, JSON.stringify(summary));
  });
}

test("the same seed gives the same run", () => assert.equal(fuzz(2000, 9), fuzz(2000, 9)));

for (const seed of [1, 2, 3]) {
  test(`5,000 rounds of seed ${seed} over the other parsers break no contract`, () => fuzzParsers(5000, seed));
}

test("any bytes: never a throw, never an answer to a response", () => {
  const world = new World();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const result = world.run(bytes, ALLOWED);
      if (bytes.length < 12 || bytes[2]! & 0x80) assert.is(result, DROP);
      else assert.ok(result !== DROP);
    }),
    { numRuns: 3000, seed: 1 },
  );
});

test("any bytes as a reply: never a throw, and what is used is a reply to the question", () => {
  const world = new World();
  world.run(query("www.example.org", "A"));
  const question = world.question();
  const good = replyTo(question, { answers: [{ type: "A", name: "www.example.org", ttl: 60, data: "192.0.2.1" }] });
  const mutated = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }).map((changes) => {
    const bytes = good.slice();
    for (const [at, value] of changes) bytes[at] = value;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
      const verdict = acceptReply(world.view, question, question.length, bytes, bytes.length, world.now);
      if (verdict === USABLE) assert.is(bytes[2]! & 0xfa, 0x80);
    }),
    { numRuns: 3000, seed: 1 },
  );
});

test("names of any bytes: an end within the message, or none", () => {
  const into = new Uint8Array(256);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, at) => {
      const end = skipName(bytes, at, bytes.length);
      assert.ok(end === -1 || (end > at && end <= bytes.length));
      const size = expandName(bytes, at, bytes.length, into, 0);
      assert.ok(size === -1 || (size > 0 && size <= 255 && into[size - 1] === 0));
    }),
    { numRuns: 5000, seed: 1 },
  );
});

test.run();
