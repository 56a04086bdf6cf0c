import type { RecordType } from "dns-packet";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseAllDocuments } from "yaml";
import type { MeshRules } from "../../../agent/mesh/mod.ts";
import { AnsweredMesh } from "./answered_mesh.ts";
import type { TestManifest } from "./memory_mesh.ts";

/** docs/dns.md, held to the program: its examples are objects and the answers that come of them. */
const test = suite("docs/dns.md");

const page = Deno.readTextFileSync(new URL("../../../docs/dns.md", import.meta.url));
const examples = [...page.matchAll(/```yaml\n(.*?)```\n\n```text\n(.*?)```/gs)];

interface Written {
  readonly kind: TestManifest["kind"];
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string };
  readonly dns?: Partial<MeshRules>;
}

/** A mesh with the example's objects under the example's rules. */
function meshOf(yaml: string): Promise<AnsweredMesh> {
  const objects: TestManifest[] = [];
  let rules: Partial<MeshRules> = {};
  for (const document of parseAllDocuments(yaml)) {
    const { kind, metadata, dns, ...rest } = document.toJS() as Written;
    if (dns) rules = { ...dns, ...(dns.hosts && { hosts: { ...NO_HOST_RULES, ...dns.hosts } }) };
    else {
      const { creationTimestamp: created, ...named } = metadata;
      objects.push({ kind, ...named, ...(created && { created }), ...rest });
    }
  }
  return AnsweredMesh.of(objects, rules);
}
const NO_HOST_RULES = { from: [], allow: [], deny: [] };

/** The page's words for what is no record. */
const WORDS: Record<string, string> = { NXDOMAIN: "no such name", NODATA: "no data" };

for (const [, yaml, text] of examples) {
  const expected = new Map<string, string[]>();
  for (const line of text!.trim().split("\n")) {
    const [, name, type, answer] = /^(\S+) +(\S+) +(.+)$/.exec(line)!;
    const question = `${name} ${type}`;
    expected.set(question, [...expected.get(question) ?? [], answer!].sort());
  }
  test([...expected.keys()][0]!, async () => {
    const mesh = await meshOf(yaml!);
    for (const [question, answers] of expected) {
      const [name, type] = question.split(" ");
      const said = await mesh.ask(name!, type as RecordType);
      assert.equal(said.map((word) => WORDS[word] ?? word), answers, question);
    }
  });
}

test("has examples", () => assert.ok(examples.length >= 8, `${examples.length} examples`));

test.run();
