/** What the resolver takes from its surroundings: time, chance and a place to say what happened. */

/** Wall time for TTLs, monotonic time for limits; a test moves both by hand. */
export interface Clock {
  /** Milliseconds since the epoch; may jump. */
  now(): number;
  /** Milliseconds that never jump. */
  monotonic(): number;
  /** Resolves after `milliseconds`; rejects with the signal's reason when it aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** A number in [0, 1). Query ids come from it: outside tests it must be hard to guess (`cryptoRandom`). */
export type Random = () => number;

/** A constant message, and fields for what varies. */
export type Log = (
  level: "debug" | "info" | "warn" | "error",
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** 256 numbers a draw: one call into the kernel's generator for each 1 KiB. */
const pool = new Uint32Array(256);
let drawn = pool.length;

/** Chance that nobody can foretell, for query ids (RFC 5452, 4.3). */
export function cryptoRandom(): number {
  if (drawn === pool.length) {
    crypto.getRandomValues(pool);
    drawn = 0;
  }
  return pool[drawn++]! / 2 ** 32;
}
