import * as v from "valibot";
import { canonicalIp } from "../../dns/mod.ts";
import { sharedText } from "./shared_text.ts";

/** Schemas that several kinds share, and how a raw object is read with one. */

/** A list that may be missing or null, as Go's encoder writes empty slices. */
export function list<S extends v.GenericSchema>(item: S) {
  return v.optional(v.nullable(v.array(item), []), []);
}

/** A string that may be missing or null. */
export const text = v.optional(v.nullable(v.string(), ""), "");

/** Labels or annotations. */
export const stringMap = v.optional(v.nullable(v.record(v.string(), v.string()), {}), {});

/** ObjectMeta, with only those annotations and labels that are named. */
export function metadata<A extends v.ObjectEntries, L extends v.ObjectEntries>(annotations: A, labels: L) {
  return v.object({
    name: v.string(),
    namespace: v.string(),
    uid: v.string(),
    resourceVersion: v.string(),
    creationTimestamp: text,
    annotations: v.optional(v.object(annotations)),
    labels: v.optional(v.object(labels)),
  });
}

/** Reads a raw object. @throws Error with one sentence: where the object is wrong and what was expected there. */
export function read<S extends v.GenericSchema>(schema: S, raw: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, raw, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new Error(`its ${v.getDotPath(issue) ?? "manifest"} is wrong: ${issue.message}`);
}

/** The fields of metadata that every trimmed object keeps. */
export function identity(from: v.InferOutput<ReturnType<typeof metadata>>) {
  return {
    namespace: sharedText(from.namespace),
    name: from.name,
    uid: from.uid,
    resourceVersion: from.resourceVersion,
    createdAt: Math.floor(Date.parse(from.creationTimestamp) / 1000) || 0,
  };
}

/** The addresses in canonical form, without repetition; what is none is left out. */
export function addresses(texts: readonly string[]): readonly string[] {
  return distinct(texts.map(canonicalIp));
}

/** The values that are there, each once, in order. */
export function distinct(values: Iterable<string | undefined>): readonly string[] {
  const kept = new Set(values);
  kept.delete(undefined);
  return kept.size === 0 ? NONE : [...kept] as string[];
}

/** One empty list for all: most objects have several. */
export const NONE: readonly never[] = Object.freeze([]);

/** Freezes plain data all the way down. */
export function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== "object" || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

/** `a, b` in an annotation as a list. */
export function commaList(value: string): readonly string[] {
  return distinct(value.split(",").map((part) => part.trim() || undefined));
}
