import * as v from "valibot";

/** @throws Error with one sentence about the first field that is wrong. */
export function check<S extends v.GenericSchema>(schema: S, raw: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, raw);
  if (result.success) return result.output;
  const field = v.getDotPath(result.issues[0]);
  throw new Error(field ? `its ${field} is wrong: ${result.issues[0].message}` : result.issues[0].message);
}

/** Freezes JSON data through and through: what was read is never changed. */
export function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}
