import type { Clock } from "../../registry/mod.ts";
import type { ClusterView } from "./cluster_view.ts";
import type { AnswerMode } from "./mesh_rules.ts";

/**
 * Tries to open a connection.
 *
 * @returns whether one was opened; `refused` where somebody answered that there is none, who need not be the cluster.
 */
export type Probe = (address: string, port: number, signal: AbortSignal) => Promise<boolean | "refused">;

/** What `answers: auto` stands for, and why. */
export interface Measured {
  readonly mode: AnswerMode;
  /** Whether anything was measured: `unknown` where the Service may not be read. */
  readonly result: "unknown" | "reachable" | "unreachable";
  readonly reason: string;
  /** Wall-clock milliseconds; 0 before the first measurement. */
  readonly at: number;
}

/** The Service that every cluster has, and whose ClusterIP stands for all of them. */
const SAMPLE = "default/kubernetes";
/** How often it is measured: routes to a cluster change rarely, and a probe is one TCP handshake. */
export const MEASURE_EVERY_MS = 300_000;
/** While the Service has not been read, or nobody wants to know. */
const LOOK_AGAIN_MS = 1_000;
/** A wrong "no" changes every address in the table: it takes this many probes, this far apart. */
const ATTEMPTS = 3;
const ATTEMPT_EVERY_MS = 2_000;
/** A SYN is repeated after one second; two have had their chance. */
const PROBE_TIMEOUT_MS = 2_500;

export interface AnswerMeasureOptions {
  readonly view: ClusterView;
  readonly probe: Probe;
  /** Whether anybody wants to know now. */
  readonly wanted: () => boolean;
  readonly clock: Clock;
  /** What an earlier run found; until the first measurement it holds. */
  readonly resume?: Measured;
  readonly onMeasured: (measured: Measured) => void;
}

/** Measures whether ClusterIPs of one cluster can be reached from this VM: now, and every five minutes. */
export class AnswerMeasure {
  readonly #options: AnswerMeasureOptions;
  #last: Measured;

  constructor(options: AnswerMeasureOptions) {
    this.#options = options;
    this.#last = options.resume ?? { mode: "cluster-ip", result: "unknown", reason: "not measured so far", at: 0 };
  }

  get last(): Measured {
    return this.#last;
  }

  /** Measures until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, view, wanted } = this.#options;
    while (!signal.aborted) {
      const measurable = wanted() && view.knowledge.knows("services", "default") !== "pending";
      if (measurable) await this.#measure(signal);
      await clock.sleep(measurable ? MEASURE_EVERY_MS : LOOK_AGAIN_MS, signal).catch(() => {/* stopped */});
    }
  }

  async #measure(signal: AbortSignal): Promise<void> {
    const service = this.#options.view.stores.services.get(SAMPLE);
    const [port] = service?.ports ?? [];
    if (service === undefined || port === undefined) {
      return this.#note("cluster-ip", "unknown", `Service ${SAMPLE} may not be read or has no port`);
    }
    let refused = false;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      for (const address of service.clusterIPs) {
        const reached = await this.#reaches(address, port.port, signal);
        if (reached === true) {
          return this.#note("cluster-ip", "reachable", `${address}:${port.port} of ${SAMPLE} answers`);
        }
        refused ||= reached === "refused";
      }
      if (attempt < ATTEMPTS) await this.#options.clock.sleep(ATTEMPT_EVERY_MS, signal).catch(() => {/* stopped */});
      if (signal.aborted) return;
    }
    const addresses = `${service.clusterIPs.join(", ")} of ${SAMPLE}`;
    // A cluster without any API server refuses, as a firewall before it does: no reason to give up what has worked.
    if (refused && this.#last.result === "reachable") {
      return this.#note("cluster-ip", "reachable", `${addresses} answered earlier, and refuses connections now`);
    }
    this.#note(
      "endpoints",
      "unreachable",
      `${addresses} ${refused ? "refuses connections" : "does not answer"} from here`,
    );
  }

  async #reaches(address: string, port: number, signal: AbortSignal): Promise<boolean | "refused"> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const late = this.#options.clock.sleep(PROBE_TIMEOUT_MS, either).then(() => false, () => false);
    try {
      return await Promise.race([this.#options.probe(address, port, either), late]);
    } catch {
      return false; // a probe that cannot be made is one without an answer
    } finally {
      over.abort();
    }
  }

  #note(mode: AnswerMode, result: Measured["result"], reason: string): void {
    this.#last = { mode, result, reason, at: this.#options.clock.now() };
    this.#options.onMeasured(this.#last);
  }
}
