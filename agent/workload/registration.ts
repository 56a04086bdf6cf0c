import type { Clock, Log, Random } from "../../registry/mod.ts";
import type { AddressFacts } from "./address.ts";
import type { Cluster } from "./cluster.ts";
import type { Writer } from "./entry.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Reconciler } from "./reconciler.ts";
import { refusalOf } from "./refusal.ts";
import type { MemoryStore } from "./registration_memory.ts";
import { RememberedRegistration } from "./remembered_registration.ts";
import { describeRegistration } from "./registration_report.ts";
import type { RegistrationStatus } from "./registration_status.ts";
import type { RegistrationState, Seen } from "./registration_table.ts";
import { Surroundings } from "./surroundings.ts";
import { Waker } from "./waker.ts";
import { leaseKind, type WorkloadGroup } from "./workload_kinds.ts";
import { withGroupFile, type WorkloadOptions } from "./workload_options.ts";

/** What a registration is made of. */
export interface RegistrationOptions {
  readonly workload: WorkloadOptions;
  readonly cluster: Cluster;
  readonly writer: Writer;
  /** From `workload.groupFile`; absent: the group is read from the API. */
  readonly groupFromFile?: WorkloadGroup;
  /** Looks at this VM's network. */
  readonly lookAtNetwork: () => Promise<AddressFacts>;
  /** Of the boot of this machine (/proc/sys/kernel/random/boot_id); health is not carried over a boot. */
  readonly bootId: string;
  readonly memory: MemoryStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** States in which what is missing around us is the reason. */
const NEEDS_REASON: ReadonlySet<RegistrationState> = new Set([
  "waiting-api",
  "waiting-group",
  "no-group",
  "unauthorized",
  "forbidden",
  "off",
]);

/** How long a stop waits until the entry is marked unhealthy, and then again until it is gone, at most. */
const STOP_LIMIT_MS = 10_000;

/**
 * One workload of this VM in the cluster. `run` follows the group, this VM's address, its health and its own entry, and
 * keeps the entry as the table of states says, until the signal aborts; the entry stays then (a restart). `drain`
 * takes it away.
 */
export class Registration {
  readonly #options: RegistrationOptions;
  readonly #waker: Waker;
  readonly #surroundings: Surroundings | undefined;
  readonly #heartbeat: Heartbeat;
  readonly #reconciler: Reconciler;
  readonly #watchers = new Set<() => void>();
  readonly #remembered: RememberedRegistration;
  #phase: Seen["phase"] = "running";
  #settledPhase: Seen["phase"] | undefined;
  #drainingSince: string | undefined;
  #drained: Promise<boolean> | undefined;
  #held: PromiseWithResolvers<void> | undefined;
  #passing: Promise<number> | undefined;
  #waitUntil = 0;
  #failedPasses = 0;
  #state: RegistrationState;
  #reason: string;
  #since: number;
  #wasRegistered = false;
  #toldVerdict = "";

  /** @throws Error when `workload.probe.override` is no probe. */
  constructor(given: RegistrationOptions) {
    const options = withGroupFile(given);
    const { workload, cluster, clock, random, writer, log } = options;
    const { namespace, heartbeat: interval } = workload;
    const isWanted = workload.group !== "" && workload.publish !== "none";
    this.#options = options;
    this.#since = clock.now();
    this.#state = isWanted ? "waiting-api" : "off";
    this.#reason = isWanted ? "the cluster was not read yet" : offReason(workload);
    this.#waker = new Waker(clock);
    const onChange = () => this.#waker.wake();
    const remembered = new RememberedRegistration({ ...options, agentId: writer.agentId });
    this.#remembered = remembered;
    this.#surroundings = isWanted ? new Surroundings({ ...options, remembered, onChange }) : undefined;
    this.#heartbeat = new Heartbeat({ leases: cluster.resource(leaseKind), clock, random, interval });
    const heartbeat = this.#heartbeat;
    this.#reconciler = new Reconciler({ cluster, clock, log, namespace, writer, heartbeat, onChange });
  }

