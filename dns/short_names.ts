/**
 * Short names (`a`, `a.ns`, `a.ns.svc`) and names to which a resolver library added a search domain. Both are tried out
 * at look-up; the table holds full names only.
 */
import type { AnswerView } from "./answer_view.ts";
import { COPY, RULE } from "./layout.ts";
import { climb, KNOWN, lookUp } from "./lookup.ts";
import type { ScannedName } from "./scanned_name.ts";
import { MAX_NAME } from "./wire.ts";

/** How a name was understood: as a short name, without a search domain, without one as a short name. */
export const ALIAS = { NONE: 0, SHORT: 1, SEARCH: 2, SEARCH_SHORT: 3 } as const;

const SVC = Uint8Array.of(3, 0x73, 0x76, 0x63);
/** `<service>.<namespace>.svc` in front of the domain. */
const SERVICE_LABELS = 3;

/** The question as a short name, else without one of its search domains. What was found is in `view.aliasFound`. */
export function findAlias(view: AnswerView): number {
  const { asked } = view;
  if (expand(view, asked, asked.count)) return ALIAS.SHORT;
  return findStripped(view);
}

/**
 * The question without one search domain, the longest that leads somewhere; the rest is a name of the table or a short
 * name, but never itself under a cluster's domain: nobody adds a search domain to such a name and means it. The rest of
 * what became a short name is in `view.chain`: it may be a real name, which the client will ask for next.
 */
export function findStripped(view: AnswerView): number {
  const { asked, askedFound, alias, aliasFound, table } = view;
  for (let i = 0; i < askedFound.searchCount; i++) {
    const label = askedFound.search[i]!;
    if (!takeFront(alias, asked, label)) continue;
    const known = lookUp(table, alias, aliasFound);
    if (known === KNOWN.OWN || underDomain(view)) continue;
    if (known === KNOWN.ENTRY) return ALIAS.SEARCH;
    if (!expand(view, asked, label)) continue;
    takeFront(view.chain, asked, label);
    return ALIAS.SEARCH_SHORT;
  }
  return ALIAS.NONE;
}

/** Whether the question is `<service>.<namespace>.svc.<domain>` of a namespace that exists: never stripped. */
export function isServiceName(view: AnswerView): boolean {
  const { asked, askedFound } = view;
  return askedFound.domainLabel === SERVICE_LABELS && isSvc(asked, 2) && askedFound.closest <= 1;
}

function underDomain(view: AnswerView): boolean {
  const { table, alias, aliasFound } = view;
  // An entry of its own is found without looking at what it lies under.
  if (!aliasFound.climbed) climb(table, alias, aliasFound);
  return aliasFound.domainLabel >= 0;
}

/** Looks up the full name that the first `labels` labels of `name` are short for; true when it has an entry. */
function expand(view: AnswerView, name: ScannedName, labels: number): boolean {
  const { alias, aliasFound, table } = view;
  if (labels < 1 || labels > 3 || (labels === 3 && !isSvc(name, 2))) return false;
  const rules = COPY.RULES * 4;
  let size = append(alias, 0, name.bytes, 0, name.labels[labels]!);
  if (labels === 1) size = appendName(alias, size, table.bytes, rules + RULE.NAMESPACE_BYTES);
  if (labels < 3) size = append(alias, size, SVC, 0, SVC.length);
  size = appendName(alias, size, table.bytes, rules + RULE.HOME_BYTES);
  if (size + 1 > MAX_NAME) return false;
  alias.bytes[size] = 0;
  alias.seal();
  return lookUp(table, alias, aliasFound) === KNOWN.ENTRY;
}

function takeFront(alias: ScannedName, name: ScannedName, label: number): boolean {
  const size = append(alias, 0, name.bytes, 0, name.labels[label]!);
  alias.bytes[size] = 0;
  alias.seal();
  return size > 0;
}

function isSvc(name: ScannedName, label: number): boolean {
  const at = name.labels[label]!;
  for (let i = 0; i < SVC.length; i++) if (name.bytes[at + i] !== SVC[i]) return false;
  return true;
}

/** Appends bytes to the alias under construction, as far as its buffer goes; returns the new size. */
function append(alias: ScannedName, size: number, from: Uint8Array, at: number, count: number): number {
  for (let i = 0; i < count && size + i <= MAX_NAME; i++) alias.bytes[size + i] = from[at + i]!;
  return size + count;
}

/** Appends a whole name without its root label. */
function appendName(alias: ScannedName, size: number, from: Uint8Array, at: number): number {
  let count = 0;
  while (from[at + count] !== 0) count += from[at + count]! + 1;
  return append(alias, size, from, at, count);
}
