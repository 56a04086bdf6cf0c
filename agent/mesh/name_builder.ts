import type { NameDelta, NameEntry } from "../../dns/mod.ts";
import { type Change, keyOf } from "../../registry/mod.ts";
import { ClusterObjects, type Touch } from "./cluster_objects.ts";
import { type ClusterView, MESH_KIND_NAMES, type MeshKindName, type MeshKinds } from "./cluster_view.ts";
import { fingerprint } from "./fingerprint.ts";
import type { AnswerMode, MeshRules } from "./mesh_rules.ts";
import {
  type Claimant,
  type ClaimantKind,
  type Claims,
  type Contender,
  settle,
  type Settlement,
} from "./name_claim.ts";
import { NameIndex } from "./name_index.ts";
import { ignore, type Remark } from "./remark.ts";
import { configurationClaims, type ZoneScope } from "./zone_names.ts";

/** Changes that come within this time are one burst: an object and its slices arrive together. Milliseconds. */
export const COALESCE_MS = 2;
/** How long names are made before other work on the thread has its turn. Milliseconds. */
export const SLICE_MS = 8;
/** Names in one delta: its receiver shares our thread, and packs about 500 of them in a millisecond. */
export const MAX_DELTA_NAMES = 512;

/** Objects that are taken in between two looks at the clock. */
const READ_BETWEEN_LOOKS = 64;
/** The kinds that decide whether a name exists in a zone. */
const ZONE_KINDS: readonly MeshKindName[] = ["services", "endpointslices", "serviceentries"];

/** Runs work later on this thread; `setTimeout` in the product. */
export type Schedule = (work: () => void, milliseconds: number) => void;

export interface NameBuilderOptions {
  /** Home first. */
  readonly clusters: readonly ClusterView[];
  readonly rules: MeshRules;
  /** @param changedAt when the oldest change in the delta came in, in `monotonic` milliseconds. */
  readonly publish: (delta: NameDelta, changedAt: number) => void;
  readonly schedule?: Schedule;
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
  /** Told each time everything that had come in has been worked off. */
  readonly onBurst?: () => void;
  /** Told when the names of one object cannot be made; the others go on. */
  readonly onError?: (claimant: Claimant, error: unknown) => void;
}

/**
 * Keeps the names in step with the stores. Names are a pure function of objects and rules; a change costs what it
 * touches: the objects whose names it may change are asked again, and what differs from what was published goes out.
 * Work is done in slices; new and changed names go out with each, names that are gone at the end of the burst, so that
 * a name that moves from one object to another is never absent. A zone's word that nothing else exists comes last.
 */
export class NameBuilder {
  readonly clusters: readonly ClusterObjects[];
  readonly domains: readonly string[];
  readonly #options: NameBuilderOptions;
  readonly #monotonic: () => number;
  readonly #index = new NameIndex();
  /** What came in and has not been looked at, in order; each step of each takes one object in. */
  readonly #inbox: Iterator<unknown>[] = [];
  readonly #dirty = new Set<Claimant>();
  /** Zones and namespaces: after all others. */
  readonly #late = new Set<Claimant>();
  readonly #unclaimed = new Set<string>();
  /** Claimants that the present burst still has to ask, last first; null between bursts. */
  #burst: Claimant[] | null = null;
  #changedAt = 0;
  #scheduled = false;
  #rules: MeshRules;

  constructor(options: NameBuilderOptions) {
    this.#options = options;
    this.#rules = options.rules;
    this.#monotonic = options.monotonic;
    this.domains = [...new Set(options.clusters.map(({ domain }) => domain))];
    const owner = (domain: string) => options.clusters.findIndex((cluster) => cluster.domain === domain);
    this.clusters = options.clusters.map((view, i) => new ClusterObjects(view, owner(view.domain) === i));
  }

  get rules(): MeshRules {
    return this.#rules;
  }

  /** How many names there are. */
  get size(): number {
    return this.#index.size;
  }

  names(): Iterable<string> {
    return this.#index.names();
  }

