/** Work that may take only so long. */
import type { Clock } from "./time.ts";

/** What a limited piece of work ends with when its time is up. */
export class TimeLimitExceeded extends Error {
  override readonly name = "TimeLimitExceeded";
  constructor(milliseconds: number) {
    super(`no reply within ${Math.round(milliseconds)} ms`);
  }
}

/** Runs `work` with a signal that aborts with `TimeLimitExceeded` after `milliseconds`, or as `signal` does. */
export async function withTimeLimit<T>(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const limit = new AbortController();
  const timer = new AbortController();
  const passOn = () => limit.abort(signal.reason);
  signal.addEventListener("abort", passOn);
  clock.sleep(milliseconds, timer.signal).then(
    () => limit.abort(new TimeLimitExceeded(milliseconds)),
    () => undefined, // the work was done first
  );
  try {
    return await work(limit.signal);
  } finally {
    signal.removeEventListener("abort", passOn);
    timer.abort();
  }
}
