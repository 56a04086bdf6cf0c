/**
 * The one type in which those who know what names mean (`agent/mesh`) and those who answer (`dns`) meet: plain data.
 *
 * A table is a set of entries by name. Changes travel as deltas: the entries that are new or different, and the names
 * that are gone. Names that exist only because something lives below them (empty non-terminals, RFC 8020) need no
 * entry: the packed table counts them by itself.
 */

/** Record data of an owner name, in presentation form. Targets are absolute, lower case, without the trailing dot. */
export type NameRecord =
  /** `tier` orders addresses by nearness (0 first); answers are shuffled within a tier. */
  | { readonly type: "A"; readonly address: string; readonly tier?: number }
  | { readonly type: "AAAA"; readonly address: string; readonly tier?: number }
  | { readonly type: "CNAME"; readonly target: string }
  | {
    readonly type: "SRV";
    readonly priority: number;
    readonly weight: number;
    readonly port: number;
    readonly target: string;
  }
  | { readonly type: "PTR"; readonly target: string }
  | { readonly type: "TXT"; readonly strings: readonly string[] }
  | { readonly type: "NS"; readonly target: string }
  /** Marks a zone's apex. The serial is the table's own. `minimum` is the negative TTL in seconds (RFC 2308, 5). */
  | { readonly type: "SOA"; readonly mname: string; readonly rname: string; readonly minimum: number };

/**
 * What holds for unknown names at and below an entry, until an entry nearer to the question says otherwise:
 * - `authoritative`: they do not exist (NXDOMAIN with the zone's SOA), and are never asked upstream;
 * - `relay`: we may not read what is there: asked upstream, REFUSED when upstream has no answer either;
 * - `pending`: not read so far: SERVFAIL with an extended error.
 */
export type Below = "authoritative" | "relay" | "pending";

/** One owner name and all that the mesh says of it. Frozen. */
export interface NameEntry {
  /** Lower case, no trailing dot, at most 253 bytes; a leading `*` label is a wildcard (RFC 4592). */
  readonly name: string;
  /** Seconds, for every record of the entry. */
  readonly ttl: number;
  readonly records: readonly NameRecord[];
  /**
   * What a question for a type without records gets: `nodata` with the SOA of the zone it lies in (or, outside every
   * zone, with a SOA whose owner is the name itself), or `upstream`: A, AAAA, HTTPS and SVCB are NODATA, every other
   * type is asked upstream, whose NXDOMAIN becomes NODATA (a ServiceEntry's host outside the clusters' domains).
   */
  readonly others: "nodata" | "upstream";
  readonly below?: Below;
  /** From the snapshot and not yet confirmed: answered with the extended error "stale answer" (RFC 8914). */
  readonly stale?: boolean;
}

/** A change of the table: `put` replaces the whole entry of a name. Names in `remove` that are unknown are ignored. */
export interface NameDelta {
  readonly put: readonly NameEntry[];
  readonly remove: readonly string[];
}
