import { type Clock, type Log, type Random, type RestartReason, Store } from "../../registry/mod.ts";
import {
  type ClusterKnowledge,
  type ClusterView,
  MESH_KIND_NAMES,
  type MeshKindName,
  type MeshKinds,
} from "./cluster_view.ts";
import { FeedKnowledge } from "./feed_knowledge.ts";
import { FeedPart, type RunningPart } from "./feed_part.ts";
import { type FeedNeeds, type FeedReach, type PartPlan, planParts } from "./feed_plan.ts";
import type { FeedSnapshot, PartSnapshot, PartStatus, SourceMaker } from "./feed_types.ts";
import { meshKinds } from "./mesh_kinds.ts";

export interface ClusterFeedOptions {
  readonly name: string;
  readonly domain: string;
  /** The namespaces to read; empty: the cluster, or what is in `fallback` where that is forbidden. */
  readonly namespaces: readonly string[];
  readonly fallback: readonly string[];
  readonly source: SourceMaker;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly resume?: FeedSnapshot;
  readonly onRestart?: (kind: MeshKindName, reason: RestartReason) => void;
}

/** Pods come and go: addresses of endpoints that are older than a day are more likely somebody else's than theirs. */
const MAX_SLICE_AGE_MS = 86_400_000;
/** Nothing but what every cluster needs. */
const LEAST_NEEDS: FeedNeeds = { allSlices: false, sliceServices: [], workloadNamespaces: [] };

/**
 * Reads one cluster: keeps four stores in step by reflectors, as few and as narrow as answers need. What is needed may
 * change at any time; a part that is no longer planned is kept until those that replace it have been read.
 */
export class ClusterFeed implements ClusterView {
  readonly name: string;
  readonly domain: string;
  readonly stores: { readonly [K in MeshKindName]: Store<MeshKinds[K]> };
  readonly #options: Omit<ClusterFeedOptions, "resume">;
  readonly #parts = new Map<string, RunningPart>();
  readonly #running = new Set<Promise<void>>();
  /** What a snapshot holds for parts that have not been started. */
  readonly #kept: Map<string, PartSnapshot>;
  readonly #listeners = new Set<() => void>();
  #needs = LEAST_NEEDS;
  #forbidden: ReadonlySet<MeshKindName>;
  #source: SourceMaker;
  #signal: AbortSignal | undefined;
  #planning = false;
  #knowledge: ClusterKnowledge;
  #digest = "";

