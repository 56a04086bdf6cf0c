import type { NameRecord } from "../../dns/mod.ts";
import { type ObjectName, objectName } from "./explain.ts";
import type { NameBuilder } from "./name_builder.ts";
import { type Claimant, type ClaimantKind, recordText } from "./name_claim.ts";
import type { RemarkCode } from "./remark.ts";

/** One name of the table, for `moorline names`. */
export interface NameRow {
  readonly name: string;
  /** The kind of object that answers. */
  readonly kind: ClaimantKind;
  readonly types: readonly string[];
  /** A and AAAA, nearest first. */
  readonly addresses: readonly string[];
  /** Everything else, as `CNAME ext.example.org`. */
  readonly data: readonly string[];
  readonly ttl: number;
  readonly source: ObjectName;
}

/** A host that is not served, and why. */
export interface RefusedRow {
  readonly host: string;
  readonly source: ObjectName;
  readonly code: RemarkCode;
  readonly reason: string;
}

/** A name that several clusters have: the first one's is served. */
export interface CollisionRow {
  readonly name: string;
  readonly served: ObjectName;
  readonly hidden: readonly ObjectName[];
}

/** Remarks that tell how a name answers, or that it has nothing to answer by its own nature, and refuse nothing. */
const NO_REFUSALS: ReadonlySet<RemarkCode> = new Set<RemarkCode>(
  ["family", "left-upstream", "no-endpoints", "no-load-balancer", "pods-unread", "port-differs", "rule", "unread"],
);

/**
 * The names that hold `filter` anywhere, with what they answer; names that merely exist are left out. Made one by one:
 * whoever lists many gives the thread back in between.
 */
export function* listNames(builder: NameBuilder, filter = ""): Generator<NameRow> {
  const wanted = filter.toLowerCase();
  for (const name of builder.names()) {
    if (!name.includes(wanted)) continue;
    const settlement = builder.settlement(name);
    if (settlement === undefined || settlement.entry.records.length === 0) continue;
    const { ttl, records } = settlement.entry;
    const source = objectName(builder, settlement.answering[0]!.claimant);
    const types = [...new Set(records.map(({ type }) => type))];
    const addresses = records.filter(isAddress).sort((a, b) => (a.tier ?? 0) - (b.tier ?? 0)).map(({ address }) =>
      address
    );
    const data = records.filter((record) => !isAddress(record)).map(recordText);
    yield { name, kind: source.kind, types, addresses, data, ttl, source };
  }
}

function isAddress(record: NameRecord): record is NameRecord & { type: "A" | "AAAA" } {
  return record.type === "A" || record.type === "AAAA";
}

/** Hosts of ServiceEntries and names of Services that are not served. */
export function* listRefused(builder: NameBuilder): Generator<RefusedRow> {
  for (const claimant of publishers(builder)) {
    const source = objectName(builder, claimant);
    const remarks: { code: RemarkCode; reason: string; part: string | undefined }[] = [];
    const claims = builder.claims(claimant, (code, reason, part) => void remarks.push({ code, reason, part }));
    for (const { code, reason, part } of remarks) {
      if (NO_REFUSALS.has(code) || (part !== undefined && claims.has(part))) continue;
      for (const host of part === undefined ? hostsOf(builder, claimant) : [part]) yield { host, source, code, reason };
    }
    for (const host of claimant.kind === "ServiceEntry" ? claims.keys() : []) {
      const settlement = builder.settlement(host);
      if (!settlement?.shadowed.some((contender) => contender.claimant === claimant)) continue;
      const winner = objectName(builder, settlement.answering[0]!.claimant);
      yield { host, source, code: "shadowed", reason: `${winner.kind} ${words(winner)} has the name` };
    }
  }
}

/** Names that several clusters answer. */
export function* listCollisions(builder: NameBuilder): Generator<CollisionRow> {
  if (builder.clusters.length < 2) return;
  for (const name of builder.names()) {
    const clusters = new Set(builder.claimantsOf(name).map(({ cluster }) => cluster));
    if (clusters.size < 2) continue;
    const settlement = builder.settlement(name);
    const [served] = settlement?.answering ?? [];
    if (settlement === undefined || served === undefined || served.claim.records.length === 0) continue;
    const hidden = settlement.shadowed.filter(({ claimant, claim }) =>
      claimant.cluster !== served.claimant.cluster && claim.records.length > 0
    );
    if (hidden.length === 0) continue;
    const named = ({ claimant }: { claimant: Claimant }) => objectName(builder, claimant);
    yield { name, served: named(served), hidden: hidden.map(named) };
  }
}

function* publishers(builder: NameBuilder): Generator<Claimant> {
  yield builder.claimant("Configuration", -1, "");
  for (const [cluster, { view: { stores } }] of builder.clusters.entries()) {
    for (const { namespace, name } of stores.serviceentries.list()) {
      yield builder.claimant("ServiceEntry", cluster, `${namespace}/${name}`);
    }
    for (const { namespace, name, exportTo, type } of stores.services.list()) {
      if (exportTo.length === 0 && type !== "ExternalName") continue; // nothing to refuse
      yield builder.claimant("Service", cluster, `${namespace}/${name}`);
    }
  }
}

function hostsOf(builder: NameBuilder, { kind, cluster, key }: Claimant): readonly string[] {
  const view = builder.clusters[cluster]?.view;
  if (view === undefined) return [];
  if (kind === "ServiceEntry") return view.stores.serviceentries.get(key)?.hosts ?? [];
  return [`${key.split("/").reverse().join(".")}.svc.${view.domain}`];
}

function words({ namespace, name, cluster }: ObjectName): string {
  return `${namespace}/${name} of cluster ${cluster}`;
}
