import type { z } from "zod";
import { HIDDEN } from "../redact.ts";
import { formatKey, nearestKey } from "./known_keys.ts";

/** One thing that is wrong with a document. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  /** The sentence behind the key. */
  readonly text: string;
}

/** A configuration that cannot be used. The message is one line: the first problem, and how many more there are. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** Every problem, one line each. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const more = problems.length - 1;
    super(problems[0]! + (more > 0 ? ` (and ${more} more; \`moorline config check\` lists them)` : ""));
    this.problems = problems;
  }
}

/** What the schema found, as problems; unknown keys first, since a missing one is often one of them misspelt. */
export function problemsOf(error: z.ZodError): Problem[] {
  const unknown = error.issues.filter((issue) => issue.code === "unrecognized_keys");
  const others = error.issues.filter((issue) => issue.code !== "unrecognized_keys");
  return [...unknown, ...others].flatMap((issue) => problemsOfIssue(issue, []));
}

function problemsOfIssue(issue: z.core.$ZodIssue, parent: readonly PropertyKey[]): Problem[] {
  const path = [...parent, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => ({
      path: [...path, name],
      text: `is no known key; the nearest is ${nearestKey(path, name)}`,
    }));
  }
  if (issue.code === "invalid_union") {
    // A list that is wrong inside: say where. Otherwise what the union as a whole allows.
    const inside = issue.errors.find((branch) => branch.some((nested) => nested.path.length > 0));
    if (inside) return inside.flatMap((nested) => problemsOfIssue(nested, path));
  }
  if (issue.input === undefined) return [{ path, text: `is missing; it must be ${issue.message}` }];
  return [{ path, text: `${formatValue(path, issue.input)} is not allowed; it must be ${issue.message}` }];
}

/** A value as an error names it, in quotes if it is text; never a secret. */
function formatValue(path: readonly PropertyKey[], value: unknown): string {
  if (path.includes("exec") && path.at(-1) !== "command" || path.includes("httpHeaders")) return HIDDEN;
  if (value === null) return "an empty value";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (typeof value === "object") return "a map";
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

/** One line: where it was said, which key, what is wrong. `origins`: dotted key -> flag or variable that set it. */
export function formatProblem(
  problem: Problem,
  file: string | undefined,
  origins: ReadonlyMap<string, string>,
): string {
  const key = formatKey(problem.path);
  const origin = origins.get(key.replace(/\[\d+\]$/, "")) ?? file;
  return `${origin === undefined ? "" : `${origin}: `}${key === "" ? "" : `${key}: `}${problem.text}`;
}
