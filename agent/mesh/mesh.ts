import type { NameDelta } from "../../dns/mod.ts";
import type { Clock, Log, Random, RestartReason } from "../../registry/mod.ts";
import { answerMode } from "./address_choice.ts";
import { AnswerMeasure, type Measured, type Probe } from "./answer_measure.ts";
import { ClusterFeed } from "./cluster_feed.ts";
import type { ClusterObjects } from "./cluster_objects.ts";
import type { MeshKindName } from "./cluster_view.ts";
import { explainName, type Explanation, objectName } from "./explain.ts";
import type { FeedNeeds } from "./feed_plan.ts";
import type { FeedSnapshot, PartStatus, SourceMaker } from "./feed_types.ts";
import type { MeshRules } from "./mesh_rules.ts";
import { NameBuilder, type Schedule } from "./name_builder.ts";
import type { ShortNames } from "./name_completions.ts";
import {
  type CollisionRow,
  listCollisions,
  listNames,
  listRefused,
  type NameRow,
  type RefusedRow,
} from "./name_list.ts";
import { hostRefusal } from "./visibility.ts";

/** One cluster to read. */
export interface MeshCluster {
  readonly name: string;
  readonly domain: string;
  /** Empty: the whole cluster, or the workloads' namespaces where that is forbidden. */
  readonly namespaces: readonly string[];
  /** Watches or polls its API server: `sourceOf`. */
  readonly source: SourceMaker;
}

export interface MeshOptions {
  /** Home first. */
  readonly clusters: readonly MeshCluster[];
  readonly rules: MeshRules;
  /** @param changedAt when the oldest change in the delta came in, in milliseconds of `clock.monotonic`. */
  readonly publish: (delta: NameDelta, changedAt: number) => void;
  /** Whether something answers at an address: for `answers: auto`. */
  readonly probe: Probe;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly resume?: MeshSnapshot | undefined;
  readonly schedule?: Schedule;
  /** Told each time a reflector begins anew. */
  readonly onRestart?: (cluster: string, kind: MeshKindName, reason: RestartReason) => void;
}

/** All that a later run needs to answer before it has read anything. Plain JSON. */
export interface MeshSnapshot {
  readonly clusters: readonly ClusterSnapshot[];
}

export interface ClusterSnapshot {
  readonly name: string;
  readonly feed: FeedSnapshot;
  readonly measured: Measured;
}

/** How the reading of one cluster stands. */
export interface ClusterStatus {
  readonly name: string;
  readonly domain: string;
  /** The namespaces that are read; null: all. */
  readonly namespaces: readonly string[] | null;
  readonly measured: Measured;
  readonly kinds: readonly PartStatus[];
}

/** Names from clusters: reads their objects and publishes what each name answers, and can say why. */
export class Mesh {
  readonly #builder: NameBuilder;
  readonly #feeds: readonly ClusterFeed[];
  readonly #measures: readonly AnswerMeasure[];
  readonly #options: MeshOptions;

