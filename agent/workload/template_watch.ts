import type { Identified, Kind, KindState } from "../../registry/mod.ts";
import type { Cluster, ObjectWatch } from "./cluster.ts";
import type { Seen } from "./registration_table.ts";
import { type OwningService, owningServiceKind, type WorkloadGroup, workloadGroupKind } from "./workload_kinds.ts";

/** What a template watch needs. */
export interface TemplateWatchOptions {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly group: string;
  readonly service: string;
  /** From `workload.groupFile`; the group is not read from the API then. */
  readonly groupFromFile?: WorkloadGroup;
  readonly onChange: () => void;
}

/**
 * Follows what a registration is made from: the WorkloadGroup and, where this VM stands behind a Service, that Service.
 */
export class TemplateWatch {
  readonly #options: TemplateWatchOptions;
  readonly #group: Followed<WorkloadGroup>;
  #service: Followed<OwningService> | undefined;
  #signal: AbortSignal | undefined;
  readonly #tasks = new Set<Promise<void>>();

  constructor(options: TemplateWatchOptions) {
    const { namespace, group, groupFromFile } = options;
    this.#options = options;
    this.#group = new Followed(
      `WorkloadGroup ${namespace}/${group}`,
      this.#watch(workloadGroupKind, group),
      groupFromFile,
    );
  }

  /** As last seen, also when it is gone. */
  get group(): WorkloadGroup | undefined {
    return this.#group.last;
  }

  /** As last seen, also when it is gone; undefined as long as no Service is needed. */
  get service(): OwningService | undefined {
    return this.#service?.last;
  }

  /** How group and Service are: the worse of the two. */
  get seen(): Seen["group"] {
    return this.#worst.seen;
  }

  get access(): Seen["access"] {
    const { state } = this.#worst.state ?? {};
    return state === "unauthorized" || state === "forbidden" ? state : "ok";
  }

  /** One sentence for people: what is missing and what to do; empty when nothing is. */
  get reason(): string {
    return this.#worst.reason;
  }

  /** The Service is needed from now on. */
  useService(): void {
    if (this.#service) return;
    const { namespace, service } = this.#options;
    this.#service = new Followed(`Service ${namespace}/${service}`, this.#watch(owningServiceKind, service), undefined);
    if (this.#signal) this.#start(this.#service, this.#signal);
  }

  /** Follows until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    if (!this.#options.groupFromFile) this.#start(this.#group, signal);
    if (this.#service) this.#start(this.#service, signal);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.all(this.#tasks);
  }

  get #worst(): Followed<WorkloadGroup> | Followed<OwningService> {
    const service = this.#service;
    return service && (this.#group.seen === "present" || this.#group.reason === "") ? service : this.#group;
  }

  #start(followed: { run(signal: AbortSignal): Promise<void> }, signal: AbortSignal): void {
    const task = followed.run(signal).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  #watch<T extends Identified>(kind: Kind<T>, name: string): ObjectWatch<T> {
    const { cluster, namespace, onChange } = this.#options;
    return cluster.watch(kind, namespace, name, onChange);
  }
}

/** One object that a registration cannot do without. */
class Followed<T extends Identified & { readonly deleting?: boolean }> {
  readonly #name: string;
  readonly #watch: ObjectWatch<T>;
  readonly #fixed: boolean;
  #last: T | undefined;

  /** @param given from a file: nothing is followed then. */
  constructor(name: string, watch: ObjectWatch<T>, given: T | undefined) {
    this.#name = name;
    this.#watch = watch;
    this.#fixed = given !== undefined;
    this.#last = given;
  }

  get last(): T | undefined {
    if (!this.#fixed) this.#last = this.#watch.current ?? this.#last;
    return this.#last;
  }

  get state(): KindState | undefined {
    return this.#fixed ? undefined : this.#watch.state;
  }

  get seen(): Seen["group"] {
    if (this.#fixed) return "present";
    const known = this.last;
    const { current, state: { state } } = this.#watch;
    if (current) return current.deleting ? "gone" : "present";
    if (state === "synced" || state === "absent") return known ? "gone" : "absent";
    return "unknown";
  }

  get reason(): string {
    const state = this.state;
    switch (state?.state) {
      case "forbidden":
        return `${this.#name} may not be read: grant verb ${state.verb} on ${state.resource} ` +
          `in namespace ${state.namespace}`;
      case "unauthorized":
        return `the API server does not accept the credentials: ${state.reason}`;
      case "absent":
        return `${this.#name}: the cluster does not serve this kind: install Istio's CRDs, or set workload.groupFile`;
    }
    switch (this.seen) {
      case "unknown":
        return `${this.#name} was not read yet`;
      case "absent":
        return `${this.#name} does not exist: create it, or correct the configuration`;
      case "gone":
        return `${this.#name} was deleted: what is registered is left to Kubernetes, and written again when it returns`;
      default:
        return "";
    }
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#watch.run(signal);
  }
}
