import { isJsonObject, type JsonObject, type KubeObject } from "./kube_object.ts";
import { fieldSchema, type Schema } from "./field_schema.ts";
import { apiVersionOf, objectSchema, type ServerKind } from "./server_kind.ts";
import { badRequest, invalid, invalidValue, type StatusError } from "./status_error.ts";

/** From JSON that a client sent to an object of a kind: what is unknown is dropped and named, null means absent. */

/** How a body arrived; the same mistake is refused in different words. */
export type BodyOrigin = "body" | "apply" | "patch";

export interface Decoded {
  /** In the stored version. */
  readonly object: KubeObject;
  /** Paths of fields that the kind does not know. */
  readonly unknown: readonly string[];
}

export function decodeObject(body: unknown, kind: ServerKind, version: string, origin: BodyOrigin): Decoded {
  if (!isJsonObject(body)) throw badRequest(`the object provided is unrecognized (must be of type ${kind.kind})`);
  checkType(body, kind, version, origin);
  const metadata = isJsonObject(body.metadata) ? body.metadata : {};
  const unknown: string[] = [];
  const typed = { ...body, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata };
  const object = keepKnown(typed, objectSchema(kind), "", unknown) as KubeObject;
  const problem = metadataProblem(metadata) || kind.undecodable?.(object);
  if (problem) throw undecodable(problem, kind, version, origin, body);
  return { object, unknown };
}

/** @throws {StatusError} 400 when a strict client sent fields that the kind does not know. */
export function refuseUnknown({ unknown }: Decoded, kind: ServerKind, version: string): void {
  if (unknown.length === 0) return;
  const fields = unknown.map((path) => `unknown field "${path}"`).join(", ");
  throw badRequest(
    `${kind.kind} in version "${version}" cannot be handled as a ${kind.kind}: strict decoding error: ${fields}`,
  );
}

/** A built-in kind may leave its type out, a custom one not. */
function checkType(body: JsonObject, kind: ServerKind, version: string, origin: BodyOrigin) {
  const expected = apiVersionOf(kind, version);
  const { apiVersion, kind: name } = body;
  if (origin === "apply" && (name !== kind.kind || apiVersion === undefined)) {
    throw badRequest(`invalid object type: ${apiVersion ?? "/"}, Kind=${name ?? ""}`);
  }
  if (kind.custom && (name === undefined || apiVersion === undefined)) {
    const missing = name === undefined ? "Kind" : "apiVersion";
    const text = JSON.stringify(body);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): Object '${missing}' is missing in '${text}'`,
    );
  }
  if (name !== undefined && name !== kind.kind) {
    const { name: object = "" } = isJsonObject(body.metadata) ? body.metadata : {};
    const cause = invalidValue("kind", JSON.stringify(name), `must be ${kind.kind}`);
    throw invalid({ kind: String(name), group: kind.group }, String(object), [cause]);
  }
  if (apiVersion !== undefined && apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
}

function undecodable(
  problem: string,
  kind: ServerKind,
  version: string,
  origin: BodyOrigin,
  body: JsonObject,
): StatusError {
  if (origin !== "patch") {
    return badRequest(`${kind.kind} in version "${version}" cannot be handled as a ${kind.kind}: ${problem}`);
  }
  const name = isJsonObject(body.metadata) ? String(body.metadata.name ?? "") : "";
  return invalid(kind, name, [invalidValue("patch", JSON.stringify(JSON.stringify(body)), problem)]);
}

const METADATA_TYPES: Readonly<Record<string, "string" | "list">> = {
  name: "string",
  generateName: "string",
  namespace: "string",
  uid: "string",
  resourceVersion: "string",
  ownerReferences: "list",
  finalizers: "list",
  managedFields: "list",
};

/** What Go's decoder would refuse of ObjectMeta, or the empty string. */
function metadataProblem(metadata: JsonObject): string {
  for (const [field, type] of Object.entries(METADATA_TYPES)) {
    const value = metadata[field];
    if (value === undefined || value === null) continue;
    const right = type === "string" ? typeof value === "string" : Array.isArray(value);
    if (!right) {
      return `json: cannot unmarshal ${goType(value)} into Go struct field ObjectMeta.${field} of type ${type}`;
    }
  }
  for (const field of ["ownerReferences", "managedFields"]) {
    const items = metadata[field];
    const wrong = Array.isArray(items) ? items.find((item) => !isJsonObject(item)) : undefined;
    if (wrong !== undefined) {
      return `json: cannot unmarshal ${goType(wrong)} into Go struct field ObjectMeta.${field} of type object`;
    }
  }
  return stringMapProblem(metadata);
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function stringMapProblem(metadata: JsonObject): string {
  for (const field of ["labels", "annotations"]) {
    const map = metadata[field];
    if (map === undefined || map === null) continue;
    const wrong = isJsonObject(map)
      ? Object.values(map).find((value) => typeof value !== "string" && value !== null)
      : map;
    if (wrong === undefined) continue;
    const type = isJsonObject(map) ? "string" : "map[string]string";
    return `json: cannot unmarshal ${goType(wrong)} into Go struct field ObjectMeta.${field} of type ${type}`;
  }
  return "";
}

/** A copy of the value without what its schema does not know and without nulls; `unknown` gets the paths. */
function keepKnown(value: unknown, schema: Schema, path: string, unknown: string[]): unknown {
  if (Array.isArray(value)) {
    return value.map((item, i) => keepKnown(item, schema.items ?? { open: true }, `${path}[${i}]`, unknown));
  }
  if (!isJsonObject(value)) return value;
  const out: JsonObject = {};
  const closed = !schema.open && schema.properties !== undefined;
  for (const [name, field] of Object.entries(value)) {
    if (field === null) continue;
    const below = path ? `${path}.${name}` : name;
    if (closed && !Object.hasOwn(schema.properties!, name)) unknown.push(below);
    else out[name] = keepKnown(field, fieldSchema(schema, name), below, unknown);
  }
  return out;
}
