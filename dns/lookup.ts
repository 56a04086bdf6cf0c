/**
 * A question's name in the packed table: which entry answers it, or what holds for names that are not there.
 * Numbers in, numbers out, no allocation.
 */
import { findNode, findWildcard } from "./find_node.ts";
import { BELOW_FLAGS, FLAG, NODE, SET_COUNT } from "./layout.ts";
import type { ScannedName } from "./scanned_name.ts";
import type { TableReader } from "./table_reader.ts";

/** What the table knows of a name. */
export const KNOWN = {
  /** `found.node` has an entry for it: its own, or a wildcard's. */
  ENTRY: 1,
  /** It has no entry, but names below it do, and it lies in a zone of ours (RFC 8020). */
  EMPTY: 2,
  /** It lies in a zone of ours, where `found.policy` says what holds for unknown names. */
  UNKNOWN: 3,
  /** It lies outside every zone of ours. */
  OUTSIDE: 4,
  /** The agent itself needs it: not ours to answer. */
  OWN: 5,
} as const;

const MAX_SEARCH = 16;

/** The result of a look-up. One for each name that a view looks up at the same time. */
export class Found {
  known: number = KNOWN.OUTSIDE;
  node = 0;
  /** Whether the ancestors were looked at: what follows is only filled in then. */
  climbed = false;
  /** Whether the rules say that the agent needs the name itself. */
  own = false;
  /** The nearest zone apex at or above the name, and the label at which its name begins; 0 when there is none. */
  apex = 0;
  apexLabel = 0;
  /** The nearest of the BELOW flags, and where; 0 and -1 when there is none. */
  policy = 0;
  policyLabel = -1;
  /** The nearest wildcard above the name, and the label behind its asterisk; 0 and -1 when there is none. */
  wildcard = 0;
  wildcardLabel = -1;
  /** The nearest label at which a name exists; the count of labels when none does. */
  closest = 0;
  /** Where the longest zone with upstream servers of its own begins, or -1. */
  zoneLabel = -1;
  /** Where a cluster's domain begins, or -1. */
  domainLabel = -1;
  /** Where search domains begin that the name ends with, longest first. */
  readonly search: Uint8Array = new Uint8Array(MAX_SEARCH);
  searchCount = 0;
}

/** Looks a name up. An entry of its own is found without looking at its ancestors. */
export function lookUp(table: TableReader, name: ScannedName, found: Found): number {
  const node = findNode(table.words, table.buckets, name, 0);
  found.node = node;
  found.climbed = false;
  if (node === 0) return climb(table, name, found);
  const shape = table.words[node + NODE.SHAPE]!;
  if ((shape & (FLAG.ENTRY | FLAG.OWN)) !== FLAG.ENTRY || isOnlyPolicy(shape)) return climb(table, name, found);
  return found.known = KNOWN.ENTRY;
}

/** As `lookUp`, and fills in what the ancestors say. */
export function climb(table: TableReader, name: ScannedName, found: Found): number {
  const { words } = table;
  let entry = 0;
  let empty = false;
  reset(found, name.count);
  for (let label = 0; label < name.count; label++) {
    const node = findNode(words, table.buckets, name, label);
    if (node === 0) continue;
    const shape = words[node + NODE.SHAPE]!;
    noteRules(found, shape, label);
    const isEntry = (shape & FLAG.ENTRY) !== 0;
    if (!isEntry && words[node + NODE.CHILDREN] === 0) continue;
    if (label < found.closest) found.closest = label;
    if (label === 0) {
      empty = !isOnlyPolicy(shape);
      if (isEntry && empty) entry = node;
    } else if (found.wildcardLabel < 0 && (shape & FLAG.WILDCARD_CHILD) !== 0) noteWildcard(table, name, found, label);
    if (found.apex === 0 && (shape & FLAG.SOA) !== 0) {
      found.apex = node;
      found.apexLabel = label;
    }
    notePolicy(found, shape, label);
  }
  found.node = entry;
  if (found.own) return found.known = KNOWN.OWN;
  return found.known = entry !== 0 ? KNOWN.ENTRY : withoutEntry(found, empty);
}

