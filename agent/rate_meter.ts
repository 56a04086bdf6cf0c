/** `requestsPerSecond` looks back this far. */
const WINDOW_MS = 10_000;

/** How fast a counter has grown lately, from readings taken now and then. */
export class RateMeter {
  readonly #monotonic: () => number;
  readonly #read: () => number;
  #readings: { at: number; count: number }[] = [];

  constructor(read: () => number, monotonic: () => number) {
    this.#read = read;
    this.#monotonic = monotonic;
  }

  /** Takes a reading; to be called about once a second. */
  tick(): void {
    const at = this.#monotonic();
    // The newest reading that is older than the window stays, so that the window is always covered.
    while (this.#readings.length > 1 && this.#readings[1]!.at <= at - WINDOW_MS) this.#readings.shift();
    this.#readings.push({ at, count: this.#read() });
  }

  /** Counts a second over the last ten seconds. */
  get perSecond(): number {
    const [first] = this.#readings;
    if (!first) return 0;
    const elapsed = this.#monotonic() - first.at;
    return elapsed > 0 ? (this.#read() - first.count) / elapsed * 1_000 : 0;
  }
}
