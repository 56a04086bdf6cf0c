import type {
  ClusterKnowledge,
  ClusterView,
  Knowledge,
  MeshKindName,
  MeshKinds,
} from "../../../agent/mesh/cluster_view.ts";
import { meshKinds } from "../../../agent/mesh/mesh_kinds.ts";
import { DEFAULT_RULES, type MeshRules } from "../../../agent/mesh/mesh_rules.ts";
import { NameBuilder } from "../../../agent/mesh/name_builder.ts";
import { recordText } from "../../../agent/mesh/name_claim.ts";
import type { NameDelta, NameEntry } from "../../../dns/mod.ts";
import { type Identified, keyOf, type Kind, Store } from "../../../registry/mod.ts";
import { FakeClock } from "../../fake_clock.ts";

/** Clusters in memory: stores that tests fill by hand, and the names that come of it. */

let serial = 0;

/** A manifest as it is written in tests: everything but kind, name and spec has a default. */
export interface TestManifest {
  readonly kind: "Service" | "EndpointSlice" | "ServiceEntry" | "WorkloadEntry";
  readonly name: string;
  readonly namespace?: string;
  readonly created?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly [field: string]: unknown;
}

/** The object as the API server would send it. */
export function raw({ kind, name, namespace = "default", created, labels, annotations, ...rest }: TestManifest) {
  serial++;
  const metadata = {
    name,
    namespace,
    uid: `uid-${kind}-${namespace}-${name}`,
    resourceVersion: String(serial),
    creationTimestamp: created ?? "2026-01-01T00:00:00Z",
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  };
  return { kind, metadata, ...rest };
}

/** The plural of each kind, under which its store is found. */
export const PLURALS: Record<TestManifest["kind"], MeshKindName> = {
  Service: "services",
  EndpointSlice: "endpointslices",
  ServiceEntry: "serviceentries",
  WorkloadEntry: "workloadentries",
};

/** The object as a store holds it. */
export function parsed(manifest: TestManifest): Identified {
  const kind: Kind<Identified> = meshKinds[PLURALS[manifest.kind]];
  return kind.parse(raw(manifest));
}

/** A cluster that knows everything unless a test says otherwise. */
export class MemoryCluster implements ClusterView {
  readonly clock = new FakeClock();
  readonly stores: { readonly [K in MeshKindName]: Store<MeshKinds[K]> } = {
    services: new Store(this.clock),
    endpointslices: new Store(this.clock),
    serviceentries: new Store(this.clock),
    workloadentries: new Store(this.clock),
  };
  /** What is not "known", by kind, or by kind and namespace. */
  readonly #unknown = new Map<string, Knowledge>();
  readonly #listeners = new Set<() => void>();
  #knowledge = this.#knowledgeOf({});

  constructor(readonly name = "primary", readonly domain = "cluster.local") {}

  apply(...manifests: TestManifest[]): this {
    for (const manifest of manifests) this.#store(manifest.kind).part("all").put(parsed(manifest));
    return this;
  }

  /** Holds what a server listed of one kind. */
  hold<K extends MeshKindName>(kind: K, objects: readonly MeshKinds[K][]): this {
    const store: Store<MeshKinds[K]> = this.stores[kind];
    for (const object of objects) store.part("all").put(object);
    return this;
  }

  remove(kind: TestManifest["kind"], name: string, namespace = "default"): void {
    this.#store(kind).part("all").remove(keyOf({ namespace, name }));
  }

  #store(kind: TestManifest["kind"]): Store<Identified> {
    return this.stores[PLURALS[kind]] as unknown as Store<Identified>;
  }

  get knowledge(): ClusterKnowledge {
    return this.#knowledge;
  }

  /** Says what is known from now on: of a kind, or of a kind in one namespace (`services shop`). */
  tell(what: string, knowledge: Knowledge): void {
    this.#unknown.set(what, knowledge);
    this.#learn({});
  }

  /** Says which namespaces are read from now on; null: all. */
  readOnly(namespaces: readonly string[] | null): void {
    this.#learn({ namespaces });
  }

  /** Says which kinds are from a snapshot from now on. */
  unconfirm(...kinds: MeshKindName[]): void {
    this.#learn({ isUnconfirmed: (kind) => kinds.includes(kind) });
  }

  #learn(change: Partial<ClusterKnowledge>): void {
    this.#knowledge = this.#knowledgeOf({ ...this.#knowledge, ...change });
    for (const listener of this.#listeners) listener();
  }

  #knowledgeOf(change: Partial<ClusterKnowledge>): ClusterKnowledge {
    const unknown = new Map(this.#unknown);
    const knows = (kind: MeshKindName, namespace = "") =>
      unknown.get(`${kind} ${namespace}`) ?? unknown.get(kind) ?? "known";
    const knowsEndpoints = () => knows("endpointslices");
    return { namespaces: null, isUnconfirmed: () => false, ...change, knows, knowsEndpoints };
  }

  onKnowledge(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** What was published, kept as a resolver keeps it. */
export class PublishedNames {
  readonly entries = new Map<string, NameEntry>();
  readonly deltas: NameDelta[] = [];
  readonly builder: NameBuilder;
  /** Work that waits for its turn. */
  readonly waiting: (() => void)[] = [];
  time = 0;

  constructor(
    readonly clusters: readonly MemoryCluster[],
    rules: Partial<MeshRules> = {},
    failed: (key: string, error: unknown) => void = (_, error) => {
      throw error;
    },
  ) {
    this.builder = new NameBuilder({
      clusters,
      rules: { ...DEFAULT_RULES, answers: "cluster-ip", ...rules },
      publish: (delta) => this.#take(delta),
      schedule: (work) => void this.waiting.push(work),
      monotonic: () => this.time,
      onError: ({ key }, error) => failed(key, error),
    });
    this.builder.start();
    this.settle();
  }

  #take(delta: NameDelta) {
    this.deltas.push(delta);
    for (const entry of delta.put) this.entries.set(entry.name, entry);
    for (const name of delta.remove) this.entries.delete(name);
  }

  /** Does all work that waits. */
  settle(): void {
    for (let work = this.waiting.shift(); work; work = this.waiting.shift()) work();
  }

  /** A name's records in words, those of A and AAAA without their type; null when there is no such entry. */
  answer(name: string, type?: string): string[] | null {
    this.settle();
    const entry = this.entries.get(name);
    if (!entry) return null;
    return entry.records.filter((record) => type === undefined || record.type === type)
      .map((record) => recordText(record).replace(/^(A|AAAA) /, "") + ("tier" in record ? ` tier ${record.tier}` : ""));
  }

  /** All names at and below a name that have records. */
  under(name: string): string[] {
    this.settle();
    return [...this.entries.values()].filter((entry) => entry.records.length > 0).map((entry) => entry.name)
      .filter((entry) => entry === name || entry.endsWith(`.${name}`)).sort();
  }
}
