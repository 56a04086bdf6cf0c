import type { Clock } from "../../registry/mod.ts";

/** Wakes one loop: by a call of `wake`, at most one call is remembered, or when the time is up. */
export class Waker {
  readonly #clock: Clock;
  #woken = false;
  #resolve: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(): void {
    this.#woken = true;
    this.#resolve?.();
  }

  /** Resolves at the next `wake`, at once if there was one since the last wait, or after `milliseconds`. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!this.#woken) {
      const end = new AbortController();
      const woken = new Promise<void>((resolve) => this.#resolve = resolve);
      const sleep = this.#clock.sleep(milliseconds, AbortSignal.any([signal, end.signal]));
      await Promise.race([woken, sleep]).finally(() => {
        end.abort();
        sleep.catch(() => {}); // ended by us, or by the signal that the race has told
      });
    }
    this.#woken = false;
    signal.throwIfAborted();
  }
}
