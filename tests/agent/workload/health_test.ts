import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Health, step, successesNeeded, UNPROBED } from "../../../agent/workload/health.ts";

const test = suite("health");

/** Plays a line of results, a second each: `+` ok, `-` failed; gives the verdict after each as h, u or ?. */
function play(line: string, success = 1, failure = 3, start: Health = UNPROBED): string {
  let health = start;
  return [...line].map((result, i) => {
    health = step(health, { ok: result === "+", message: result === "+" ? "" : "no" }, { success, failure }, i * 1000);
    return { unknown: "?", healthy: "h", unhealthy: "u" }[health.verdict];
  }).join("");
}

const PLAYS: readonly (readonly [string, string, number, number, string])[] = [
  ["the first success suffices", "+", 1, 3, "h"],
  ["a failure before anything is known is not healthy yet", "-+", 1, 3, "?h"],
  ["one lost probe is nothing", "+-+--+", 1, 3, "hhhhhh"],
  ["three in a row are", "+---", 1, 3, "hhhu"],
  ["failureThreshold 1, as Istio's code has it", "+-+", 1, 1, "huh"],
  ["successThreshold in a row", "++-+++", 3, 2, "?????h"],
  ["never healthy", "---", 1, 3, "??u"],
];

for (const [name, line, success, failure, verdicts] of PLAYS) {
  test(name, () => assert.is(play(line, success, failure), verdicts));
}

test("each flap doubles what healthy takes, up to eight times", () => {
  assert.is(play("+-+-++-++++-++++++++-++++++++", 1, 1), "huhuuhuuuuhu" + "u".repeat(7) + "hu" + "u".repeat(7) + "h");
});

test("flaps are forgotten after calm", () => {
  const flapped: Health = { ...UNPROBED, verdict: "unhealthy", flaps: 3, since: 0 };
  assert.is(successesNeeded(flapped, { success: 1, failure: 3 }, 0), 4);
  assert.is(successesNeeded(flapped, { success: 1, failure: 3 }, 600_000), 1);
});

test("the message is the last failure's", () => {
  const fail = (health: Health, message: string) => step(health, { ok: false, message }, { success: 1, failure: 1 }, 0);
  assert.is(fail(fail(UNPROBED, "refused"), "timed out").message, "timed out");
});

test("never healthy without a success, never unhealthy without a failure, whatever the order", () => {
  fc.assert(fc.property(fc.array(fc.boolean()), fc.nat(5), fc.nat(5), (results, success, failure) => {
    let health = UNPROBED;
    results.forEach((ok, i) => {
      const before = health;
      health = step(health, { ok, message: "" }, { success: success + 1, failure: failure + 1 }, i);
      if (health.verdict !== before.verdict) assert.is(health.verdict, ok ? "healthy" : "unhealthy");
    });
  }));
});

test.run();
