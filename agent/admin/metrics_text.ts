import { METRICS } from "./metrics_table.ts";

/** One number, or one distribution, in Prometheus' data model; names without the `moorline_` prefix. */
export type Sample =
  | {
    readonly kind: "counter" | "gauge";
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }
  | {
    readonly kind: "histogram";
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    /** Cumulative; `le` in seconds; +Inf is `count`. */
    readonly buckets: readonly { readonly le: number; readonly count: number }[];
    readonly sum: number;
    readonly count: number;
  };

/** The format of the text below (Prometheus exposition format 0.0.4). */
export const METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Samples as Prometheus reads them: families together, each with HELP and TYPE; `process_*` keeps its usual name. */
export function metricsText(samples: Iterable<Sample>): string {
  const families = new Map<string, Sample[]>();
  for (const sample of samples) {
    const family = families.get(sample.name);
    if (family) family.push(sample);
    else families.set(sample.name, [sample]);
  }
  let text = "";
  for (const [name, family] of [...families].sort(([a], [b]) => a < b ? -1 : 1)) {
    const full = name.startsWith("process_") ? name : `moorline_${name}`;
    text += `# HELP ${full} ${METRICS.get(name)?.help ?? "No description."}\n# TYPE ${full} ${family[0]!.kind}\n`;
    for (const sample of family) text += sampleText(full, sample);
  }
  return text;
}

function sampleText(name: string, sample: Sample): string {
  const { labels } = sample;
  if (sample.kind !== "histogram") return `${name}${labelText(labels)} ${numberText(sample.value)}\n`;
  const lines = sample.buckets.map(({ le, count }) =>
    `${name}_bucket${labelText({ ...labels, le: `${le}` })} ${count}`
  );
  lines.push(`${name}_bucket${labelText({ ...labels, le: "+Inf" })} ${sample.count}`);
  lines.push(`${name}_sum${labelText(labels)} ${numberText(sample.sum)}`);
  lines.push(`${name}_count${labelText(labels)} ${sample.count}`);
  return `${lines.join("\n")}\n`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? `${value}` : value > 0 ? "+Inf" : "-Inf";
}
