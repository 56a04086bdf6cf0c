/**
 * A clock that moves only when a test says so. It has the shape that every part of moorline takes (`now`, `monotonic`,
 * `sleep`), so that no test waits for real time.
 */
export class FakeClock {
  #now: number;
  #monotonic = 0;
  #sleepers: { at: number; wake: () => void }[] = [];

  /** @param start wall-clock milliseconds since the epoch. */
  constructor(start: number = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  /** Wall-clock milliseconds; may jump. */
  now(): number {
    return this.#now;
  }

  /** Milliseconds that never jump. */
  monotonic(): number {
    return this.#monotonic;
  }

  /** Resolves when `advance` has passed `milliseconds`; rejects with the signal's reason when it aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = { at: this.#monotonic + Math.max(0, milliseconds), wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((s) => s !== sleeper);
        reject(signal.reason);
      }, { once: true });
    });
  }

  /** How many calls of `sleep` have not come back. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Moves time on, waking sleepers in order and letting what they started settle in between. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#monotonic + milliseconds;
    await settle();
    while (true) {
      const next = this.#sleepers.filter((s) => s.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#move(Math.max(0, next.at - this.#monotonic));
      this.#sleepers = this.#sleepers.filter((s) => s !== next);
      next.wake();
      await settle();
    }
    this.#move(end - this.#monotonic);
    await settle();
  }

  /** Moves the wall clock alone, as an operator or NTP does. */
  jump(milliseconds: number): void {
    this.#now += milliseconds;
  }

  #move(milliseconds: number) {
    this.#monotonic += milliseconds;
    this.#now += milliseconds;
  }
}

/** Lets every promise and zero-delay task that is ready run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    for (let j = 0; j < 20; j++) await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
