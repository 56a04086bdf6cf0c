import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  decide,
  REGISTRATION_STATES,
  REGISTRATION_TABLE,
  type Seen,
} from "../../../agent/workload/registration_table.ts";

const test = suite("registration_table");

const CHOICES: { readonly [K in keyof Seen]: readonly Seen[K][] } = {
  phase: ["running", "draining", "stopping"],
  wanted: [true, false],
  access: ["ok", "unreachable", "unauthorized", "forbidden"],
  group: ["unknown", "absent", "gone", "present"],
  place: ["unknown", "known"],
  entry: ["unknown", "absent", "ours", "unclaimed", "held", "silent", "vanishing"],
  differs: [true, false],
};

/** Every thing that can be seen, all combinations. */
function* everything(): Generator<Seen> {
  const keys = Object.keys(CHOICES) as (keyof Seen)[];
  const total = keys.reduce((product, key) => product * CHOICES[key].length, 1);
  for (let n = 0; n < total; n++) {
    let rest = n;
    yield Object.fromEntries(keys.map((key) => {
      const value = CHOICES[key][rest % CHOICES[key].length];
      rest = Math.trunc(rest / CHOICES[key].length);
      return [key, value];
    })) as unknown as Seen;
  }
}

test("every row is reached, and every state but `static` (which only `register` leaves behind)", () => {
  const rows = new Set([...everything()].map(decide));
  assert.equal(REGISTRATION_TABLE.filter((row) => !rows.has(row)).map((row) => row.when), []);
  const states = new Set([...rows].map((row) => row.state));
  assert.equal(REGISTRATION_STATES.filter((state) => !states.has(state)), ["static"]);
});

/** What must hold whatever is seen. */
const LAWS: readonly (readonly [string, (seen: Seen, act: string) => boolean])[] = [
  ["another living agent's entry is never touched", (s, act) => s.entry !== "held" || act === "none"],
  ["nothing is removed but what is ours", (s, act) => act !== "remove" || s.entry === "ours"],
  ["nothing is removed while running", (s, act) => act !== "remove" || s.phase === "stopping"],
  [
    "nothing is made while leaving",
    (s, act) => s.phase === "running" || !["create", "adopt", "take-over"].includes(act),
  ],
  ["nothing is written without a group", (s, act) => s.group === "present" || act === "none" || act === "remove"],
  ["nothing is written against a refusal", (s, act) => s.access === "ok" || act === "none" || act === "remove"],
  ["an entry that others go on deleting is left alone", (s, act) => s.entry !== "vanishing" || act === "none"],
  ["what is as wanted is not written", (s, act) => s.differs || act !== "update"],
];

for (const [law, holds] of LAWS) {
  test(law, () => {
    for (const seen of everything()) assert.ok(holds(seen, decide(seen).act), JSON.stringify(seen));
  });
}

test.run();