/** Fills in the zone apex alone, for the name of an entry that was found at once. */
export function findApex(table: TableReader, name: ScannedName, found: Found): void {
  const { words } = table;
  found.apex = 0;
  for (let label = 0; label < name.count; label++) {
    const node = label === 0 ? found.node : findNode(words, table.buckets, name, label);
    if (node === 0 || (words[node + NODE.SHAPE]! & FLAG.SOA) === 0) continue;
    found.apex = node;
    found.apexLabel = label;
    return;
  }
}

/** What is known of a name that has no entry of its own. */
function withoutEntry(found: Found, empty: boolean): number {
  // An exception outside every zone only says that a wildcard does not hold there.
  const inZone = found.apex !== 0 || found.domainLabel >= 0 || (found.policy & ~FLAG.BELOW_RELAY) !== 0;
  // In a zone only the closest encloser's wildcard counts (RFC 4592, 3.3.1); elsewhere, where the names between two of
  // ours are somebody else's, the nearest one does.
  const covers = inZone
    ? found.wildcardLabel === found.closest
    : found.policyLabel < 0 || found.wildcardLabel <= found.policyLabel;
  if (found.wildcard !== 0 && covers) {
    found.node = found.wildcard;
    return KNOWN.ENTRY;
  }
  if (!inZone) return KNOWN.OUTSIDE;
  return empty ? KNOWN.EMPTY : KNOWN.UNKNOWN;
}

/** What holds for an unknown name in a zone: a flag of BELOW, or 0 when upstream servers of its own are set for it. */
export function policyOf(found: Found): number {
  if (found.zoneLabel >= 0 && (found.apex === 0 || found.zoneLabel <= found.apexLabel)) return 0;
  if (found.policy !== 0) return found.policy;
  // A cluster's domain of which the table has nothing yet.
  return found.apex !== 0 ? FLAG.BELOW_AUTHORITATIVE : FLAG.BELOW_PENDING;
}

/** Whether an entry has no records, and says that nobody knows what is there: for its own name, too. */
function isOnlyPolicy(shape: number): boolean {
  return (shape & (FLAG.BELOW_RELAY | FLAG.BELOW_PENDING)) !== 0 && (shape & SET_COUNT) === 0;
}

function noteRules(found: Found, shape: number, label: number): void {
  if (label === 0) found.own = (shape & FLAG.OWN) !== 0;
  else if ((shape & FLAG.SEARCH) !== 0 && found.searchCount < MAX_SEARCH) found.search[found.searchCount++] = label;
  if ((shape & FLAG.ZONE) !== 0 && found.zoneLabel < 0) found.zoneLabel = label;
  if ((shape & FLAG.DOMAIN) !== 0 && found.domainLabel < 0) found.domainLabel = label;
}

/** The nearest wildcard ends the search, also when it only says that names there are not ours. */
function noteWildcard(table: TableReader, name: ScannedName, found: Found, label: number): void {
  const { words } = table;
  const node = findWildcard(words, table.buckets, name, label);
  const shape = node === 0 ? 0 : words[node + NODE.SHAPE]!;
  if ((shape & FLAG.ENTRY) === 0) return;
  found.wildcardLabel = label;
  if (!isOnlyPolicy(shape)) found.wildcard = node;
  else notePolicy(found, shape, label);
}

function notePolicy(found: Found, shape: number, label: number): void {
  if (found.policy !== 0 || (shape & BELOW_FLAGS) === 0) return;
  found.policy = shape & BELOW_FLAGS;
  found.policyLabel = label;
}

function reset(found: Found, count: number): void {
  found.climbed = true;
  found.own = false;
  found.apex =
    found.apexLabel =
    found.policy =
    found.wildcard =
    found.searchCount =
      0;
  found.policyLabel =
    found.wildcardLabel =
    found.zoneLabel =
    found.domainLabel =
      -1;
  found.closest = count;
}