  /** Follows the stores, beginning with what is in them. @returns the way to stop. */
  start(): () => void {
    const stops = this.clusters.flatMap((objects, cluster) => [
      ...MESH_KIND_NAMES.map((kind) => this.#follow(kind, objects, cluster)),
      objects.view.onKnowledge(() => this.#receive(this.#knowledgeChanged(cluster))),
    ]);
    for (const cluster of this.clusters.keys()) this.#receive(this.#knowledgeChanged(cluster));
    this.#receive(this.#touchAll());
    return () => stops.forEach((stop) => stop());
  }

  #follow<K extends MeshKindName>(kind: K, objects: ClusterObjects, cluster: number): () => void {
    const store = objects.view.stores[kind];
    const touch = this.#toucher(cluster);
    const apply = (change: Change<MeshKinds[K]>) => objects.apply(kind, change, touch);
    this.#receive(each([...store.list()], (after) => apply({ key: keyOf(after), after })));
    return store.onChange((changes) => this.#receive(each(changes, apply)));
  }

  /** Takes new rules; every name is made again, and those that differ go out. */
  setRules(rules: MeshRules): void {
    this.#rules = rules;
    this.#receive(this.#touchAll());
  }

  /** Says what `answers: auto` stands for in one cluster. */
  setMeasured(cluster: number, measured: AnswerMode): void {
    const objects = this.clusters[cluster]!;
    if (objects.measured === measured) return;
    objects.measured = measured;
    this.#receive(objects.touchAll(this.#toucher(cluster)));
  }

  *#touchAll(): Generator<void> {
    this.#touch("Configuration", -1, "");
    for (const [cluster, objects] of this.clusters.entries()) yield* objects.touchAll(this.#toucher(cluster));
  }

  /** What is known of one cluster also decides what its zone says, which another cluster may own. */
  *#knowledgeChanged(cluster: number): Generator<void> {
    for (const other of this.clusters.keys()) this.#touch("Zone", other, "");
    yield* this.clusters[cluster]!.applyKnowledge(this.#toucher(cluster));
  }

  #toucher(cluster: number): Touch {
    return (kind, key) => this.#touch(kind, cluster, key);
  }

  #touch(kind: ClaimantKind, cluster: number, key: string): void {
    const claimant = this.#index.claimant(kind, cluster, key);
    (kind === "Zone" || kind === "Namespace" ? this.#late : this.#dirty).add(claimant);
  }

  #receive(work: Iterator<unknown>): void {
    this.#inbox.push(work);
    if (this.#scheduled) return;
    this.#changedAt = this.#monotonic();
    this.#later(COALESCE_MS);
  }

  #later(milliseconds: number): void {
    this.#scheduled = true;
    const schedule = this.#options.schedule ?? ((work, after) => void setTimeout(work, after));
    schedule(() => {
      this.#scheduled = false;
      const more = this.#slice(SLICE_MS);
      if (more) this.#later(0);
    }, milliseconds);
  }

  /** Does everything that is waiting, now. */
  flush(): void {
    while (this.#slice(Infinity));
  }

  /** Works for a while. @returns whether there is more to do. */
  #slice(milliseconds: number): boolean {
    const until = this.#monotonic() + milliseconds;
    const isOver = () => this.#monotonic() >= until;
    let slice = new Slice();
    this.#burst ??= this.#read(isOver);
    while (this.#burst !== null && this.#burst.length > 0 && !isOver()) {
      this.#ask(this.#burst.pop()!, slice);
      if (slice.put.length >= MAX_DELTA_NAMES) slice = this.#publish(slice);
    }
    if (this.#burst?.length === 0) this.#endBurst(slice);
    this.#publish(slice);
    return this.#inbox.length > 0 || this.#burst !== null;
  }

  #publish({ put, remove }: Slice): Slice {
    if (put.length > 0 || remove.length > 0) this.#options.publish({ put, remove }, this.#changedAt);
    return new Slice();
  }

