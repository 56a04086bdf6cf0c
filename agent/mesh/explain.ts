import type { Below, NameEntry } from "../../dns/mod.ts";
import { canonicalHost, covers, isUnder } from "./host_name.ts";
import type { NameBuilder } from "./name_builder.ts";
import { type Claimant, type ClaimantKind, RANK, recordText } from "./name_claim.ts";
import { type Completion, completions, type ShortNames } from "./name_completions.ts";
import type { RemarkCode } from "./remark.ts";

/** An object, for people: cluster and namespace are empty where it has none. */
export interface ObjectName {
  readonly kind: ClaimantKind;
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

/** One object that was looked at for a name. */
export interface Considered {
  readonly object: ObjectName;
  /** Whether it answers, comes too late, or says nothing of the name. */
  readonly verdict: "answers" | "shadowed" | "silent";
  readonly remarks: readonly { readonly code: RemarkCode; readonly reason: string }[];
}

/** Why a name answers what it answers. Every field is always there. */
export interface Explanation {
  readonly name: string;
  /** The name in the table that answers: the name itself, what it is short for, a wildcard, or empty. */
  readonly owner: string;
  /** Who decided; null when nothing of the mesh does. */
  readonly object: ObjectName | null;
  readonly rule: string;
  readonly records: readonly string[];
  readonly others: NameEntry["others"] | "";
  /** What holds for unknown names here; empty outside the clusters' domains. */
  readonly below: Below | "";
  readonly considered: readonly Considered[];
}

/**
 * Explains one name as it is written.
 *
 * @param shortNames how names that the table does not hold are completed; without it they are not.
 */
export function explainName(builder: NameBuilder, written: string, shortNames?: ShortNames): Explanation {
  const name = canonicalHost(written);
  if (name === undefined) return nothing(written.toLowerCase(), "it is no DNS name", []);
  const completion = shortNames && complete(builder, name, shortNames);
  if (completion === undefined) return explainFullName(builder, name);
  const explanation = explainFullName(builder, completion.name);
  const after = shortNames?.mode === "fallback" && !builder.domains.some((domain) => isUnder(name, domain));
  const rule = `${completion.how}${after ? ", unless upstream has the name" : ""}: ${explanation.rule}`;
  return { ...explanation, name, rule };
}

/**
 * What a name stands for of which the mesh knows nothing as it is; if nothing answers, what objects are concerned with,
 * since they can say why not.
 */
function complete(builder: NameBuilder, name: string, shortNames: ShortNames): Completion | undefined {
  if (hasFixedMeaning(name) || ownerOf(builder, name) !== "" || isServiceName(builder, name)) return undefined;
  const { rules, domains } = builder;
  const possible = [...completions(name, shortNames, rules.namespaces[0] ?? "default", domains)];
  const answering = possible.find((completion) => ownerOf(builder, completion.name) !== "");
  if (answering !== undefined || concerns(builder, name)) return answering;
  return possible.find((completion) => concerns(builder, completion.name));
}

/** Whether any object has something to do with a name. */
function concerns(builder: NameBuilder, name: string): boolean {
  return related(builder, name).next().done === false;
}

/** Whether it is `<service>.<namespace>.svc.<domain>` of a namespace that exists: that is meant as it is. */
function isServiceName(builder: NameBuilder, name: string): boolean {
  const namespace = parentOf(name);
  return builder.domains.some((domain) => parentOf(namespace) === `svc.${domain}`) &&
    ownerOf(builder, namespace) !== "";
}

function explainFullName(builder: NameBuilder, name: string): Explanation {
  const owner = ownerOf(builder, name);
  const settlement = owner === "" ? undefined : builder.settlement(owner);
  const isException = settlement?.answering[0]?.claim.rank === RANK.exception;
  const answering = new Set(settlement?.answering.map(({ claimant }) => claimant));
  const shadowed = new Set(settlement?.shadowed.map(({ claimant }) => claimant));
  const considered = [...new Set([...answering, ...shadowed, ...related(builder, name)])].map(
    (claimant): Considered => {
      const silent = isException || !(answering.has(claimant) || shadowed.has(claimant));
      const verdict = silent ? "silent" : answering.has(claimant) ? "answers" : "shadowed";
      return { object: objectName(builder, claimant), verdict, remarks: remarksOn(builder, claimant, name) };
    },
  );
  const first = considered.find(({ verdict }) => verdict === "answers");
  const below = belowOf(builder, name);
  if (settlement === undefined || first === undefined) {
    const why = isException
      ? "dns.hosts.deny takes it out of a wildcard: upstream is asked"
      : absence(builder, name, below);
    return { ...nothing(name, why, considered), below };
  }
  const { entry } = settlement;
  const rule = first.remarks.find(({ code }) => code === "rule" || code === "unread")?.reason ??
    RULES[first.object.kind];
  const records = entry.records.map(recordText);
  return {
    name,
    owner,
    object: first.object,
    rule,
    records,
    others: entry.others,
    below: entry.below ?? below,
    considered,
  };
}

const RULES: Record<ClaimantKind, string> = {
  Configuration: "dns.records of the configuration",
  Zone: "a name of the zone itself",
  Namespace: "a namespace, which has no address",
  Service: "a name of the Service",
  ServiceEntry: "a host of the ServiceEntry",
};

const FIXED = "its meaning is fixed (RFC 6761): neither a mesh nor upstream is asked, but for a zone of dns.zones";

function hasFixedMeaning(name: string): boolean {
  return isUnder(name, "localhost") || isUnder(name, "invalid");
}

/** Why nothing of the mesh answers. */
function absence({ rules }: NameBuilder, name: string, below: Below | ""): string {
  if (hasFixedMeaning(name)) return FIXED;
  if (rules.reserved.includes(name)) return "the agent itself needs this name: upstream is asked";
  switch (below) {
    case "authoritative":
      return "no object has this name, and the whole namespace is read: it does not exist";
    case "relay":
      return "the namespace is not read: upstream is asked";
    case "pending":
      return "the cluster has not been read so far";
    case "":
      return "no object of a mesh has this name: upstream is asked";
  }
}

function nothing(name: string, rule: string, considered: readonly Considered[]): Explanation {
  return { name, owner: "", object: null, rule, records: [], others: "", below: "", considered };
}

/**
 * The exact name, else the nearest wildcard above it. In a cluster's domain only one directly below the nearest name
 * that exists (RFC 4592, 3.3.1): a wildcard over all namespaces says nothing of one that is there.
 */
function ownerOf(builder: NameBuilder, name: string): string {
  const isClaimed = (owner: string) => builder.claimantsOf(owner).length > 0;
  if (isClaimed(name)) return name;
  if (builder.rules.reserved.includes(name)) return "";
  const inside = builder.domains.some((domain) => isUnder(name, domain));
  for (let parent = parentOf(name); parent !== ""; parent = parentOf(parent)) {
    if (isClaimed(`*.${parent}`)) return `*.${parent}`;
    if (inside && isClaimed(parent)) return "";
  }
  return "";
}

function belowOf(builder: NameBuilder, name: string): Below | "" {
  for (let owner = name; owner !== ""; owner = parentOf(owner)) {
    const below = builder.settlement(owner)?.entry.below;
    if (below !== undefined) return below;
  }
  return "";
}

function parentOf(name: string): string {
  const dot = name.indexOf(".");
  return dot < 0 ? "" : name.slice(dot + 1);
}

/** Objects whose business a name is, whether they have it or not. */
function* related(builder: NameBuilder, name: string): Generator<Claimant> {
  for (const [cluster, { view }] of builder.clusters.entries()) {
    const suffix = `svc.${view.domain}`;
    if (isUnder(name, suffix)) {
      const [namespace, service] = name.slice(0, -suffix.length - 1).split(".").reverse();
      const key = `${namespace}/${service}`;
      if (view.stores.services.get(key)) yield builder.claimant("Service", cluster, key);
    }
    for (const { hosts, dropped, namespace, name: entry } of view.stores.serviceentries.list()) {
      const concerned = hosts.some((host) => covers(host, name)) || dropped.some(({ value }) => value === name);
      if (concerned) yield builder.claimant("ServiceEntry", cluster, `${namespace}/${entry}`);
    }
  }
}

/** What a claimant has to say of one name: of its own, of the wildcard over it, of itself as a whole. */
function remarksOn(builder: NameBuilder, claimant: Claimant, name: string): Considered["remarks"] {
  const remarks: { code: RemarkCode; reason: string }[] = [];
  builder.claims(claimant, (code, reason, part) => {
    if (part === undefined || covers(part, name)) remarks.push({ code, reason });
  });
  return remarks;
}

/** A claimant's object, for people. */
export function objectName(builder: NameBuilder, { kind, cluster, key }: Claimant): ObjectName {
  const view = builder.clusters[cluster]?.view;
  const at = { kind, cluster: view?.name ?? "" };
  const [namespace = "", name] = key.split("/");
  if (kind === "Configuration") return { ...at, namespace: "", name: "dns.records" };
  if (kind === "Zone") return { ...at, namespace: "", name: view?.domain ?? "" };
  return { ...at, namespace, name: name ?? "" };
}
