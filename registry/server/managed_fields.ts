import { appliedFields, compareFields, type FieldSet, fromFieldsV1, PATH_SEPARATOR, toFieldsV1 } from "./field_set.ts";
import { jsonEqual, type KubeObject, type ManagedFieldsEntry } from "./kube_object.ts";
import { apiVersionOf, objectSchema, type ServerKind } from "./server_kind.ts";

/** Who writes: the query's `fieldManager`, else the first word of the user agent. */
export interface Manager {
  readonly name: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string;
}

export interface ManagedEntry {
  readonly manager: Manager;
  /** Absent while the manager has never changed the object. */
  time: string | undefined;
  fields: FieldSet;
}

/** Managers by identity; appliers are one whatever version they use. */
export type ManagedFields = Map<string, ManagedEntry>;

/** Owned by nobody: the server writes them. */
const STRIPPED = new Set([
  "f:apiVersion",
  "f:kind",
  "f:metadata",
  ...["name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields", "resourceVersion"]
    .map((field) => `f:metadata${PATH_SEPARATOR}f:${field}`),
]);

export function managerKey(manager: Manager): string {
  const version = manager.operation === "Apply" ? "" : manager.apiVersion;
  return JSON.stringify([manager.name, manager.operation, version, manager.subresource]);
}

export function decodeManagedFields(entries: readonly ManagedFieldsEntry[] = []): ManagedFields {
  const managed: ManagedFields = new Map();
  for (const { manager: name, operation, apiVersion, subresource = "", time, fieldsV1 } of entries) {
    const manager = { name, operation, apiVersion, subresource };
    managed.set(managerKey(manager), { manager, time, fields: fromFieldsV1(fieldsV1 ?? {}) });
  }
  return managed;
}

export function encodeManagedFields(managed: ManagedFields): ManagedFieldsEntry[] {
  const order = (e: ManagedEntry) =>
    [e.manager.operation, e.time ?? "", e.manager.name, e.manager.apiVersion].join("\n");
  return [...managed.values()].filter((entry) => entry.fields.size > 0)
    .sort((a, b) => order(a) < order(b) ? -1 : 1)
    .map(({ manager, time, fields }) => ({
      manager: manager.name,
      operation: manager.operation,
      apiVersion: manager.apiVersion,
      ...(time ? { time } : {}),
      fieldsType: "FieldsV1",
      fieldsV1: toFieldsV1(fields),
      ...(manager.subresource ? { subresource: manager.subresource } : {}),
    }));
}

/** The part of a set that a write through this subresource may own. */
export function ownable(set: FieldSet, kind: ServerKind, subresource: string): FieldSet {
  const outside = subresource === "status" ? ["f:spec", "f:metadata"] : kind.status ? ["f:status"] : [];
  const below = (path: string, root: string) => path === root || path.startsWith(root + PATH_SEPARATOR);
  return new Set([...set].filter((path) => !STRIPPED.has(path) && !outside.some((root) => below(path, root))));
}

/** What a config that is applied would own. */
export function appliedBy(config: KubeObject, kind: ServerKind, subresource: string): FieldSet {
  return ownable(appliedFields(config, objectSchema(kind)), kind, subresource);
}

export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return new Set([...a].filter((path) => !b.has(path)));
}

/** What a new object is compared with. */
export function emptyObject(kind: ServerKind): KubeObject {
  return { ...structuredClone(kind.empty ?? {}), apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: {} };
}

const withoutManagedFields = ({ metadata: { managedFields: _, ...metadata }, ...rest }: KubeObject) => ({
  ...rest,
  metadata,
});

/**
 * Ownership after a write that is no apply: the writer takes what it added or changed from everybody, and nobody owns
 * what is gone.
 * @returns the object with its managedFields.
 */
export function trackUpdate(
  before: KubeObject | undefined,
  after: KubeObject,
  kind: ServerKind,
  manager: Manager,
  time: string,
): KubeObject {
  const given = after.metadata.managedFields;
  // A list of one empty entry asks for a fresh start; otherwise a client that knows nothing of the field keeps it.
  const reset = given?.length === 1 && Object.keys(given[0]!).length === 0;
  const source = given?.length && !manager.subresource ? given : before?.metadata.managedFields;
  const managed = reset && !manager.subresource ? new Map<string, ManagedEntry>() : decodeManagedFields(source);
  // An object whose managers were reset is left alone until somebody applies it.
  if (before && managed.size === 0) return withManagedFields(after, managed);
  const changes = compareFields(
    withoutManagedFields(before ?? emptyObject(kind)),
    withoutManagedFields(after),
    objectSchema(kind),
  );
  const taken = ownable(new Set([...changes.added, ...changes.modified]), kind, manager.subresource);
  for (const entry of managed.values()) {
    entry.fields = difference(difference(entry.fields, taken), changes.removed);
  }
  if (taken.size > 0) {
    const key = managerKey(manager);
    const fields = new Set([...managed.get(key)?.fields ?? [], ...taken]);
    managed.set(key, { manager, time, fields });
  }
  return withManagedFields(after, managed);
}

/** The managers of an object that is about to be applied: what nobody was recorded for belongs to one stand-in. */
export function managersBeforeApply(live: KubeObject | undefined, kind: ServerKind, time: string): ManagedFields {
  const managed = decodeManagedFields(live?.metadata.managedFields);
  if (!live || managed.size > 0) return managed;
  const manager: Manager = {
    name: "before-first-apply",
    operation: "Update",
    apiVersion: apiVersionOf(kind),
    subresource: "",
  };
  const { added, modified } = compareFields(emptyObject(kind), live, objectSchema(kind));
  const fields = new Set([...added, ...modified].filter((path) => !STRIPPED.has(path)));
  return managed.set(managerKey(manager), { manager, time, fields });
}

/** The object with these managers written into it. */
export function withManagedFields(object: KubeObject, managed: ManagedFields): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  const entries = encodeManagedFields(managed);
  return { ...object, metadata: entries.length ? { ...metadata, managedFields: entries } : metadata };
}

/** Whether two states of an object differ in more than the times of their managers. */
export function sameButTimes(a: KubeObject, b: KubeObject): boolean {
  const timeless = (object: KubeObject) => ({
    ...object,
    metadata: {
      ...object.metadata,
      managedFields: object.metadata.managedFields?.map((e) => ({ ...e, time: "" })) ?? [],
    },
  });
  return jsonEqual(timeless(a), timeless(b));
}
