import type { Clock } from "./clock.ts";

/**
 * How long reading a list or a watch works without letting other tasks run. The control thread may be busy for 20 ms at
 * a stretch; a quarter of that leaves room for what listeners do with a batch and for the garbage collector.
 */
const SLICE_MS = 5;

/** Cuts long work into slices: `due()` says when one is full, `rest()` lets everything else run. */
export class Pace {
  readonly #clock: Clock;
  #started: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#started = clock.monotonic();
  }

  /** Whether the slice has lasted long enough. */
  due(): boolean {
    return this.#clock.monotonic() - this.#started >= SLICE_MS;
  }

  /** Call after waiting for something outside: a new slice begins. */
  begin(): void {
    this.#started = this.#clock.monotonic();
  }

  /** Resolves once every task that was ready has had its turn. */
  async rest(): Promise<void> {
    await nextTask();
    this.begin();
  }
}

/** A message to oneself is a task of its own, without the 4 ms that nested timers cost. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
