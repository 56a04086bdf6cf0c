import type { Clock } from "../../registry/mod.ts";
import { type Health, type ProbeResult, step, UNPROBED } from "./health.ts";
import { probePlan, proberFor, type ProbeRules, runProbe } from "./probe/mod.ts";
import type { ProbeSpec } from "./probe_spec.ts";

/** What is kept of health between two runs of the agent on one boot of the machine. */
export interface KeptHealth {
  readonly verdict: "healthy" | "unhealthy";
  readonly message: string;
  /** The probe that found it; another probe's word counts for nothing. */
  readonly probe: string;
}

/** What a watch over one workload's health needs. */
export interface HealthWatchOptions {
  readonly clock: Clock;
  /** From the last run, if it was on this boot of the machine; asked when probing begins. */
  readonly kept: () => KeptHealth | undefined;
  /** Called when the verdict changed. */
  readonly onVerdict: () => void;
}

/**
 * Probes one workload and knows its health. The probe can change while it runs (the group was edited): what is known
 * stays, and the counters begin anew.
 */
export class HealthWatch {
  readonly #options: HealthWatchOptions;
  #spec: ProbeSpec | undefined;
  #key = "";
  #running: AbortController | undefined;
  #tasks = new Set<Promise<void>>();
  #health: Health = UNPROBED;
  #results = { ok: 0, failed: 0 };

  constructor(options: HealthWatchOptions) {
    this.#options = options;
  }

  /** Whether there is anything to probe. Without a probe a workload counts as healthy, as in Istio. */
  get isProbed(): boolean {
    return this.#spec !== undefined;
  }

  get health(): Health {
    return this.#health;
  }

  /** Probes so far by result. */
  get results(): Readonly<{ ok: number; failed: number }> {
    return this.#results;
  }

  /** For the next run; undefined while nothing is known. */
  get kept(): KeptHealth | undefined {
    const { verdict, message } = this.#health;
    return verdict === "unknown" || !this.#spec ? undefined : { verdict, message, probe: JSON.stringify(this.#spec) };
  }

  /** Probes by this specification from now on; the same one again changes nothing. */
  use(spec: ProbeSpec | undefined, rules: ProbeRules): void {
    const key = JSON.stringify([spec ?? null, rules, [...rules.local]]);
    if (key === this.#key) return;
    const first = this.#key === "";
    this.#key = key;
    this.#running?.abort();
    this.#spec = spec;
    if (!spec) {
      this.#health = UNPROBED;
      return;
    }
    const kept = this.#options.kept();
    const resumed = first && kept?.probe === JSON.stringify(spec);
    if (resumed) this.#health = { ...UNPROBED, verdict: kept.verdict, message: kept.message, since: this.#now() };
    else this.#health = { ...this.#health, successes: 0, failures: 0 };
    this.#start(spec, rules, resumed || !first);
  }

  /** Ends probing; resolves when the last probe has ended. */
  async stop(): Promise<void> {
    this.#running?.abort();
    this.#key = "";
    await Promise.all(this.#tasks);
  }

  #start(spec: ProbeSpec, rules: ProbeRules, resumed: boolean): void {
    const { clock } = this.#options;
    const running = this.#running = new AbortController();
    const plan = probePlan(spec);
    const onResult = (result: ProbeResult) => this.#take(result, plan);
    const loop = { plan, prober: proberFor(spec, rules, clock), clock, onResult, resumed };
    const task = runProbe(loop, running.signal).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  #take(result: ProbeResult, plan: ReturnType<typeof probePlan>): void {
    this.#results[result.ok ? "ok" : "failed"]++;
    const before = this.#health;
    this.#health = step(before, result, plan, this.#now());
    if (this.#health.verdict !== before.verdict) this.#options.onVerdict();
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }
}
