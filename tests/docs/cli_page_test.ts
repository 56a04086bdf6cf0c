import { suite } from "uvu";
import * as assert from "uvu/assert";
import { GLOBAL_FLAGS, type Verb, verbTable } from "../../agent/commands/mod.ts";
import { flagSyntax } from "../../agent/commands/help.ts";
import { fakeView } from "../agent/admin/fake_view.ts";
import { assertGenerated, markdownTable } from "./generated_part.ts";

const test = suite("docs/cli.md");
const VERBS = verbTable({ runAgent: () => Promise.resolve(), runDemo: () => Promise.resolve(0) });

function flagTable(flags: Verb["flags"] = []): string {
  if (flags.length === 0) return "";
  return `\n${
    markdownTable(["flag", "what it does"], flags.map((flag) => [`\`${flagSyntax(flag).trim()}\``, flag.help]))
  }`;
}

function section(verb: Verb, above = ""): string {
  const name = `${above}${verb.name}`;
  const operands = verb.operands ? ` ${verb.operands}` : "";
  const examples = verb.examples ? `\n\`\`\`sh\n${verb.examples.join("\n")}\n\`\`\`\n` : "";
  const codes = verb.exitCodes
    ? `\nExit codes: ${verb.exitCodes.map((code) => code.replaceAll(/ +/g, " ")).join("; ")}.\n`
    : "";
  const details = verb.details ? ` ${verb.details}` : "";
  const summary = `${verb.summary[0]!.toUpperCase()}${verb.summary.slice(1)}.`;
  return `### \`moorline ${name}${operands}\`\n\n${summary}${details}\n${flagTable(verb.flags)}${examples}${codes}\n` +
    (verb.verbs ?? []).map((inner) => section(inner, `${name} `)).join("");
}

test("every verb as its --help has it", async () => {
  await assertGenerated("cli.md", "verbs", VERBS.map((verb) => section(verb)).join(""));
});

test("the flags of every verb", async () => {
  await assertGenerated("cli.md", "flags", flagTable(GLOBAL_FLAGS).trimStart());
});

/** Every field name in a document, at any depth. */
function fieldNames(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldNames);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => [name, ...fieldNames(child)]);
}

test("every field of every document is named", async () => {
  const view = fakeView();
  const documents = {
    status: view.status(),
    names: [...view.names("")],
    refused: [...view.refusedNames()],
    collisions: [...view.collisions()],
    explain: await view.explain("a", "A"),
    cache: view.cache(),
    objects: [{ kind: "", namespace: "", name: "", act: "" }],
  };
  const text = await Deno.readTextFile(new URL("../../docs/cli.md", import.meta.url));
  for (const [document, value] of Object.entries(documents)) {
    for (const name of fieldNames(value)) assert.match(text, new RegExp(`\\b${name}\\b`), `${document}: ${name}`);
  }
});

test.run();
