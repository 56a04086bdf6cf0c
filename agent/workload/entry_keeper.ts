import type { Clock, Kind } from "../../registry/mod.ts";
import { holderOf } from "./claim.ts";
import { type Cluster, type Objects, type ObjectWatch, orAbsent } from "./cluster.ts";
import { conditionsFor, type WantedCondition } from "./condition.ts";
import { differences } from "./entry_diff.ts";
import { adoptEntry, createEntry, isAsWanted, updateEntry } from "./entry_writes.ts";
import { isSilent, type LeaseWatch, watchLease } from "./lease.ts";
import { CONNECTED_AT, FIELD_MANAGER, type Manifest } from "./manifest.ts";
import { removeEntry } from "./remove_entry.ts";
import { isVanishing, NO_PUT_BACKS, putBack, type PutBacks, waitBeforePutBack } from "./put_back.ts";
import type { Act, Claim } from "./registration_table.ts";
import { type Lease, leaseKind, type WrittenObject } from "./workload_kinds.ts";

/** What the keeper of one entry needs. */
export interface EntryKeeperOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly kind: Kind<WrittenObject>;
  readonly namespace: string;
  readonly name: string;
  readonly agentId: string;
  /** Told of each write: what it was, and how it ended (`ok` or the error's word). */
  readonly onWrite: (op: string, error?: unknown) => void;
  readonly onChange: () => void;
}

/** The wanted entry for the entry as it is; it may keep what is still fresh there (connectedAt). */
export type Wish = (present: WrittenObject | undefined) => Manifest;

/**
 * Keeps one object of one name as it is wanted: knows whose it is, writes it, notices who else does, and yields with
 * back-off where others insist. What to do when is decided by the table; this does it.
 */
export class EntryKeeper {
  readonly #options: EntryKeeperOptions;
  readonly #objects: Objects<WrittenObject>;
  readonly #leases: Objects<Lease>;
  readonly #watch: ObjectWatch<WrittenObject>;
  /** What a read or write of ours showed, and what the watch showed then: it counts until the watch has moved on. */
  #latest: { readonly entry: WrittenObject | undefined; readonly watched: string } | undefined;
  #rival: LeaseWatch | undefined;
  #isRivalSilent = false;
  #putBacks: PutBacks = NO_PUT_BACKS;
  /** The entry that was last seen to be ours, and for which wish it was last written. */
  #held: { readonly uid: string; readonly written: string; readonly connectedAt: string | undefined } | undefined;

  constructor(options: EntryKeeperOptions) {
    const { cluster, kind, namespace, name, onChange } = options;
    this.#options = options;
    this.#objects = cluster.resource(kind);
    this.#leases = cluster.resource(leaseKind);
    this.#watch = cluster.watch(kind, namespace, name, onChange);
  }

  get name(): string {
    return this.#options.name;
  }

  get kind(): Kind<WrittenObject> {
    return this.#options.kind;
  }

  get putBacks(): PutBacks {
    return this.#putBacks;
  }

  get watch(): ObjectWatch<WrittenObject> {
    return this.#watch;
  }

  /** The entry as last seen, by the watch or by what we did ourselves, whichever is newer. */
  get current(): WrittenObject | undefined {
    const { current, revision } = this.#watch;
    return this.#latest?.watched === revision ? this.#latest.entry : current;
  }

  /** Whether nothing at all is known of the entry yet. */
  get isUnread(): boolean {
    return this.#latest === undefined && this.#watch.current === undefined && this.#watch.state.state === "syncing";
  }

  /** A restart goes on with the refresh that was found necessary. */
  resume(everDeleted: number): void {
    this.#putBacks = { ...NO_PUT_BACKS, everDeleted };
  }

  /** Reads the entry anew, and another agent's Lease where it is that agent's. */
  async look(): Promise<WrittenObject | undefined> {
    const { namespace, name } = this.#options;
    return this.#note(await orAbsent(this.#objects.get(namespace, name)));
  }

