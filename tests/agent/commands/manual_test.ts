import { suite } from "uvu";
import * as assert from "uvu/assert";
import { completionScript, SHELLS } from "../../../agent/commands/completion_scripts.ts";
import { manPage } from "../../../agent/commands/man.ts";
import { GLOBAL_FLAGS, verbTable } from "../../../agent/commands/mod.ts";
import { isInstalled } from "../../installed.ts";

const test = suite("manual and completions");
const VERBS = verbTable({ runAgent: () => Promise.resolve(), runDemo: () => Promise.resolve(0) });

test("the manual has every verb and flag, and no line that troff would take for a macro", () => {
  const page = manPage(VERBS, GLOBAL_FLAGS, "1.2.3");
  assert.ok(page.startsWith('.TH MOORLINE 1 "" "moorline 1.2.3"'));
  for (const verb of VERBS) {
    assert.ok(page.includes(`.SS moorline ${verb.name}`), verb.name);
    for (const flag of verb.flags ?? []) {
      assert.ok(page.includes(`\\-\\-${flag.name.replaceAll("-", "\\-")}`), flag.name);
    }
  }
  for (const line of page.split("\n")) {
    if (/^[.']/.test(line)) assert.match(line, /^\.(TH|SH|SS|B|PP|TP|EX|EE)\b/);
  }
});

for (const shell of SHELLS) {
  test(`${shell} completes every verb and every choice`, () => {
    const script = completionScript(shell, VERBS, GLOBAL_FLAGS);
    for (const verb of VERBS) {
      assert.match(script, new RegExp(`\\b${verb.name}\\b`));
      for (const { choices } of verb.flags ?? []) if (choices) assert.ok(script.includes(choices.join(" ")), verb.name);
    }
  });
}

/** What is typed, the last word being the one to complete, and what bash offers. */
const TYPED: [string[], string][] = [
  [["comp"], "completions"],
  [["config", "p"], "print"],
  [["names", "-o", ""], "text json hosts"],
  [["config", "print", "-o", ""], "yaml json"],
  [["--log-level", "d"], "debug"],
  [["names", "--ref"], "--refused"],
  [["status", "--log-format", ""], "text json"],
];

const bash = await isInstalled("bash");
if (!bash) console.log("SKIPPED what bash makes of its completions: it is not installed here");
for (const [words, wanted] of bash ? TYPED : []) {
  test(`bash: moorline ${words.join(" ")}`, async () => {
    const script = `${completionScript("bash", VERBS, GLOBAL_FLAGS)}
COMP_WORDS=(moorline ${words.map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${words.length}
_moorline; echo "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await new Deno.Command("bash", { args: ["-c", script] }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    assert.equal(new TextDecoder().decode(stdout).trim().split(" ").sort(), wanted.split(" ").sort());
  });
}

test.run();
