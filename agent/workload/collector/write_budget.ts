/**
 * So many writes at once, and so many a second after that: a sweep over 1,000 dead entries takes more than three
 * minutes.
 */
const BURST = 10;
const PER_SECOND = 5;

/** Limits how fast the collector writes (a token bucket). */
export class WriteBudget {
  #tokens = BURST;
  #at: number;

  /** @param now monotonic milliseconds. */
  constructor(now: number) {
    this.#at = now;
  }

  /** @returns whether one more write may be done now; it counts as done then. */
  take(now: number): boolean {
    this.#tokens = Math.min(BURST, this.#tokens + (now - this.#at) / 1000 * PER_SECOND);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
