import { suite } from "uvu";
import { REGISTRATION_TABLE } from "../../agent/workload/registration_table.ts";
import { assertGenerated, markdownTable } from "./generated_part.ts";

const test = suite("docs/registration.md");

test("the table of states is the program's", async () => {
  const rows = REGISTRATION_TABLE.map(({ when, state, act }) => [when, `\`${state}\``, act === "none" ? "" : act]);
  await assertGenerated("registration.md", "states", markdownTable(["when", "state", "act"], rows));
});

test.run();
