import type { Clock } from "./clock.ts";

/**
 * Notices a peer that went silent, since Deno's fetch has no read timeout, TCP keepalive or HTTP/2 ping. It counts only
 * while somebody waits (`arm` to `disarm`), so that a slow reader is not taken for a dead server. A chunk costs it no
 * timer: one sleep goes on while deadlines move away, and begins anew only when one comes nearer.
 */
export class Watchdog {
  readonly #clock: Clock;
  readonly #onSilent: () => void;
  /** Infinity while nobody waits. */
  #deadline = Infinity;
  #wakeAt = Infinity;
  #sleep: AbortController | undefined;

  /** @param onSilent called once, when one wait lasted longer than its limit. */
  constructor(clock: Clock, onSilent: () => void) {
    this.#clock = clock;
    this.#onSilent = onSilent;
  }

  /** A wait begins, of at most `limit` milliseconds. */
  arm(limit: number): void {
    this.#deadline = this.#clock.monotonic() + limit;
    if (this.#deadline < this.#wakeAt) this.#watch(limit);
  }

  /** The wait is over. */
  disarm(): void {
    this.#deadline = Infinity;
  }

  stop(): void {
    this.disarm();
    this.#sleep?.abort();
    this.#wakeAt = Infinity;
  }

  #watch(wait: number) {
    this.#sleep?.abort();
    this.#sleep = new AbortController();
    this.#wakeAt = this.#clock.monotonic() + wait;
    this.#clock.sleep(wait, this.#sleep.signal).then(() => this.#look(), () => {/* stopped, or begun anew */});
  }

  #look() {
    this.#wakeAt = Infinity;
    const left = this.#deadline - this.#clock.monotonic();
    if (left <= 0) this.#onSilent();
    else if (left < Infinity) this.#watch(left);
  }
}
