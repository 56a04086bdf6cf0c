/**
 * What the user decides about answers, and how it travels to every thread: scalars in a page of the table's copy, names
 * as flags on nodes of the table, so that one walk over the ancestors of a question meets all of them.
 */
import { FLAG, RULE, RULE_WORDS } from "./layout.ts";
import { nameToWire } from "./name_text.ts";

export interface AnswerRules {
  /** Whether `a`, `a.ns`, `a.ns.svc` and search-expanded names are answered: never, when upstream has no such name, or before it is asked. */
  readonly shortNames: "off" | "fallback" | "first";
  /** How a search-expanded name answers: with the records, or with an alias to the full name in front of them. */
  readonly aliases: "direct" | "cname";
  /** Search domains that are stripped, most important first. The root is ignored. */
  readonly search: readonly string[];
  /** The namespace of one-label names. */
  readonly namespace: string;
  /** The clusters' domains, the home cluster's first. */
  readonly domains: readonly string[];
  /** Milliseconds: TTL of negative answers outside every zone of the table. */
  readonly negativeTtl: number;
  /** Names with upstream servers of their own (`dns.zones`). The root is ignored. */
  readonly zones: readonly string[];
  /** Names that the agent itself needs: API servers, upstream servers. Never answered from the mesh. */
  readonly own: readonly string[];
  /** Of `version.bind` and `id.server` in class CH; at most 250 bytes of ASCII. */
  readonly version: string;
  readonly id: string;
  /** Most bytes of an answer over UDP. Default 1232, 512 to 4096. */
  readonly maxUdp?: number;
  /** 16 random bytes, for DNS cookies (RFC 9018). Without it cookies are ignored. */
  readonly cookieSecret?: Uint8Array;
}

export const SHORT_NAMES = { off: 0, fallback: 1, first: 2 } as const;
export const ALIASES = { direct: 0, cname: 1 } as const;

/** 1280 (IPv6's least MTU) - 48 (IPv6 and UDP headers): never fragmented (DNS flag day 2020). */
export const DEFAULT_MAX_UDP = 1232;
const MAX_TEXT = 250;

/** A change of the rules: flags of a name, or the page of scalars. */
export type RuleChange = { readonly mark: string; readonly flags: number } | { readonly rules: Int32Array };

/** The names that rules mark, with their flags. */
export function markedNames(rules: AnswerRules): Map<string, number> {
  const marks = new Map<string, number>();
  const mark = (names: readonly string[], flag: number) => {
    for (const name of names) {
      const plain = name.toLowerCase().replace(/\.$/, "");
      if (plain) marks.set(plain, (marks.get(plain) ?? 0) | flag);
    }
  };
  mark(rules.search, FLAG.SEARCH);
  mark(rules.zones, FLAG.ZONE);
  mark(rules.own, FLAG.OWN);
  mark(rules.domains, FLAG.DOMAIN);
  return marks;
}

/** What must change when the marks of the rules before were `before`. */
export function ruleChanges(before: ReadonlyMap<string, number>, rules: AnswerRules): RuleChange[] {
  const after = markedNames(rules);
  const changes: RuleChange[] = [{ rules: packRules(rules) }];
  for (const name of before.keys()) if (!after.has(name)) changes.push({ mark: name, flags: 0 });
  for (const [name, flags] of after) if (before.get(name) !== flags) changes.push({ mark: name, flags });
  return changes;
}

/** @throws Error when the namespace or a domain is no name. */
function packRules(rules: AnswerRules): Int32Array {
  const words = new Int32Array(RULE_WORDS);
  const bytes = new Uint8Array(words.buffer);
  words[RULE.SHORT_NAMES] = SHORT_NAMES[rules.shortNames];
  words[RULE.ALIASES] = ALIASES[rules.aliases];
  words[RULE.NEGATIVE_TTL] = Math.ceil(rules.negativeTtl / 1000);
  words[RULE.MAX_UDP] = Math.min(4096, Math.max(512, rules.maxUdp ?? DEFAULT_MAX_UDP));
  if (rules.cookieSecret) {
    words[RULE.COOKIES] = 1;
    bytes.set(rules.cookieSecret.subarray(0, 16), RULE.SECRET * 4);
  }
  bytes.set(nameToWire(rules.namespace), RULE.NAMESPACE_BYTES);
  bytes.set(nameToWire(rules.domains[0] ?? ""), RULE.HOME_BYTES);
  putText(bytes, RULE.VERSION_BYTES, rules.version);
  putText(bytes, RULE.ID_BYTES, rules.id);
  return words;
}

/** A character string: a length byte, then the bytes. */
function putText(bytes: Uint8Array, at: number, text: string): void {
  const encoded = new TextEncoder().encode(text).subarray(0, MAX_TEXT);
  bytes[at] = encoded.length;
  bytes.set(encoded, at + 1);
}