  /** Looks once more whether the agent that holds the entry lives. */
  async watchRival(serverNow: number | undefined): Promise<void> {
    const { namespace, name, clock } = this.#options;
    const lease = await orAbsent(this.#leases.get(namespace, name));
    this.#rival = watchLease(this.#rival, lease, clock.monotonic());
    this.#isRivalSilent = isSilent(this.#rival, lease, clock.monotonic(), serverNow);
  }

  /** Why this agent does not write an entry that it may not have; for `status`. */
  explain(entry: WrittenObject | undefined): string {
    const { agentId, name } = this.#options;
    const holder = holderOf(entry, agentId);
    if (holder.by !== "agent") {
      return `others have deleted ${name} ${this.#putBacks.deletions} times; it is left alone for an hour: ` +
        "look who deletes it (istiod does when its --keepaliveMaxServerConnectionAge is very short)";
    }
    return holder.isStatic
      ? `${name} is a static entry of agent ${holder.agentId}: deregister it there, or delete it`
      : `${name} is held by agent ${holder.agentId}, whose Lease is fresh: two VMs with one address, or one VM twice`;
  }

  /** Whose the entry is. */
  claim(entry: WrittenObject | undefined): Claim {
    const { agentId, clock } = this.#options;
    const holder = holderOf(entry, agentId);
    if (holder.by !== "agent") {
      this.#rival = undefined;
      this.#isRivalSilent = false;
    }
    if (holder.by === "us") return "ours";
    if (holder.by === "stranger") return "unclaimed";
    if (holder.by === "agent") return this.#isRivalSilent && !holder.isStatic ? "silent" : "held";
    return isVanishing(this.#putBacks, clock.monotonic()) ? "vanishing" : "absent";
  }

  /** @returns whether the entry is not as wanted. */
  differs(entry: WrittenObject | undefined, wish: Wish): boolean {
    return entry !== undefined && !isAsWanted(entry.object, wish(entry));
  }

  /** Milliseconds to wait before this act may be done; 0 for at once. More than 0 only where others undid it. */
  waitBefore(act: Act, entry: WrittenObject | undefined, wish: Wish): number {
    if (!this.#isPutBack(act, entry, wish)) return 0;
    return waitBeforePutBack(this.#putBacks, this.#options.clock.monotonic());
  }

  /**
   * Does one act of the table to the entry as it was just read.
   *
   * @returns the entry as it is then; undefined when it was removed.
   * @throws ApiError, Unreachable.
   */
  async act(act: Act, entry: WrittenObject | undefined, wish: Wish): Promise<WrittenObject | undefined> {
    const isPutBack = this.#isPutBack(act, entry, wish);
    const result = await this.#do(act, entry, wish);
    if (isPutBack) {
      this.#putBacks = putBack(this.#putBacks, entry === undefined, this.#options.clock.monotonic());
    }
    return result;
  }

  /** Writes the Healthy condition where it does not say what is wanted. */
  async report(entry: WrittenObject, wanted: WantedCondition, serverNow: number): Promise<WrittenObject> {
    const conditions = conditionsFor(entry.object, wanted, serverNow);
    if (!conditions) return entry;
    const { namespace, name, resourceVersion } = entry;
    const options = { resourceVersion, fieldManager: FIELD_MANAGER };
    const write = () => this.#objects.mergeStatus(namespace, name, { conditions }, options);
    return this.#note(await this.#write("status", write));
  }

  /** Removes the entry with its Lease. */
  async remove(): Promise<undefined> {
    const { cluster, kind, namespace, name, agentId } = this.#options;
    await this.#write("delete", () => removeEntry(cluster, kind, namespace, name, agentId));
    this.#held = undefined;
    return this.#note(undefined);
  }

  /** Notes an entry that is as wanted without having been written now. */
  noteAsWanted(entry: WrittenObject, wish: Wish): void {
    if (this.#held?.uid !== entry.uid || this.#held.written !== stable(wish(undefined))) this.#keep(entry, wish);
  }

  async #do(act: Act, entry: WrittenObject | undefined, wish: Wish): Promise<WrittenObject | undefined> {
    switch (act) {
      case "none":
        return entry;
      case "create":
        return this.#keep(await this.#write("create", () => createEntry(this.#objects, wish(undefined))), wish);
      case "remove":
        return await this.remove();
    }
    if (!entry) return undefined;
    const wanted = wish(act === "adopt" ? undefined : entry);
    const write = act === "adopt" ? adoptEntry : updateEntry;
    return this.#keep(await this.#write(act, () => write(this.#objects, entry, wanted)), wish);
  }

  #keep(entry: WrittenObject, wish: Wish): WrittenObject {
    this.#held = {
      uid: entry.uid,
      written: stable(wish(undefined)),
      connectedAt: entry.object.metadata.annotations?.[CONNECTED_AT],
    };
    return this.#note(entry);
  }

  #note<E extends WrittenObject | undefined>(entry: E): E {
    this.#latest = { entry, watched: this.#watch.revision };
    return entry;
  }

  /** Whether others undid what we wrote: deleted it, or changed it while our wish was the same. */
  #isPutBack(act: Act, entry: WrittenObject | undefined, wish: Wish): boolean {
    const held = this.#held;
    if (!held) return false;
    if (act === "create") return true;
    if (act !== "update" || !entry || entry.uid !== held.uid || stable(wish(undefined)) !== held.written) return false;
    const present = entry.object.metadata.annotations?.[CONNECTED_AT];
    const paths = differences(entry.object, wish(entry));
    const isRefresh = paths.length === 1 && paths[0]?.endsWith(CONNECTED_AT) && present === held.connectedAt;
    return !isRefresh;
  }

  async #write<T>(op: string, write: () => Promise<T>): Promise<T> {
    try {
      const result = await write();
      this.#options.onWrite(op);
      return result;
    } catch (error) {
      this.#options.onWrite(op, error);
      throw error;
    }
  }
}

/** A wish without what is refreshed by time, to tell whether it is the same wish. */
function stable(wanted: Manifest): string {
  const { [CONNECTED_AT]: _, ...annotations } = wanted.metadata.annotations ?? {};
  return JSON.stringify({ ...wanted, metadata: { ...wanted.metadata, annotations } });
}
