import type { Clock, Kind, Log, StoreReader } from "../../../registry/mod.ts";
import { AmbientCheck } from "../ambient.ts";
import type { Cluster } from "../cluster.ts";
import { type EventReason, recordEvent } from "../events.ts";
import { durationOf } from "../lease.ts";
import { resultOf } from "../refusal.ts";
import { WriteCounts } from "../registration_status.ts";
import { type Lease, ownEntryKind, ownSliceKind, type WrittenObject } from "../workload_kinds.ts";
import { type Census, isPartition, type Judgement, type Observation, type Patience, takeCensus } from "./census.ts";
import { LeaderElection, RENEW_MS } from "./leader_election.ts";
import { markSilent, removeDead } from "./silence.ts";
import { WriteBudget } from "./write_budget.ts";

/** Four of the longest `workload.heartbeat`, 5 minutes: a Lease that says more is nobody's to wait for. */
const LONGEST_LEASE_MS = 1_200_000;

/** `collect`'s flags. */
export interface CollectorSettings extends Patience {
  /** More than this share of the fleet silent at once is a partition. */
  readonly maxShare: number;
  /** Says what it would do, and does nothing. */
  readonly dryRun: boolean;
}

/** What a collector is made of. The stores are followed by the caller. */
export interface CollectorOptions {
  readonly settings: CollectorSettings;
  readonly cluster: Cluster;
  readonly entries: StoreReader<WrittenObject>;
  readonly slices: StoreReader<WrittenObject>;
  readonly leases: StoreReader<Lease>;
  /** Where the leader's Lease is. */
  readonly namespace: string;
  readonly identity: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** What status and metrics show. */
export interface CollectorStatus {
  readonly leads: boolean;
  readonly partition: boolean;
  readonly entries: readonly { readonly vitality: Judgement["vitality"]; readonly count: number }[];
  readonly writes: readonly { readonly op: string; readonly result: string; readonly count: number }[];
}

const LEADER_LEASE = "moorline-collector";

/**
 * Removes registrations of dead VMs. Watches heartbeats change, standby or not; the leader marks the silent and removes
 * the dead, a few a second, and nothing at all when too many are silent at once.
 */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #election: LeaderElection;
  readonly #ambient: AmbientCheck;
  readonly #budget: WriteBudget;
  readonly #counts = new WriteCounts();
  readonly #observations = new Map<string, Observation>();
  readonly #dryTold = new Set<string>();
  #observed = 0;
  #lookedAt: number;
  #census: Census = { judged: [], watched: 0, late: 0 };
  #partition = false;
  #told = "";

  constructor(options: CollectorOptions) {
    const { cluster, clock, namespace, identity } = options;
    this.#options = options;
    this.#election = new LeaderElection({ cluster, clock, namespace, name: LEADER_LEASE, identity });
    this.#ambient = new AmbientCheck(cluster, clock);
    this.#budget = new WriteBudget(clock.monotonic());
    this.#lookedAt = clock.monotonic();
  }

  /** Collects until the signal aborts; gives leadership up then. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await this.#campaign();
      this.observe();
      if (this.#election.leads) await this.act(() => this.#election.leads);
      await clock.sleep(RENEW_MS, signal).catch(() => {}); // aborted: the loop ends
    }
    await this.#quietly("resign", () => this.#election.resign());
  }

  /** `--once`: watches as long as it takes to tell silence from a pause between two beats, acts once, and ends. */
  async once(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const start = clock.monotonic();
    while (clock.monotonic() < start + this.#watchingTime() + RENEW_MS) {
      await clock.sleep(RENEW_MS, signal);
      this.observe();
    }
    await this.act(() => !signal.aborted);
  }

