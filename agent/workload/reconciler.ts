import type { Clock, Log } from "../../registry/mod.ts";
import type { Cluster } from "./cluster.ts";
import type { Writer } from "./entry.ts";
import { EntryKeeper, type Wish } from "./entry_keeper.ts";
import { type EventReason, recordEvent } from "./events.ts";
import { FormerEntries, kindOf } from "./former_entries.ts";
import { handOver } from "./hand_over.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { LeaseSubject } from "./lease.ts";
import { type PassInput, type PassResult, resultOfPass } from "./pass.ts";
import type { Publication } from "./publication.ts";
import { resultOf } from "./refusal.ts";
import type { KeptEntry } from "./registration_memory.ts";
import { WriteCounts } from "./registration_status.ts";
import { decide, type Row, type Seen } from "./registration_table.ts";
import { conditionWish, type Situation } from "./situation.ts";
import { leaseKind, ownEntryKind, type WrittenObject } from "./workload_kinds.ts";

/** What a reconciler works with. */
export interface ReconcilerOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespace: string;
  readonly writer: Writer;
  readonly heartbeat: Heartbeat;
  /** Something that the reconciler follows has changed. */
  readonly onChange: () => void;
}

/** Creating, then seeing that something else is missing, then nothing left to do. */
const MAX_ROUNDS = 4;
/** So many beats lost, as many as a Lease lasts, and the entry may be taken for dead. */
const LOST_BEATS = 4;