  /** Takes in what has come. @returns whom to ask, once all is read; what comes after that is for the next burst. */
  #read(isOver: () => boolean): Claimant[] | null {
    for (let read = 1; this.#inbox.length > 0; read++) {
      if (this.#inbox[0]!.next().done) this.#inbox.shift();
      if (read % READ_BETWEEN_LOOKS === 0 && isOver()) return null;
    }
    const burst = [...this.#dirty].reverse();
    this.#dirty.clear();
    return burst;
  }

  #endBurst(slice: Slice): void {
    this.#burst = null;
    const late = [...this.#late];
    this.#late.clear();
    for (const claimant of late) this.#ask(claimant, slice);
    for (const name of this.#unclaimed) if (this.#index.forget(name)) slice.remove.push(name);
    this.#unclaimed.clear();
    this.#options.onBurst?.();
  }

  /** Asks one claimant for its names, and settles each that it has or had. When it cannot say, its names stay. */
  #ask(claimant: Claimant, slice: Slice): void {
    const claims = this.#claimsOf(claimant, slice.claims);
    if (claims === undefined) return;
    const touched = new Set<string>();
    this.#index.claim(claimant, claims.keys(), touched);
    for (const name of touched) {
      if (this.#index.claimantsOf(name).length === 0) this.#unclaimed.add(name);
      const entry = this.#settle(name, slice.claims)?.entry;
      if (entry && this.#index.publish(name, fingerprint(entry))) slice.put.push(entry);
    }
  }

  #claimsOf(claimant: Claimant, memo: Map<Claimant, Claims>): Claims | undefined {
    const known = memo.get(claimant);
    if (known) return known;
    try {
      const claims = this.claims(claimant);
      memo.set(claimant, claims);
      return claims;
    } catch (error) {
      this.#options.onError?.(claimant, error);
      return undefined;
    }
  }

  /** The object that stands for a claimant among `claimantsOf`; any other for one that has no names. */
  claimant(kind: ClaimantKind, cluster: number, key: string): Claimant {
    return this.#index.find(kind, cluster, key) ?? { kind, cluster, key };
  }

  claimantsOf(name: string): readonly Claimant[] {
    return this.#index.claimantsOf(name);
  }

  /** What a claimant says, with remarks for those who want to know why. */
  claims({ kind, cluster, key }: Claimant, remark: Remark = ignore): Claims {
    if (kind === "Configuration") return configurationClaims(this.#rules, this.domains, remark);
    const objects = this.clusters[cluster]!;
    const context = objects.context(this.#rules, this.domains);
    return objects.claims(kind, key, context, () => this.#scope(objects), remark);
  }

  /** How a name is settled now; undefined when nobody claims it. */
  settlement(name: string): Settlement | undefined {
    return this.#settle(name, new Map());
  }

  #settle(name: string, memo: Map<Claimant, Claims>): Settlement | undefined {
    const contenders: Contender[] = [];
    for (const claimant of this.#index.claimantsOf(name)) {
      const claim = this.#claimsOf(claimant, memo)?.get(name);
      if (claim) contenders.push({ claimant, claim });
    }
    return settle(name, this.#rules.ttl, contenders);
  }

  /** A zone is one for all clusters that share its domain: while one of them is unread, none of its names is unknown. */
  #scope({ view: { domain }, knowledge }: ClusterObjects): ZoneScope {
    const sharing = this.clusters.filter(({ view }) => view.domain === domain).map(({ knowledge }) => knowledge);
    const pending = sharing.some((known) =>
      known.namespaces === null &&
      (known.knows("services") === "pending" || known.knows("serviceentries") === "pending")
    );
    const unconfirmed = sharing.some((known) => ZONE_KINDS.some((kind) => known.isUnconfirmed(kind)));
    return { whole: knowledge.namespaces === null, below: pending ? "pending" : "authoritative", unconfirmed };
  }
}

/** What has been made and not yet published, and the claims that it was made of. */
class Slice {
  readonly put: NameEntry[] = [];
  readonly remove: string[] = [];
  readonly claims = new Map<Claimant, Claims>();
}

function* each<T>(things: readonly T[], work: (thing: T) => void): Generator<void> {
  for (const thing of things) {
    work(thing);
    yield;
  }
}
