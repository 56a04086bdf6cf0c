import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FIRST_STATE, nextState, released, type Seen } from "../../../agent/capture/guard_state.ts";

const test = suite("when capture begins and ends");

const GRACE = 2_000;

/** `a` answer, `s` silence, `p` somebody listens, a number: nobody listens at that time. */
function seen(word: string): Seen {
  if (word === "a") return { kind: "answer" };
  if (word === "s") return { kind: "silence" };
  return word === "p" ? { kind: "present" } : { kind: "absent", now: Number(word), grace: GRACE };
}

/** What is seen, and whether DNS is captured after each of it. */
const CASES: readonly (readonly [string, string, string])[] = [
  ["the first answer begins it", "s s a", "- - c"],
  ["two silences are forgiven", "a s s a s s", "c c c c c c"],
  ["three release it", "a s s s s", "c c c - -"],
  ["three answers in a row take it again", "a s s s a a s a a a", "c c c - - - - - - c"],
  ["a successor within the grace finds it in place", "a 1000 2000 p a 5000 6999", "c c c c c c c"],
  ["nobody for the whole grace releases it", "a 1000 2999 3000", "c c c -"],
  ["and three answers take it again", "a 1000 3000 a a a", "c c - - - c"],
];

for (const [name, words, wanted] of CASES) {
  test(name, () => {
    let state = FIRST_STATE;
    const states = words.split(" ").map((word) => {
      state = nextState(state, seen(word));
      return state.captured ? "c" : "-";
    });
    assert.is(states.join(" "), wanted);
  });
}

test("a grace of nothing releases at the first look", () => {
  const captured = nextState(FIRST_STATE, seen("a"));
  assert.is(nextState(captured, { kind: "absent", now: 5, grace: 0 }).captured, false);
});

test("a capture that could not be taken is tried again after three answers", () => {
  let state = released(nextState(FIRST_STATE, seen("a")));
  state = nextState(nextState(state, seen("a")), seen("a"));
  assert.is(state.captured, false);
  assert.is(nextState(state, seen("a")).captured, true);
});

test.run();
