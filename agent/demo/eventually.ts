/**
 * A step that has not come true then never will: after an outage, a real API server sends watches back to lists, which
 * are spread over a minute, and one backoff of 30 s may come before.
 */
const LIMIT_MS = 100_000;
const LOOK_EVERY_MS = 5;

/**
 * Waits until something holds, looking often.
 *
 * @param holds a failure counts as not yet; the last one is told when time is up.
 * @returns milliseconds that it took.
 * @throws Error when it did not come true in time.
 */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<number> {
  const started = performance.now();
  let last: unknown = "it stayed false";
  while (performance.now() - started < LIMIT_MS) {
    try {
      if (await holds()) return performance.now() - started;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`not within ${LIMIT_MS / 1000} s: ${what} (${last instanceof Error ? last.message : last})`);
}