  constructor(options: MeshOptions) {
    const { clusters, rules, clock, random, log, resume, onRestart } = options;
    this.#options = options;
    const kept = (name: string) => resume?.clusters.find((cluster) => cluster.name === name);
    this.#feeds = clusters.map((cluster) => {
      const feed = kept(cluster.name)?.feed;
      return new ClusterFeed({
        ...cluster,
        fallback: rules.namespaces,
        clock,
        random,
        log,
        ...(feed && { resume: feed }),
        onRestart: (kind, reason) => onRestart?.(cluster.name, kind, reason),
      });
    });
    this.#builder = new NameBuilder({
      clusters: this.#feeds,
      rules,
      publish: options.publish,
      monotonic: () => clock.monotonic(),
      ...(options.schedule && { schedule: options.schedule }),
      onBurst: () => this.#askForNeeds(),
      onError: (claimant, error) =>
        log("error", "the names of an object cannot be made", { ...objectName(this.#builder, claimant), error }),
    });
    this.#measures = this.#feeds.map((view, cluster) => {
      const measured = kept(view.name)?.measured;
      return new AnswerMeasure({
        view,
        probe: options.probe,
        wanted: () => isMeasureWanted(this.#builder, cluster),
        clock,
        ...(measured && { resume: measured }),
        onMeasured: ({ mode }) => this.#builder.setMeasured(cluster, mode),
      });
    });
    this.#measures.forEach(({ last }, cluster) => this.#builder.setMeasured(cluster, last.mode));
  }

  /** Reads, and publishes names, until the signal aborts. What a snapshot holds is published at once. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = this.#builder.start();
    await Promise.all([...this.#feeds, ...this.#measures].map((part) => part.run(signal)));
    stop();
  }

  get rules(): MeshRules {
    return this.#builder.rules;
  }

  /** Takes changed rules; names that answer otherwise by them are published. */
  setRules(rules: MeshRules): void {
    this.#builder.setRules(rules);
  }

  /** Reads a cluster by another sort of source from now on. */
  useSource(cluster: string, source: SourceMaker): void {
    this.#feeds.find(({ name }) => name === cluster)?.useSource(source);
  }

  /** How many names there are. */
  get size(): number {
    return this.#builder.size;
  }

  /** Publishes at once whatever is waiting. */
  flush(): void {
    this.#builder.flush();
  }

  /** What has not been read so far, as `services of cluster primary`: empty once every unknown name is known to be. */
  pending(): readonly string[] {
    return this.#feeds.flatMap((feed) =>
      (["services", "serviceentries"] as const)
        .filter((kind) =>
          (feed.knowledge.namespaces ?? [""]).some((namespace) => feed.knowledge.knows(kind, namespace) === "pending")
        )
        .map((kind) => `${kind} of cluster ${feed.name}`)
    );
  }

  /**
   * Why a name answers what it answers.
   *
   * @param shortNames how `dns` completes names: without it only full names are explained.
   */
  explain(name: string, shortNames?: ShortNames): Explanation {
    return explainName(this.#builder, name, shortNames);
  }

  /** The names that hold `filter`, one by one: give the thread back between many. */
  names(filter?: string): Iterable<NameRow> {
    return listNames(this.#builder, filter);
  }

  /** Hosts and Services that are not served, and why. */
  refused(): Iterable<RefusedRow> {
    return listRefused(this.#builder);
  }

  /** Names that several clusters have. */
  collisions(): Iterable<CollisionRow> {
    return listCollisions(this.#builder);
  }

  status(): readonly ClusterStatus[] {
    return this.#feeds.map((feed, i) => {
      const { name, domain, knowledge: { namespaces } } = feed;
      return { name, domain, namespaces, measured: this.#measures[i]!.last, kinds: feed.status() };
    });
  }

  snapshot(): MeshSnapshot {
    const clusters = this.#feeds.map((feed, i) => {
      return { name: feed.name, feed: feed.snapshot(), measured: this.#measures[i]!.last };
    });
    return { clusters };
  }

  #askForNeeds(): void {
    this.#builder.clusters.forEach((objects, i) => this.#feeds[i]!.setNeeds(needsOf(objects, this.#builder)));
  }
}

/** Whether an answer of a cluster depends on what `auto` stands for. */
function isMeasureWanted({ rules, clusters }: NameBuilder, cluster: number): boolean {
  return rules.answers === "auto" || clusters[cluster]!.annotated.some(({ answers }) => answers === "auto");
}

/** Which slices and WorkloadEntries the names of one cluster's present objects take. */
function needsOf(objects: ClusterObjects, { rules, domains }: NameBuilder): FeedNeeds {
  const { measured } = objects;
  const allSlices = rules.answers === "endpoints" || (rules.answers === "auto" && measured === "endpoints");
  const named = allSlices ? [] : objects.annotated.filter((service) => {
    return !service.headless && answerMode(service, rules, measured).mode === "endpoints";
  });
  const selecting = objects.selecting.filter(({ hosts, namespace }) =>
    hosts.some((host) => hostRefusal(host, namespace, rules, domains) === undefined)
  );
  return {
    allSlices,
    sliceServices: named.map(({ namespace, name }) => `${namespace}/${name}`).sort(),
    workloadNamespaces: [...new Set(selecting.map(({ namespace }) => namespace))].sort(),
  };
}
