import { clusterSection } from "./cluster_section.ts";
import type { Config } from "./config_type.ts";
import { crossChecks } from "./cross_checks.ts";
import { type Problem, problemsOf } from "./problems.ts";
import { documentSchema } from "./document_schema.ts";
import { workloadSection } from "./workload_section.ts";

/** A document (what YAML or JSON gave) as configuration, or everything that is wrong with it. Pure. */
export function parseDocument(document: unknown): { config: Config } | { problems: Problem[] } {
  const written = fillEmptySections(document);
  const both = (["cluster", "workload"] as const).filter((one) => {
    return isMap(written) && written[one] !== undefined && written[`${one}s`] !== undefined;
  });
  if (both.length > 0) {
    return { problems: both.map((one) => ({ path: [one], text: `and ${one}s exclude each other; remove one` })) };
  }
  const parsed = documentSchema.safeParse(written, { reportInput: true });
  if (!parsed.success) return { problems: problemsOf(parsed.error) };
  const { cluster, clusters, workload, workloads, ...rest } = parsed.data;
  const config: Config = deepFreeze({
    clusters: clusters ?? [cluster ?? clusterSection.parse({})],
    workloads: workloads ?? [workload ?? workloadSection.parse({})],
    ...rest,
  });
  const problems = crossChecks(config, parsed.data);
  return problems.length > 0 ? { problems } : { config };
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A section of which every line is a comment is null in YAML, and means its defaults; so does an empty file. */
function fillEmptySections(document: unknown): unknown {
  if (document === null || document === undefined) return {};
  if (!isMap(document)) return document;
  const filled = { ...document };
  for (const name of ["cluster", "workload", "dns", "capture", "admin", "log"]) {
    if (filled[name] === null) filled[name] = {};
  }
  return filled;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
