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

/** Runs `attempt` with a limit in time; its errors become results. A time-out is one even if the attempt does not end. */
export function limited(
  clock: Clock,
  timeout: number,
  attempt: (signal: AbortSignal) => Promise<ProbeResult>,
): Prober {
  return async (signal) => {
    const end = new AbortController();
    const stop = () => end.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    const tooLong = failed(`timed out after ${timeout / 1000} s`);
    try {
      return await Promise.race([
        attempt(end.signal).catch((error) => failed(messageOf(error))),
        clock.sleep(timeout, end.signal).then(() => tooLong, () => tooLong), // ended by us: the attempt has won
      ]);
    } finally {
      signal.removeEventListener("abort", stop);
      end.abort(new Error(tooLong.message));
    }
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
