import type { Clock } from "../../../registry/mod.ts";
import type { ProbeResult } from "../health.ts";
import type { ProbePlan } from "./probe_plan.ts";
import type { Prober } from "./prober.ts";

/** What a loop of probes needs. */
export interface ProbeLoop {
  readonly plan: ProbePlan;
  readonly prober: Prober;
  readonly clock: Clock;
  readonly onResult: (result: ProbeResult) => void;
  /** After a restart of the agent the application has long started: no initial delay. */
  readonly resumed: boolean;
}

/**
 * Probes until the signal aborts: first after the initial delay, then once a period, one at a time. A probe that takes
 * longer than the period is followed by the next at once. Rejects with nothing; an aborted probe gives no result.
 */
export async function runProbe(loop: ProbeLoop, signal: AbortSignal): Promise<void> {
  const { plan, clock } = loop;
  try {
    await clock.sleep(loop.resumed ? 0 : plan.initialDelay, signal);
    for (;;) {
      const started = clock.monotonic();
      const result = await loop.prober(signal);
      if (signal.aborted) return;
      loop.onResult(result);
      await clock.sleep(Math.max(0, started + plan.period - clock.monotonic()), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
