import type { Clock } from "./clock.ts";

/**
 * Notices a peer that went silent, since Deno's fetch has no read timeout, TCP keepalive or HTTP/2 ping. It counts only
 * while somebody waits (`arm` to `disarm`), so that a slow reader is not taken for a dead server.
 */
export class Watchdog {
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #limit: number;
  #waitingSince: number | undefined;

  /** @param onSilent called once, when one wait lasted longer than `limit` milliseconds. */
  constructor(clock: Clock, limit: number, onSilent: () => void) {
    this.#clock = clock;
    this.#limit = limit;
    this.#run(onSilent);
  }

  /** A wait begins, of at most `limit` milliseconds. */
  arm(limit: number = this.#limit): void {
    this.#limit = limit;
    this.#waitingSince = this.#clock.monotonic();
  }

  /** The wait is over. */
  disarm(): void {
    this.#waitingSince = undefined;
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(onSilent: () => void) {
    try {
      for (let left = this.#limit; left > 0; left = this.#left()) {
        await this.#clock.sleep(left, this.#stop.signal);
      }
    } catch {
      return; // stopped
    }
    onSilent();
  }

  #left(): number {
    return this.#waitingSince === undefined ? this.#limit : this.#waitingSince + this.#limit - this.#clock.monotonic();
  }
}