  constructor(options: ClusterFeedOptions) {
    const { resume: _, ...rest } = options;
    this.#options = rest;
    this.name = options.name;
    this.domain = options.domain;
    this.#source = options.source;
    this.#forbidden = new Set(options.resume?.forbidden);
    this.#kept = new Map(options.resume?.parts.map((part) => [`${part.kind} ${part.id}`, part]));
    this.#knowledge = new FeedKnowledge(this.#namespacesRead(), options.namespaces, []);
    const { clock } = options;
    this.stores = {
      services: new Store<MeshKinds["services"]>(clock),
      endpointslices: new Store<MeshKinds["endpointslices"]>(clock),
      serviceentries: new Store<MeshKinds["serviceentries"]>(clock),
      workloadentries: new Store<MeshKinds["workloadentries"]>(clock),
    };
    for (const kind of MESH_KIND_NAMES) this.stores[kind].onState(() => this.#stateChanged(kind));
  }

  /** Reads until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    this.#replan();
    await new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.all(this.#running);
  }

  /** Says what is needed from now on. */
  setNeeds(needs: FeedNeeds): void {
    if (JSON.stringify(needs) === JSON.stringify(this.#needs)) return;
    this.#needs = needs;
    this.#replan();
  }

  /** Reads by another sort of source from now on (`cluster.source`), each part from where it was. */
  useSource(source: SourceMaker): void {
    this.#source = source;
    for (const part of this.#parts.values()) part.use(source);
  }

  get knowledge(): ClusterKnowledge {
    return this.#knowledge;
  }

  onKnowledge(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How every part stands. */
  status(): readonly PartStatus[] {
    return [...this.#parts.values()].map((part) => part.status());
  }

  /** What a later feed needs to go on from here; parts that have never been read whole are left out. */
  snapshot(): FeedSnapshot {
    const parts = [...this.#parts.values()].map((part) => part.snapshot()).filter((part) =>
      part.resourceVersion !== ""
    );
    return { parts, forbidden: [...this.#forbidden] };
  }

  /** Notes what a state says, and plans anew when the role turns out to be narrower or wider than it was. */
  #stateChanged(kind: MeshKindName): void {
    const states = this.stores[kind].states();
    for (const part of this.#parts.values()) {
      if (part.plan.kind === kind) part.noteState(states.get(part.plan.id) ?? part.state);
    }
    this.#noteForbidden();
    this.#replan();
  }

  #noteForbidden(): void {
    const forbidden = new Set(this.#forbidden);
    for (const { plan, state } of this.#parts.values()) {
      if (plan.namespace !== "") continue;
      if (state.state === "forbidden") forbidden.add(plan.kind);
      if (state.state === "synced" || state.state === "absent") forbidden.delete(plan.kind);
    }
    this.#forbidden = forbidden;
  }

  /** Starts the parts that are wanted and not read, and ends those that are read and no longer wanted. */
  #replan(): void {
    const signal = this.#signal;
    // Starting and ending a part changes states, which calls this again.
    if (signal === undefined || signal.aborted || this.#planning) return;
    this.#planning = true;
    const { namespaces, fallback } = this.#options;
    const reach: FeedReach = { namespaces, fallback, forbidden: this.#forbidden };
    const wanted = new Map(planParts(this.#needs, reach).map((plan) => [`${plan.kind} ${plan.id}`, plan]));
    for (const [key, plan] of wanted) {
      if (!this.#parts.has(key)) this.#parts.set(key, this.#start(plan.kind, plan, signal));
    }
    const unread = new Set(
      [...wanted.keys()].map((key) => this.#parts.get(key)!)
        .filter(({ knowledge }) => knowledge === "pending").map(({ plan }) => plan.kind),
    );
    for (const [key, part] of this.#parts) {
      if (wanted.has(key) || unread.has(part.plan.kind)) continue;
      this.#parts.delete(key);
      part.stop();
    }
    if (unread.size === 0) this.#kept.clear();
    this.#planning = false;
    this.#tellKnowledge();
  }

  #start<K extends MeshKindName>(kind: K, plan: PartPlan, signal: AbortSignal): RunningPart {
    const { clock, random, log, onRestart } = this.#options;
    const part = new FeedPart<MeshKinds[K]>({
      plan,
      kind: meshKinds[kind],
      store: this.stores[kind],
      source: this.#source,
      resume: this.#takeKept(plan),
      reflector: { clock, random, log, onRestart: (reason) => onRestart?.(kind, reason) },
    });
    const running = part.run(signal).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return part;
  }

  /** A part's share of the snapshot, which nobody else holds on to. */
  #takeKept({ kind, id }: PartPlan): PartSnapshot | undefined {
    const kept = this.#kept.get(`${kind} ${id}`);
    this.#kept.delete(`${kind} ${id}`);
    const isOld = kept && this.#options.clock.now() - kept.confirmedAt > MAX_SLICE_AGE_MS;
    return kind === "endpointslices" && isOld ? undefined : kept;
  }

  #tellKnowledge(): void {
    const parts = [...this.#parts.values()].map(({ plan, knowledge, unconfirmed }) => ({
      plan,
      knowledge,
      unconfirmed,
    }));
    const namespaces = this.#namespacesRead();
    const digest = JSON.stringify([namespaces, parts]);
    if (digest === this.#digest) return;
    this.#digest = digest;
    this.#knowledge = new FeedKnowledge(namespaces, this.#options.namespaces, parts);
    for (const listener of this.#listeners) listener();
  }

  #namespacesRead(): readonly string[] | null {
    const { namespaces, fallback } = this.#options;
    if (namespaces.length > 0) return namespaces;
    return this.#forbidden.has("services") ? fallback : null;
  }
}