  /** Registers and stays registered until the signal aborts. Never rejects for what the cluster does. */
  async run(signal: AbortSignal): Promise<void> {
    const surroundings = this.#surroundings;
    if (!surroundings) return;
    const memory = await this.#remembered.load();
    if (memory) this.#reconciler.resume(memory);
    const following = surroundings.run(signal);
    try {
      while (!signal.aborted) {
        await this.#held?.promise;
        const pass = this.#pass(surroundings);
        this.#passing = pass;
        await this.#waker.wait(await pass, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await this.#reconciler.stop();
      await following;
    }
  }

  /**
   * Takes the workload out of the cluster while `run` runs: unhealthy first, then `workload.drain`, then gone.
   *
   * @returns whether the entry is gone; false when the API server did not answer in time (its Lease then expires).
   */
  drain(): Promise<boolean> {
    return this.#drained ??= this.#drain();
  }

  /** Takes labels that have changed while running (`workload.labels` is live). */
  setLabels(labels: WorkloadOptions["labels"]): void {
    this.#surroundings?.setLabels(labels);
    this.#waker.wake();
  }

  /** Keeps everything of this workload from being written until the result is called; a pass that runs ends first. */
  async hold(): Promise<() => void> {
    while (this.#held) await this.#held.promise;
    this.#held = Promise.withResolvers();
    await this.#passing;
    return () => {
      const held = this.#held;
      this.#held = undefined;
      held?.resolve();
      this.#waker.wake();
    };
  }

  /** Writes the writer's present owner into every object of this workload; only while it is held. */
  async rewrite(): Promise<void> {
    await this.#reconciler.rewrite();
  }

  /** What `readyz` waits for; empty once the workload was registered, or when nothing is to be. */
  get pending(): string {
    return this.#wasRegistered || this.#state === "off" ? "" : this.#reason || this.#state;
  }

  /** Called after each pass; gives the function that ends it. */
  onPass(listener: () => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  /** Everything that `status` shows. */
  status(): RegistrationStatus {
    const { workload, writer } = this.#options;
    return describeRegistration({
      ...{ workload, writer, state: this.#state, reason: this.#reason, since: this.#since },
      ...{ surroundings: this.#surroundings, reconciler: this.#reconciler, heartbeat: this.#heartbeat },
    });
  }

  async #drain(): Promise<boolean> {
    if (!this.#surroundings) return true;
    const { clock, workload } = this.#options;
    this.#drainingSince = new Date(this.#serverNow()).toISOString();
    this.#enterPhase("draining");
    if (this.#reconciler.entries.length > 0) {
      await this.#until(() => this.#settledPhase === "draining");
      await clock.sleep(workload.drain);
    }
    this.#enterPhase("stopping");
    return await this.#until(() => this.#isOut());
  }

  /** Whether nothing of ours is left; known without the API server when nothing was ever written. */
  #isOut(): boolean {
    if (this.#reconciler.isUntouched) return true;
    return this.#settledPhase === "stopping" && this.#state === "deregistered";
  }

  #enterPhase(phase: Seen["phase"]): void {
    this.#phase = phase;
    this.#waitUntil = 0;
    this.#waker.wake();
  }

  /** Waits for what a pass brings about. */
  async #until(holds: () => boolean): Promise<boolean> {
    const limit = new AbortController();
    const met = new Promise<void>((resolve) => {
      const end = this.onPass(() => holds() && resolve());
      limit.signal.addEventListener("abort", () => end());
    });
    const sleep = this.#options.clock.sleep(STOP_LIMIT_MS, limit.signal);
    await Promise.race([met, sleep]);
    limit.abort();
    await sleep.catch(() => {}); // it was met before the limit
    return holds();
  }

  /** One look and what follows from it. @returns milliseconds until the next. */
  async #pass(surroundings: Surroundings): Promise<number> {
    const { clock, random } = this.#options;
    const waiting = this.#waitUntil - clock.monotonic();
    if (waiting > 0) return waiting;
    const phase = this.#phase;
    try {
      const stopping = { phase, drainingSince: this.#drainingSince };
      const input = await surroundings.look(stopping, this.#reconciler.everDeleted, this.#serverNow());
      const { blocked } = this.#reconciler;
      const access = blocked?.access ?? input.access;
      const { state, reason: why, next } = await this.#reconciler.pass({ ...input, access });
      const reason = why || (blocked && access === state ? blocked.reason : "");
      this.#failedPasses = 0;
      this.#settledPhase = phase;
      await this.#enter(state, reason || (NEEDS_REASON.has(state) ? surroundings.reason : ""));
      await this.#remembered.save(this.#reconciler, surroundings.keptHealth);
      return next;
    } catch (error) {
      const { access, reason, wait } = refusalOf(error, this.#failedPasses++, random);
      this.#waitUntil = clock.monotonic() + wait;
      this.#heartbeat.hurry();
      await this.#enter(this.#stateAfter(access), reason);
      return wait;
    } finally {
      for (const watcher of this.#watchers) watcher();
    }
  }

  /** A failed pass shows what keeps us from writing; a conflict of writes alone changes nothing about what stands. */
  #stateAfter(access: Seen["access"]): RegistrationState {
    if (access === "unreachable") return "waiting-api";
    if (access !== "ok") return access;
    return this.#reconciler.entries.length > 0 ? this.#state : "registering";
  }

  async #enter(state: RegistrationState, reason: string): Promise<void> {
    const { clock, log, workload } = this.#options;
    const before = this.#state;
    this.#reason = reason;
    if (state === "registered") this.#wasRegistered = true;
    if (state !== before) {
      this.#state = state;
      this.#since = clock.now();
      const level = reason && state !== "off" ? "warn" : "info";
      log(level, "the registration's state has changed", { group: workload.group, state, before, reason });
      if (state === "conflict") await this.#reconciler.tell("Conflict", reason);
    }
    await this.#tellVerdict();
  }

  /** An Event when the workload has become unhealthy while it was registered. */
  async #tellVerdict(): Promise<void> {
    const { verdict = "", message = "", isProbed = false } = this.#surroundings?.health ?? {};
    if (verdict === this.#toldVerdict || this.#state !== "registered" || !isProbed) return;
    this.#toldVerdict = verdict;
    const { log, workload } = this.#options;
    log(verdict === "unhealthy" ? "warn" : "info", "the workload's health has changed", {
      ...{ group: workload.group, verdict, message },
    });
    if (verdict === "unhealthy") await this.#reconciler.tell("Unhealthy", message);
  }

  #serverNow(): number {
    const { clock, cluster } = this.#options;
    return clock.now() + (cluster.clockSkew ?? 0);
  }
}

function offReason({ group }: WorkloadOptions): string {
  return group === "" ? "workload.group is empty: DNS only" : "workload.publish is none: nothing is registered";
}
