import { FIELD_MANAGER, type ManagedFields, type Manifest } from "./manifest.ts";

/**
 * What stands between an object as the API server has it and as it is wanted. Fields that nobody here wants and that
 * others wrote are no difference: they are theirs.
 */

type Path = readonly string[];

/** @returns the paths of wanted fields that are missing or other, `spec.labels.app`; empty when all is as wanted. */
export function differences(observed: Manifest, wanted: Manifest): string[] {
  const found: string[] = [];
  const { apiVersion: _, kind: __, ...fields } = wanted;
  compare(observed, fields, [], found);
  return found;
}

function compare(observed: unknown, wanted: unknown, path: Path, found: string[]): void {
  if (Array.isArray(wanted)) {
    const present = Array.isArray(observed) ? observed : [];
    // Others may stand beside our owner references, which are keyed by uid; every other list is ours as a whole.
    const isSame = path.at(-1) === "ownerReferences"
      ? wanted.every((item) => present.some((other) => differencesOf(other, item).length === 0))
      : present.length === wanted.length && wanted.every((item, i) => differencesOf(present[i], item).length === 0);
    if (!isSame) found.push(path.join("."));
  } else if (isRecord(wanted)) {
    for (const [key, value] of Object.entries(wanted)) {
      compare(isRecord(observed) ? observed[key] : undefined, value, [...path, key], found);
    }
  } else if (observed !== wanted) found.push(path.join("."));
}

function differencesOf(observed: unknown, wanted: unknown): string[] {
  const found: string[] = [];
  compare(observed, wanted, [], found);
  return found;
}

/**
 * Fields that moorline set and no longer wants. An apply removes those that moorline applied; those that it set by a
 * PUT (an adopted entry) stay until they are removed by another PUT.
 *
 * @returns the paths of both; `put` has those for which an apply does not suffice.
 */
export function leftovers(observed: Manifest, wanted: Manifest): { applied: Path[]; put: Path[] } {
  const applied: Path[] = [];
  const put: Path[] = [];
  const entries = (observed.metadata.managedFields ?? []).filter((entry) => !entry.subresource);
  const others = entries.filter((entry) => entry.manager !== FIELD_MANAGER);
  for (const entry of entries) {
    if (entry.manager !== FIELD_MANAGER) continue;
    const unwanted: Path[] = [];
    collect(entry.fieldsV1 ?? {}, wanted, [], unwanted);
    const ours = unwanted.filter((path) => !others.some((other) => manages(other, path)));
    (entry.operation === "Apply" ? applied : put).push(...ours);
  }
  return { applied, put };
}

/** Walks a FieldsV1 tree (`f:name`, `k:{key}`, `.`) beside the wanted object. */
function collect(fields: Readonly<Record<string, unknown>>, wanted: unknown, path: Path, found: Path[]): void {
  for (const [key, below] of Object.entries(fields)) {
    if (key === ".") continue;
    const next = childOf(wanted, key);
    if (next === undefined) found.push([...path, key]);
    else if (isRecord(below)) collect(below, next, [...path, key], found);
  }
}

function childOf(value: unknown, key: string): unknown {
  if (key.startsWith("f:")) return isRecord(value) ? value[key.slice(2)] : undefined;
  if (!key.startsWith("k:") || !Array.isArray(value)) return undefined;
  return value.find((item) => matches(item, key));
}

function matches(item: unknown, key: string): boolean {
  const wanted = JSON.parse(key.slice(2)) as Record<string, unknown>;
  return isRecord(item) && Object.entries(wanted).every(([field, value]) => item[field] === value);
}

function manages(entry: ManagedFields, path: Path): boolean {
  let at: unknown = entry.fieldsV1;
  for (const key of path) {
    if (!isRecord(at) || !(key in at)) return false;
    at = at[key];
  }
  return true;
}

/** @returns a copy of `object` without the fields at these paths (in FieldsV1 notation). */
export function without(object: Manifest, paths: readonly Path[]): Manifest {
  const copy = structuredClone(object) as Record<string, unknown>;
  for (const path of paths) {
    const parent = path.slice(0, -1).reduce<unknown>(childOf, copy);
    const last = path.at(-1) ?? "";
    if (isRecord(parent)) delete parent[last.slice(2)];
    else if (Array.isArray(parent)) parent.splice(0, parent.length, ...parent.filter((item) => !matches(item, last)));
  }
  return copy as unknown as Manifest;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
