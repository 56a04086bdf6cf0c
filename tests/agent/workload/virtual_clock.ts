/**
 * A clock like `FakeClock` for tests without sockets: what woke settles in microtasks alone, so that hours of virtual
 * time pass in a second.
 */
export class VirtualClock {
  #now: number;
  #monotonic = 0;
  #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  /** @param start wall-clock milliseconds since the epoch. */
  constructor(start: number = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      };
      const sleeper = { at: this.#monotonic + Math.max(0, milliseconds), wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", stop, { once: true });
    });
  }

  /** Moves time on, waking sleepers in order and letting what they started settle in between. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#monotonic + milliseconds;
    await settle();
    for (;;) {
      let next: { readonly at: number; readonly wake: () => void } | undefined;
      for (const sleeper of this.#sleepers) {
        if (sleeper.at <= end && sleeper.at < (next?.at ?? Infinity)) next = sleeper;
      }
      if (!next) break;
      this.#move(Math.max(0, next.at - this.#monotonic));
      this.#sleepers.delete(next);
      next.wake();
      await settle();
    }
    this.#move(end - this.#monotonic);
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

/** Enough turns for a whole pass of the reconciler: each request costs about five. */
const TURNS = 400;

async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
}
