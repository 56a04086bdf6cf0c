import { suite } from "uvu";
import { ATTEMPTS } from "../kube/registration_attempts.ts";
import { assertGenerated, markdownTable } from "./generated_part.ts";

const test = suite("docs/security.md");

const ANSWER = { policy: "refused by the policies", role: "refused by its rights", nobody: "**possible**" };

test("every attempt with a stolen token that is tested, and no other", async () => {
  const rows = ATTEMPTS.map(({ attempt, stoppedBy }) => [attempt, ANSWER[stoppedBy]]);
  await assertGenerated("security.md", "attempts", markdownTable(["attempt", "answer"], rows));
});

test.run();
