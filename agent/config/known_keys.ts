import { z } from "zod";
import { isSlip, nearest } from "./nearest.ts";
import { documentSchema } from "./document_schema.ts";

/** The parts of JSON Schema that our own schema uses. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

/** A key in dotted form (`dns.cache.entries`, `dns.zones[].zone`), and what the schema says of it. */
export interface KnownKey {
  readonly key: string;
  readonly node: SchemaNode;
}

let made: SchemaNode | undefined;

/** The configuration's JSON Schema (draft 2020-12), closed: it names every key, default and one-line description. */
export function configSchema(): SchemaNode {
  made ??= z.toJSONSchema(documentSchema, {
    io: "input",
    override: ({ jsonSchema, path }) => {
      // The root has no description of its own, and an editor shows it.
      if (path.length === 0) jsonSchema.title = "moorline configuration";
    },
  }) as SchemaNode;
  return made;
}

/** Every key but the lists `clusters` and `workloads`, which repeat `cluster` and `workload`. */
export function knownKeys(): KnownKey[] {
  const keys: KnownKey[] = [];
  const walk = (node: SchemaNode, prefix: string) => {
    for (const [name, child] of Object.entries(propertiesOf(node))) {
      const key = prefix ? `${prefix}.${name}` : name;
      if (key === "clusters" || key === "workloads") continue;
      keys.push({ key, node: child });
      walk(child, child.type === "array" ? `${key}[]` : key);
    }
  };
  walk(configSchema(), "");
  return keys;
}

/**
 * Whether a key holds one value, or a list of texts, so that an environment variable can say it. The arguments of a
 * credentials command may be secret, and every process of the same user can read an environment.
 */
export function isSettable({ key, node }: KnownKey): boolean {
  if (key.includes("[]") || key.startsWith("workload.probe.override") || key === "cluster.exec.args") return false;
  const kinds = node.anyOf ?? [node];
  return kinds.every((kind) => kind.type === "array" ? kind.items?.type === "string" : kind.properties === undefined) &&
    kinds.every((kind) => kind.type !== "object");
}

/** The nearest known key to an unknown one: a slip among its siblings, the same name elsewhere, or the best sibling. */
export function nearestKey(parent: readonly PropertyKey[], name: string): string {
  const siblings = Object.keys(propertiesOf(nodeAt(parent)));
  const sibling = nearest(name, siblings);
  const beside = sibling && formatKey([...parent, sibling.word]);
  if (beside && isSlip(name, sibling.edits)) return beside;
  const all = knownKeys().map(({ key }) => key);
  const elsewhere = all.find((key) => key.split(".").at(-1)?.toLowerCase() === name.toLowerCase());
  return elsewhere ?? beside ?? nearest(name, all)!.word;
}

/** `["dns", "zones", 0, "zone"]` as `dns.zones[0].zone`. */
export function formatKey(path: readonly PropertyKey[]): string {
  return path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`).join("").replace(/^\./, "");
}

function nodeAt(path: readonly PropertyKey[]): SchemaNode {
  let node: SchemaNode = configSchema();
  for (const part of path) {
    node = (typeof part === "number" ? node.items : propertiesOf(node)[String(part)]) ?? {};
  }
  return node;
}

/** The keys of a map, also of one that may be null instead. */
function propertiesOf(node: SchemaNode): Readonly<Record<string, SchemaNode>> {
  const holder = [node, node.items, ...(node.anyOf ?? [])].find((kind) => kind?.properties);
  return holder?.properties ?? {};
}
