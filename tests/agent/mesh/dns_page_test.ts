import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseAllDocuments } from "yaml";
import { explainName } from "../../../agent/mesh/explain.ts";
import type { MeshRules } from "../../../agent/mesh/mod.ts";
import { recordText } from "../../../agent/mesh/name_claim.ts";
import { MemoryCluster, PublishedNames, type TestManifest } from "./memory_mesh.ts";

/** docs/dns.md, held to the program: its examples are objects and the answers that come of them. */
const test = suite("docs/dns.md");

const page = Deno.readTextFileSync(new URL("../../../docs/dns.md", import.meta.url));
const examples = [...page.matchAll(/```yaml\n(.*?)```\n\n```text\n(.*?)```/gs)];

/** Types that only upstream could know of a host outside the clusters' domains. */
const ADDRESS_TYPES = ["A", "AAAA", "HTTPS", "SVCB", "CNAME"];

interface Written {
  readonly kind: TestManifest["kind"];
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string };
  readonly dns?: Partial<MeshRules>;
}

/** A cluster with the example's objects, and the names that come of them under the example's rules. */
function namesOf(yaml: string): PublishedNames {
  const cluster = new MemoryCluster();
  let rules: Partial<MeshRules> = {};
  for (const document of parseAllDocuments(yaml)) {
    const { kind, metadata, dns, ...rest } = document.toJS() as Written;
    if (dns) rules = { ...dns, ...(dns.hosts && { hosts: { ...NO_HOST_RULES, ...dns.hosts } }) };
    else {
      const { creationTimestamp: created, ...named } = metadata;
      cluster.apply({ kind, ...named, ...(created && { created }), ...rest });
    }
  }
  return new PublishedNames([cluster], rules);
}
const NO_HOST_RULES = { from: [], allow: [], deny: [] };

/** What the page says that a question gets. */
function answerTo(names: PublishedNames, name: string, type: string): string[] {
  const { owner, below } = explainName(names.builder, name);
  const entry = names.entries.get(owner);
  if (!entry || entry.below === "relay") return [below === "authoritative" ? "no such name" : "upstream"];
  const records = entry.records.filter((record) => record.type === type).map((record) =>
    recordText(record).slice(type.length + 1)
  );
  if (records.length > 0) return records.sort();
  return [entry.others === "upstream" && !ADDRESS_TYPES.includes(type) ? "upstream" : "no data"];
}

for (const [, yaml, text] of examples) {
  const expected = new Map<string, string[]>();
  for (const line of text!.trim().split("\n")) {
    const [, name, type, answer] = /^(\S+) +(\S+) +(.+)$/.exec(line)!;
    const question = `${name} ${type}`;
    expected.set(question, [...expected.get(question) ?? [], answer!].sort());
  }
  test([...expected.keys()][0]!, () => {
    const names = namesOf(yaml!);
    names.settle();
    for (const [question, answers] of expected) {
      const [name, type] = question.split(" ");
      assert.equal(answerTo(names, name!, type!), answers, question);
    }
  });
}

test("has examples", () => assert.ok(examples.length >= 8, `${examples.length} examples`));

test.run();
