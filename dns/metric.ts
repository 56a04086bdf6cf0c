/** Numbers for those who measure, in the shape of Prometheus' data model; `moorline_` and text are added outside. */

/** One number. */
export interface NumberSample {
  readonly kind: "counter" | "gauge";
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One distribution. `buckets` are cumulative, their bounds in seconds; +Inf is `count`. */
export interface HistogramSample {
  readonly kind: "histogram";
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  readonly sum: number;
  readonly count: number;
}

export type Sample = NumberSample | HistogramSample;

/** 62.5 us x 2^n up to 2 s: fine enough for a cache hit, wide enough for a dead upstream. */
export const DURATION_BUCKETS: readonly number[] = Array.from({ length: 16 }, (_, n) => 62.5e-6 * 2 ** n);

/** A histogram's slots: one for each bucket, one for what is above all, then the sum. */
export const DURATION_SLOTS: number = DURATION_BUCKETS.length + 2;

/** Adds one observation to the histogram whose slots begin at `base`. */
export function observe(memory: Float64Array, base: number, seconds: number): void {
  let bucket = 0;
  while (bucket < DURATION_BUCKETS.length && seconds > DURATION_BUCKETS[bucket]!) bucket++;
  memory[base + bucket]! += 1;
  memory[base + DURATION_SLOTS - 1]! += seconds;
}

/** Reads the histogram whose slots begin at `base`. */
export function readHistogram(
  name: string,
  labels: Readonly<Record<string, string>>,
  memory: Float64Array,
  base: number,
): HistogramSample {
  let count = 0;
  const buckets = DURATION_BUCKETS.map((le, n) => ({ le, count: count += memory[base + n]! }));
  count += memory[base + DURATION_BUCKETS.length]!;
  return { kind: "histogram", name, labels, buckets, sum: memory[base + DURATION_SLOTS - 1]!, count };
}
