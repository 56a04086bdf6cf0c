import {
  type Identified,
  type Kind,
  type KindState,
  Reflector,
  type ReflectorOptions,
  type Store,
} from "../../registry/mod.ts";
import type { Knowledge } from "./cluster_view.ts";
import type { PartPlan } from "./feed_plan.ts";
import type { PartSnapshot, PartStatus, SourceMaker } from "./feed_types.ts";
import { deepFreeze } from "./raw_object.ts";
import { sharedText } from "./shared_text.ts";

export interface FeedPartOptions<T extends Identified> {
  readonly plan: PartPlan;
  readonly kind: Kind<T>;
  readonly store: Store<T>;
  readonly source: SourceMaker;
  readonly resume: PartSnapshot | undefined;
  readonly reflector: Pick<ReflectorOptions<T>, "clock" | "random" | "log" | "onRestart">;
}

/** A part of any kind. */
export type RunningPart = Pick<
  FeedPart<Identified>,
  "plan" | "state" | "run" | "stop" | "use" | "noteState" | "knowledge" | "unconfirmed" | "status" | "snapshot"
>;

/** One reflector and the part of a store that it keeps. */
export class FeedPart<T extends Identified> {
  readonly plan: PartPlan;
  state: KindState = { state: "syncing" };
  readonly #kind: Kind<T>;
  readonly #store: Store<T>;
  readonly #keptSince: number;
  readonly #reflector: Reflector<T>;
  readonly #stop = new AbortController();
  /** Whether it has ever held all there is: a later failure makes it old, not unknown. */
  #wasWhole: boolean;
  /** Whether that was only ever said by a snapshot. */
  #unconfirmed: boolean;

  constructor(options: FeedPartOptions<T>) {
    const { plan, kind, store, resume, reflector } = options;
    this.plan = plan;
    this.#kind = kind;
    this.#store = store;
    this.#keptSince = resume?.confirmedAt ?? 0;
    this.#wasWhole = this.#unconfirmed = resume !== undefined;
    this.#reflector = new Reflector<T>({
      ...reflector,
      source: this.#sourceBy(options.source),
      writer: store.part(plan.id),
      ...(resume && { resume: { items: resume.items.map(revived<T>), resourceVersion: resume.resourceVersion } }),
    });
  }

  /** Reads until the signal aborts or `stop` is called. */
  run(signal: AbortSignal): Promise<void> {
    return this.#reflector.run(AbortSignal.any([signal, this.#stop.signal]));
  }

  /** Ends reading, and takes this part's objects out of the store. */
  stop(): void {
    this.#stop.abort();
    this.#store.dropPart(this.plan.id);
  }

  /** Reads by another sort of source from now on, from where it is. */
  use(source: SourceMaker): void {
    this.#reflector.use(this.#sourceBy(source));
  }

  #sourceBy(maker: SourceMaker) {
    const { namespace, labelSelector } = this.plan;
    return maker(this.#kind, { ...(namespace && { namespace }), ...(labelSelector && { labelSelector }) });
  }

  noteState(state: KindState): void {
    this.state = state;
    if (state.state !== "synced" && state.state !== "absent") return;
    this.#wasWhole = true;
    this.#unconfirmed = false;
  }

  get knowledge(): Knowledge {
    if (this.state.state === "forbidden") return "unreadable";
    return this.#wasWhole ? "known" : "pending";
  }

  /** Whether what it holds came from a snapshot and no server has said so since. */
  get unconfirmed(): boolean {
    return this.#unconfirmed;
  }

  /** Wall-clock milliseconds at which the server last confirmed what it holds; 0: never. */
  get #confirmedAt(): number {
    if (this.#unconfirmed) return this.#keptSince;
    return this.#wasWhole ? this.#reflector.confirmedAt : 0;
  }

  status(): PartStatus {
    const { kind, namespace, labelSelector } = this.plan;
    const bad = [...this.#reflector.bad].map(([key, problem]) => ({ key, problem }));
    const objects = this.#store.part(this.plan.id).size;
    return { kind, namespace, labelSelector, state: this.state, objects, bad, confirmedAt: this.#confirmedAt };
  }

  snapshot(): PartSnapshot {
    const { kind, id } = this.plan;
    const items = [...this.#store.part(id).list()];
    return { kind, id, resourceVersion: this.#reflector.resourceVersion, confirmedAt: this.#confirmedAt, items };
  }
}

/** An object of a snapshot as `parse` had made it; the snapshot holds nothing else. */
function revived<T extends Identified>(item: Identified): T {
  return deepFreeze({ ...item as T, namespace: sharedText(item.namespace) });
}
