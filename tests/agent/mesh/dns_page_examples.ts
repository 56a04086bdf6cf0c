import type { RecordType } from "dns-packet";
import { parseAllDocuments } from "yaml";
import type { MeshRules } from "../../../agent/mesh/mod.ts";
import type { PacketTable } from "./answered_mesh.ts";
import type { TestManifest } from "./memory_mesh.ts";

const page = Deno.readTextFileSync(new URL("../../../docs/dns.md", import.meta.url));
const NO_HOST_RULES = { from: [], allow: [], deny: [] };
/** The page's words for what is no record. */
const WORDS: Record<string, string> = { "no such name": "NXDOMAIN", "no data": "NODATA" };

interface Written {
  readonly kind: TestManifest["kind"];
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string };
  readonly dns?: Partial<MeshRules>;
}

const examples: readonly PacketTable[] = [...page.matchAll(/```yaml\n(.*?)```\n\n```text\n(.*?)```/gs)]
  .map(([, yaml, text]) => ({ ...objectsOf(yaml!), cases: casesOf(text!) }));

function objectsOf(yaml: string): Pick<PacketTable, "objects" | "rules"> {
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
  return { objects, rules };
}

function casesOf(text: string): PacketTable["cases"] {
  const expected = new Map<string, string[]>();
  for (const line of text.trim().split("\n")) {
    const [, name, type, answer] = /^(\S+) +(\S+) +(.+)$/.exec(line)!;
    const question = `${name} ${type}`;
    expected.set(question, [...expected.get(question) ?? [], WORDS[answer!] ?? answer!].sort());
  }
  return [...expected].map(([question, answers]) => {
    const [name, type] = question.split(" ");
    return [name!, type as RecordType, ...answers];
  });
}

const isOfShortNames = ({ rules }: PacketTable) => rules !== undefined && "shortNames" in rules;

/** The examples of docs/dns.md: objects and settings, and the answers that come of them. */
export const dnsPageExamples: readonly PacketTable[] = examples.filter((example) => !isOfShortNames(example));
/** Those that need an upstream that knows something: their settings are keys of `dns` that are none of names' rules. */
export const shortNameExamples: readonly PacketTable[] = examples.filter(isOfShortNames);
