import type { Clock } from "../../../registry/mod.ts";
import type { ProbeResult } from "../health.ts";

/** Probes once. Never throws: a failure of any kind is a result. */
export type Prober = (signal: AbortSignal) => Promise<ProbeResult>;

/** The result of a probe that went well. */
export const PASSED: ProbeResult = { ok: true, message: "" };

/** @returns the result of a probe that did not. */
export function failed(message: string): ProbeResult {
  return { ok: false, message };
}

/** Runs `attempt` with a limit in time; its errors become results. */
export function limited(
  clock: Clock,
  timeout: number,
  attempt: (signal: AbortSignal) => Promise<ProbeResult>,
): Prober {
  return async (signal) => {
    const limit = new AbortController();
    const both = AbortSignal.any([signal, limit.signal]);
    let timedOut = false;
    const timer = clock.sleep(timeout, both).then(() => {
      timedOut = true;
      limit.abort(new Error(`timed out after ${timeout / 1000} s`));
    }, () => {}); // the attempt ended first
    try {
      return await attempt(both);
    } catch (error) {
      return failed(timedOut ? `timed out after ${timeout / 1000} s` : messageOf(error));
    } finally {
      limit.abort();
      await timer;
    }
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
