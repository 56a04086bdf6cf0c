import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { isSettable, type KnownKey, knownKeys, parseDocument, variableName } from "../../agent/config/mod.ts";
import { assertGenerated, markdownTable } from "./generated_part.ts";

const test = suite("docs/configuration.md");

/** A default as a person would write it. */
function written(value: unknown): string {
  if (value === undefined || value === "") return "";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

/** What a key may be, as the error for a value that no key allows says it. */
function allowed({ key }: KnownKey): string {
  if (key.includes("[]")) return "";
  const document = key.split(".").reduceRight((value: unknown, name) => ({ [name]: value }), 0.5);
  const parsed = parseDocument(document);
  const problem = "problems" in parsed ? parsed.problems.find(({ path }) => path.join(".") === key) : undefined;
  return problem?.text.replace(/^.* it must be /, "").replace(/, such as 10s or 1h30m$/, "") ?? "";
}

function rows(keys: readonly KnownKey[]): string[][] {
  return keys.map((known) => {
    const variable = isSettable(known) ? `\`${variableName(known.key)}\`` : "";
    return [`\`${known.key}\``, written(known.node.default), allowed(known), known.node.description ?? "", variable];
  });
}

for (const part of ["cluster", "workload", "dns", "capture", "admin", "log", "state"]) {
  test(`the keys of ${part}`, async () => {
    const isOf = ({ key }: KnownKey) => key === part ? part === "state" : key.startsWith(`${part}.`);
    const keys = knownKeys().filter((known) => isOf(known) && !known.key.includes("override."));
    await assertGenerated(
      "configuration.md",
      part,
      markdownTable(["key", "default", "allowed", "what it does", "variable"], rows(keys)),
    );
  });
}

test("the examples are valid", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/configuration.md", import.meta.url));
  const examples = [...text.matchAll(/```yaml\n([^]*?)```/g)].map(([, example]) => example!);
  assert.ok(examples.length > 2);
  for (const example of examples) {
    const parsed = parseDocument(parse(example));
    assert.ok("config" in parsed, `${example}\n${JSON.stringify(parsed)}`);
  }
});

test.run();
