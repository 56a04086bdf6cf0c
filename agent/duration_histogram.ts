import type { Sample } from "./admin/mod.ts";

/** 0.5 ms x 2^n up to 16 s: a change that is programmed at once, and an API server that is about to be given up. */
const BUCKETS: readonly number[] = Array.from({ length: 16 }, (_, n) => 0.0005 * 2 ** n);

/** Durations in seconds, counted by bucket for each combination of label values. */
export class DurationHistogram {
  readonly #name: string;
  readonly #series = new Map<
    string,
    { labels: Record<string, string>; counts: number[]; sum: number; count: number }
  >();

  constructor(name: string) {
    this.#name = name;
  }

  observe(seconds: number, labels: Record<string, string> = {}): void {
    const key = JSON.stringify(labels);
    const series = this.#series.get(key) ?? { labels, counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
    this.#series.set(key, series);
    const bucket = BUCKETS.findIndex((le) => seconds <= le);
    if (bucket >= 0) series.counts[bucket]!++;
    series.sum += seconds;
    series.count++;
  }

  *samples(): Generator<Sample> {
    for (const { labels, counts, sum, count } of this.#series.values()) {
      let below = 0;
      const buckets = BUCKETS.map((le, n) => ({ le, count: below += counts[n]! }));
      yield { kind: "histogram", name: this.#name, labels, buckets, sum, count };
    }
  }
}
