import type { Random } from "./clock.ts";

/** The first wait: long enough for a server that restarts its listener, short enough not to be noticed. */
const BASE_MS = 500;
/** The longest wait; reached by the seventh failure (500 ms * 2^6 = 32 s). 5,000 agents then ask 220 times a second. */
export const BACKOFF_CAP_MS = 30_000;
/** What a server may ask for by Retry-After at most: a lying one must not silence an agent for a day. */
export const RETRY_AFTER_CAP_MS = 300_000;

/**
 * How long to wait before trying again.
 *
 * @param attempt failures in a row before this wait, 0 for the first.
 * @param random spreads the wait over its upper half, so that agents that failed together do not return together.
 * @param retryAfter milliseconds the server asked for; the wait is never shorter, and up to a tenth longer.
 */
export function backoff(attempt: number, random: Random, retryAfter = 0): number {
  const ceiling = Math.min(BACKOFF_CAP_MS, BASE_MS * 2 ** Math.min(attempt, 10));
  const own = ceiling / 2 + random() * ceiling / 2;
  const asked = Math.min(retryAfter, RETRY_AFTER_CAP_MS);
  return asked > own ? asked * (1 + random() / 10) : own;
}
