import type { Below, NameEntry, NameRecord } from "../../dns/mod.ts";

/**
 * What one object says of one name. Several objects may say something of a name: the one that comes first in
 * precedence answers, united only with those that belong to it.
 */
export interface Claim {
  readonly records: readonly NameRecord[];
  readonly others: NameEntry["others"];
  readonly below?: Below;
  /** Whether it rests on a snapshot that no server has confirmed so far. */
  readonly unconfirmed?: boolean;
  readonly rank: Rank;
  /** Seconds; among equals the oldest object comes first. */
  readonly createdAt: number;
  /** Claims of equal `unites` in one cluster answer together; without it a claim answers alone. */
  readonly unites?: string;
}

/** Names and what one object says of each. */
export type Claims = ReadonlyMap<string, Claim>;

/** The order in which objects of one cluster are asked; the lowest answers. */
export const RANK = {
  /** The configuration's own. */
  record: 1,
  /** A zone's own names. */
  zone: 2,
  service: 3,
  /** PTR of a headless Service's endpoint: after PTR of a ClusterIP. */
  endpointReverse: 4,
  /** ServiceEntries: of a workload's own namespace, exported to it by name, exported to everyone. */
  ownEntry: 5,
  namedEntry: 6,
  publicEntry: 7,
  /** Keeps a name out of a wildcard. */
  exception: 8,
  /** A namespace's bare existence. */
  namespace: 9,
} as const;
export type Rank = typeof RANK[keyof typeof RANK];

/** Who claims a name. One object for each, compared by identity. */
export interface Claimant {
  readonly kind: ClaimantKind;
  /** Index in the list of clusters; -1 for what belongs to none. */
  readonly cluster: number;
  /** The object's key in its store; the namespace, for `namespace`. */
  readonly key: string;
}
export type ClaimantKind = "Configuration" | "Zone" | "Namespace" | "Service" | "ServiceEntry";

export interface Contender {
  readonly claimant: Claimant;
  readonly claim: Claim;
}

/** Seconds, at most, for what rests on an unconfirmed snapshot: the truth may come any moment. */
const UNCONFIRMED_TTL = 5;

/** How a name's claims were settled. */
export interface Settlement {
  readonly entry: NameEntry;
  /** Those whose records are in the entry, first the one that decided. */
  readonly answering: readonly Contender[];
  /** Those that came too late. */
  readonly shadowed: readonly Contender[];
}

/** Decides what a name answers. @returns undefined when nobody claims it. */
export function settle(name: string, ttl: number, contenders: readonly Contender[]): Settlement | undefined {
  const ordered = contenders.length < 2 ? contenders : contenders.toSorted(byPrecedence);
  const first = ordered[0];
  if (first === undefined) return undefined;
  const answering = ordered.filter((contender) => contender === first || belongTogether(first, contender));
  const below = ordered.find(({ claim }) => claim.below !== undefined)?.claim.below;
  const { others } = first.claim;
  const records = unite(answering.map(({ claim }) => claim.records));
  const stale = answering.some(({ claim }) => claim.unconfirmed);
  return {
    entry: {
      name,
      ttl: stale ? Math.min(ttl, UNCONFIRMED_TTL) : ttl,
      records,
      others,
      ...(below === undefined ? {} : { below }),
      ...(stale && { stale }),
    },
    answering,
    shadowed: ordered.filter((contender) => !answering.includes(contender)),
  };
}

function belongTogether(first: Contender, other: Contender): boolean {
  return first.claim.unites !== undefined && first.claim.unites === other.claim.unites &&
    first.claimant.cluster === other.claimant.cluster && first.claimant.kind === other.claimant.kind;
}

/** Home first; then as RANK says; then the oldest; then by key, so that the order never depends on arrival. */
function byPrecedence(a: Contender, b: Contender): number {
  return a.claimant.cluster - b.claimant.cluster || a.claim.rank - b.claim.rank ||
    a.claim.createdAt - b.claim.createdAt || compare(a.claimant.key, b.claimant.key);
}

/** All records, each once, in an order that depends on nothing but them. A CNAME stands alone (RFC 2181, 10.1). */
function unite(lists: readonly (readonly NameRecord[])[]): readonly NameRecord[] {
  const only = lists.length === 1 ? lists[0]! : lists.flat();
  if (only.length < 2) return only;
  const alias = only.find(({ type }) => type === "CNAME");
  // An alias of the first object stands for it; those that came after may not replace its addresses by an alias.
  if (alias !== undefined) return lists[0]!.includes(alias) ? [alias] : unite([only.filter((r) => r.type !== "CNAME")]);
  const byText = new Map<string, NameRecord>();
  for (const record of only) {
    const text = recordText(record);
    if (!byText.has(text)) byText.set(text, record);
  }
  return [...byText].sort(([a], [b]) => compare(a, b)).map(([, record]) => record);
}

/** A record in words: its identity but for nearness. */
export function recordText(record: NameRecord): string {
  switch (record.type) {
    case "A":
    case "AAAA":
      return `${record.type} ${record.address}`;
    case "SRV":
      return `SRV ${record.priority} ${record.weight} ${record.port} ${record.target}`;
    case "TXT":
      return `TXT ${record.strings.join(" ")}`;
    case "SOA":
      return `SOA ${record.mname} ${record.rname} ${record.minimum}`;
    default:
      return `${record.type} ${record.target}`;
  }
}

/** Order by code units: the same everywhere. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
