/** One line of a benchmark: what was measured, and by how much it differs from what it is compared with. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  /** `ms`, `MB`, `queries/s`, ... */
  readonly unit: string;
  /** The same quantity of something else on the same machine in the same run; printed as a ratio. */
  readonly against?: { readonly name: string; readonly value: number };
  /** A bound that the project promises; the line says whether it holds. */
  readonly below?: number;
}

/** Prints a measurement. Absolute numbers belong to the machine; ratios and bounds are what travels. */
export function report({ name, value, unit, against, below }: Measurement): void {
  const number = value >= 100 ? value.toFixed(0) : value.toPrecision(3);
  const ratio = against ? `  ${(value / against.value).toFixed(2)} x ${against.name}` : "";
  const bound = below === undefined ? "" : `  ${value < below ? "within" : "BEYOND"} ${below} ${unit}`;
  console.log(`${name.padEnd(48)} ${number.padStart(10)} ${unit}${ratio}${bound}`);
}

/** The process's peak resident memory in MB of 10^6 bytes, as the kernel counted it; Linux only. */
export function peakRss(): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
  if (kilobytes === undefined) throw new Error("/proc/self/status has no VmHWM");
  return Number(kilobytes) * 1024 / 1e6;
}

/** The quantile (0 to 1) of samples, by nearest rank. */
export function quantile(samples: readonly number[], q: number): number {
  if (samples.length === 0) throw new RangeError("no samples");
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))]!;
}