/**
 * One pass at a time: looks at what is, finds the table's row, does its act, writes the condition, beats. What is
 * written next rests on an object that was just read, never on what a watch showed a while ago.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly counts = new WriteCounts();
  #keepers: readonly EntryKeeper[] = [];
  #running = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  #entries = new Map<EntryKeeper, WrittenObject>();
  readonly #former: FormerEntries;
  #everDeleted = 0;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#former = new FormerEntries({ ...options, agentId: options.writer.agentId });
  }

  /** The objects that are ours as last seen. */
  get entries(): readonly WrittenObject[] {
    return this.#keepers.flatMap((keeper) => this.#entries.get(keeper) ?? []);
  }

  get putBacks(): { readonly count: number; readonly deletions: number } {
    const { count, deletions } = this.#keepers[0]?.putBacks ?? { count: 0, deletions: 0 };
    return { count, deletions };
  }

  get everDeleted(): number {
    return Math.max(this.#everDeleted, ...this.#keepers.map((keeper) => keeper.putBacks.everDeleted));
  }

  /** What a next run must know: our objects, and those of former names that are still to be removed. */
  get kept(): readonly KeptEntry[] {
    const present = this.#present();
    return [...present, ...this.#former.beside(present)];
  }

  /** Neither this run nor, as far as is remembered, an earlier one has anything in the cluster, or has tried to. */
  get isUntouched(): boolean {
    return this.kept.length === 0 && this.counts.list().length === 0;
  }

  /** Why our own objects cannot be watched; undefined while they can. */
  get blocked(): { readonly access: "forbidden" | "unauthorized"; readonly reason: string } | undefined {
    for (const { watch: { state }, kind } of this.#keepers) {
      if (state.state === "forbidden") {
        const reason = `own ${kind.plural} may not be watched: grant verb ${state.verb} on ${state.resource}`;
        return { access: "forbidden", reason };
      }
      if (state.state === "unauthorized") return { access: "unauthorized", reason: state.reason };
    }
    return undefined;
  }

  /** Goes on with what an earlier run left. */
  resume(memory: { readonly everDeleted: number; readonly entries: readonly KeptEntry[] }): void {
    this.#everDeleted = memory.everDeleted;
    this.#former.add(memory.entries);
  }

  /** @throws ApiError, Unreachable, AccessError: what the API server said to the first thing that failed. */
  async pass(input: PassInput): Promise<PassResult> {
    if (input.publication) this.#employ(input.publication);
    const [first] = this.#keepers;
    const wish = first && input.publication?.wishes.get(first.name);
    if (!first) return await this.#passWithoutName(input);
    const { row, entry, wait } = await this.#settle(input, first, wish);
    if (wait > 0) return { state: row.state, reason: waitReason(first, wait), next: wait };
    if (row.state === "conflict") return this.#resultOf(row, first.explain(entry));
    if (row.state === "deregistered") await this.#removeFormer();
    if (row.state !== "registered" && row.state !== "draining") return this.#resultOf(row);
    if (!entry || !input.publication || !input.situation) return this.#resultOf(row);
    await this.#accompany(input.publication);
    if (input.publication.mode === "workload-entry") await this.#report(first, input.situation);
    await this.#beat(first, input.situation);
    await this.#removeFormer();
    return this.#resultOf(row);
  }

  /** Before the entry's name is known there is nothing to write; what an earlier run left is removed when we stop. */
  async #passWithoutName(input: PassInput): Promise<PassResult> {
    const row = decide(seen(input, "unknown", false));
    if (row.state === "deregistered") await this.#removeFormer();
    return this.#resultOf(row);
  }

  /**
   * Has every object of ours carry the writer's present owner, and nothing else changed.
   *
   * @throws ApiError, Unreachable.
   */
  async rewrite(): Promise<void> {
    const { cluster, writer, heartbeat } = this.#options;
    for (const entry of this.kept) {
      await handOver(cluster, leaseKind, entry, writer);
      await handOver(cluster, kindOf(entry), entry, writer);
      this.counts.add("hand-over", "ok");
    }
    heartbeat.forget();
  }

  /** Ends following. */
  async stop(): Promise<void> {
    this.#running.abort();
    await Promise.all(this.#tasks);
  }

  /** Records an Event about the entry, ours or the one that is in our way. */
  async tell(reason: EventReason, message: string): Promise<void> {
    const about = this.entries[0] ?? this.#keepers[0]?.current;
    const recorder = { ...this.#options, component: "moorline" };
    if (about) await recordEvent(recorder, about, reason, message, this.#serverNow());
  }

  /** Follows the objects of this publication, and no longer those of the one before. */
  #employ({ kind, wishes }: Publication): void {
    const names = [...wishes.keys()];
    const present = this.#keepers.map((keeper) => keeper.name);
    if (this.#keepers[0]?.kind === kind && names.join() === present.join()) return;
    this.#everDeleted = this.everDeleted;
    this.#former.add(this.#present());
    this.#running.abort();
    this.#running = new AbortController();
    this.#entries = new Map();
    this.#options.heartbeat.forget();
    this.#keepers = names.map((name) => {
      const { cluster, clock, namespace, writer: { agentId }, onChange } = this.#options;
      const onWrite = (op: string, error?: unknown) => this.counts.add(op, resultOf(error));
      const keeper = new EntryKeeper({ cluster, clock, kind, namespace, name, agentId, onWrite, onChange });
      keeper.resume(this.#everDeleted);
      const task = keeper.watch.run(this.#running.signal).finally(() => this.#tasks.delete(task));
      this.#tasks.add(task);
      return keeper;
    });
  }

  /** Brings the first object to where the table has nothing left to do. */
  async #settle(input: PassInput, keeper: EntryKeeper, wish: Wish | undefined) {
    let entry = keeper.current;
    let row = await this.#judge(input, keeper, entry, wish);
    for (let round = 0; row.act !== "none" && round < MAX_ROUNDS; round++) {
      if (round === 0) {
        entry = await keeper.look();
        row = await this.#judge(input, keeper, entry, wish);
        if (row.act === "none") break;
      }
      const wait = wish ? keeper.waitBefore(row.act, entry, wish) : 0;
      if (wait > 0) return { row, entry, wait };
      const { state, act } = row;
      entry = act === "remove" ? await this.#removeAll() : wish && await keeper.act(act, entry, wish);
      row = await this.#judge(input, keeper, entry, wish);
      if (entry && state === "registering") await this.#registered(keeper, entry, act);
    }
    if (entry && keeper.claim(entry) === "ours") {
      this.#entries.set(keeper, entry);
      if (wish && !keeper.differs(entry, wish)) keeper.noteAsWanted(entry, wish);
    } else this.#entries.delete(keeper);
    return { row, entry, wait: 0 };
  }

  async #judge(input: PassInput, keeper: EntryKeeper, entry: WrittenObject | undefined, wish: Wish | undefined) {
    if (input.access === "ok" && ["held", "silent"].includes(keeper.claim(entry))) {
      await keeper.watchRival(this.#serverClock());
    }
    const differs = wish !== undefined && keeper.differs(entry, wish);
    return decide(seen(input, keeper.isUnread ? "unknown" : keeper.claim(entry), differs));
  }

  async #registered(keeper: EntryKeeper, entry: WrittenObject, act: string): Promise<void> {
    this.#entries.set(keeper, entry);
    this.#options.heartbeat.forget(); // a new entry has no Lease, or one that belongs to the former
    this.#options.log("info", "the workload is registered", { entry: entry.name, namespace: entry.namespace, act });
    await this.tell("Registered", `registered by moorline agent ${this.#options.writer.agentId} (${act})`);
  }

  async #removeAll(): Promise<undefined> {
    for (const keeper of this.#keepers.toReversed()) await keeper.remove();
    this.#entries.clear();
    this.#options.heartbeat.forget();
  }

  /** Removes what we wrote under former names, once the present one stands. */
  async #removeFormer(): Promise<void> {
    const isPresent = ({ kind, name }: KeptEntry) =>
      this.#keepers.some((keeper) => keeper.name === name && keeper.kind.kind === kind);
    await this.#former.remove(isPresent);
  }

  /** The other objects of the publication follow the first, whatever was there before. */
  async #accompany({ wishes }: Publication): Promise<void> {
    for (const keeper of this.#keepers.slice(1)) {
      const wish = wishes.get(keeper.name);
      const present = keeper.current;
      if (!wish || (present && keeper.claim(present) === "ours" && !keeper.differs(present, wish))) continue;
      const fresh = await keeper.look();
      const act = !fresh ? "create" : keeper.claim(fresh) === "unclaimed" ? "adopt" : "update";
      if (keeper.waitBefore(act, fresh, wish) > 0) continue;
      const entry = await keeper.act(act, fresh, wish);
      if (entry) this.#entries.set(keeper, entry);
    }
  }

  async #report(keeper: EntryKeeper, situation: Situation): Promise<void> {
    const entry = this.#entries.get(keeper);
    const wanted = entry && conditionWish(situation, entry);
    if (entry && wanted) this.#entries.set(keeper, await keeper.report(entry, wanted, situation.serverNow));
  }

  async #beat(keeper: EntryKeeper, situation: Situation): Promise<void> {
    const { heartbeat, log } = this.#options;
    const entry = this.#entries.get(keeper);
    if (!entry || heartbeat.dueIn() > 0) return;
    const { name } = entry;
    try {
      await heartbeat.beat(subjectOf(keeper, entry), situation.writer, this.#serverNow());
      this.counts.add("heartbeat", "ok");
    } catch (error) {
      this.counts.add("heartbeat", resultOf(error));
      // A lost beat is nothing yet: the Lease lasts four. What a person must mend is said at once.
      if (["forbidden", "unauthorized", "invalid", "conflict"].includes(resultOf(error))) throw error;
      if (heartbeat.failures >= LOST_BEATS) throw error;
      log("debug", "a heartbeat was lost", { entry: name, error: String(error) });
    }
  }

  #present(): KeptEntry[] {
    return this.#keepers.flatMap(({ kind }, i) => {
      const entry = this.#entries.get(this.#keepers[i]!);
      if (!entry) return [];
      const { namespace, name, uid } = entry;
      return [{ kind: kind === ownEntryKind ? "WorkloadEntry" : "EndpointSlice", namespace, name, uid }];
    });
  }

  #resultOf(row: Row, reason = ""): PassResult {
    return resultOfPass(row, this.#options.heartbeat.dueIn(), this.everDeleted, reason);
  }

  #serverClock(): number | undefined {
    const { cluster, clock } = this.#options;
    return cluster.clockSkew === undefined ? undefined : clock.now() + cluster.clockSkew;
  }

  #serverNow(): number {
    return this.#serverClock() ?? this.#options.clock.now();
  }
}

function seen(input: PassInput, entry: Seen["entry"], differs: boolean): Seen {
  const { phase, wanted, access, group, place } = input;
  return { phase, wanted, access, group, place, entry, differs };
}

function subjectOf({ kind }: EntryKeeper, { namespace, name, uid, object }: WrittenObject): LeaseSubject {
  return { namespace, name, owner: { apiVersion: object.apiVersion ?? "", kind: kind.kind, name, uid } };
}

function waitReason(keeper: EntryKeeper, wait: number): string {
  const { count, deletions } = keeper.putBacks;
  const what = deletions === count ? "deleted" : deletions > 0 ? "changed or deleted" : "changed";
  return `others have ${what} ${keeper.name} ${count} times; it is put back in ${Math.ceil(wait / 1000)} s`;
}