  /** Nobody is silent before their own Lease has run out. */
  #watchingTime(): number {
    const { leases, settings } = this.#options;
    const longest = Math.max(0, ...[...leases.list()].map(durationOf));
    return Math.max(settings.unhealthyAfter, Math.min(longest, LONGEST_LEASE_MS));
  }

  status(): CollectorStatus {
    const vitalities = ["living", "silent", "dead", "static", "unwatched"] as const;
    const entries = vitalities.map((vitality) => ({
      vitality,
      count: this.#census.judged.filter((judgement) => judgement.vitality === vitality).length,
    }));
    return { leads: this.#election.leads, partition: this.#partition, entries, writes: this.#counts.list() };
  }

  /**
   * Looks at every heartbeat once. Time in which the API server could not be read does not count as anyone's silence.
   */
  observe(): void {
    const { clock, leases, entries, slices, settings } = this.#options;
    const now = clock.monotonic();
    if (leases.state.state !== "synced") {
      this.#lookedAt = now;
      return;
    }
    this.#observed += now - this.#lookedAt;
    this.#lookedAt = now;
    const present = new Set<string>();
    for (const lease of leases.list()) {
      present.add(lease.uid);
      if (this.#observations.get(lease.uid)?.renewTime === lease.renewTime) continue;
      this.#observations.set(lease.uid, { renewTime: lease.renewTime, since: this.#observed });
    }
    for (const uid of this.#observations.keys()) if (!present.has(uid)) this.#observations.delete(uid);
    const all = [...entries.list(), ...slices.list()];
    const leaseOf = ({ namespace, name }: WrittenObject) => leases.get(`${namespace}/${name}`);
    this.#census = takeCensus(all, leaseOf, this.#observations, settings, this.#observed, this.#serverNow());
    this.#partition = isPartition(this.#census, settings.maxShare);
  }

  /** Does what the last look asks for, as long as `mayGoOn`. */
  async act(mayGoOn: () => boolean): Promise<void> {
    const due = this.#census.judged.filter(({ vitality }) => vitality === "silent" || vitality === "dead");
    if (this.#partition) return await this.#tellPartition();
    this.#told = "";
    for (const judgement of due) {
      if (!mayGoOn()) return;
      if (!await this.#handle(judgement)) return;
    }
  }

  /** @returns false when the budget is used up: the rest comes next time. */
  async #handle({ entry, lease, vitality }: Judgement): Promise<boolean> {
    const { cluster, clock, log, settings: { dryRun } } = this.#options;
    if (!lease) return true;
    const kind = kindOf(entry);
    const fields = { kind: kind.kind, namespace: entry.namespace, name: entry.name, lastBeat: lease.renewTime };
    const say = vitality === "dead" ? "a dead VM's registration is removed" : "a silent VM is marked unhealthy";
    if (dryRun) {
      const told = `${entry.uid} ${vitality}`;
      if (!this.#dryTold.has(told)) log("info", `dry run: ${say}`, fields);
      this.#dryTold.add(told);
      return true;
    }
    if (!this.#budget.take(clock.monotonic())) return false;
    const act = vitality === "dead" ? "delete" : "mark";
    await this.#quietly(act, async () => {
      const done = vitality === "dead"
        ? await removeDead(cluster, kind, entry, lease)
        : await markSilent(cluster, kind, entry, lease, await this.#ambient.decide("auto"), this.#serverNow());
      if (!done) return;
      log("info", say, fields);
      if (vitality === "dead") await this.#tell(entry, "Collected", `removed: no heartbeat since ${lease.renewTime}`);
    });
    return true;
  }

  async #tellPartition(): Promise<void> {
    const { log, leases, namespace, settings: { maxShare } } = this.#options;
    const { late, watched } = this.#census;
    const told = `${late} of ${watched} VMs miss heartbeats at once, more than --max-share ${maxShare}`;
    if (told === this.#told) return;
    this.#told = told;
    const hint = watched <= 3 ? "; a fleet of three or less needs a larger --max-share" : "";
    log("warn", "too many VMs miss heartbeats at once: nothing is marked or removed", {
      late,
      watched,
      maxShare,
      hint,
    });
    const about = leases.get(`${namespace}/${LEADER_LEASE}`);
    if (about) await this.#tell(about, "Partition", `${told}: nothing is marked or removed${hint}`);
  }

  async #tell(about: WrittenObject, reason: EventReason, message: string): Promise<void> {
    const recorder = { ...this.#options, component: "moorline-collector" };
    await recordEvent(recorder, about, reason, message, this.#serverNow());
  }

  async #campaign(): Promise<void> {
    const before = this.#election.leads;
    await this.#quietly("campaign", () => this.#election.campaign());
    if (this.#election.leads !== before) {
      this.#options.log("info", before ? "another collector leads" : "this collector leads", {
        identity: this.#options.identity,
      });
    }
  }

  /** Counts an act, and goes on after one that failed: the next look will ask for it again. */
  async #quietly(op: string, act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
      this.#counts.add(op, "ok");
    } catch (error) {
      this.#counts.add(op, resultOf(error));
      this.#options.log("warn", "the collector could not do something", { op, error: String(error) });
    }
  }

  #serverNow(): number {
    const { clock, cluster } = this.#options;
    return clock.now() + (cluster.clockSkew ?? 0);
  }
}

function kindOf({ object }: WrittenObject): Kind<WrittenObject> {
  return object.kind === ownSliceKind.kind ? ownSliceKind : ownEntryKind;
}
