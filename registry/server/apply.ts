import { appliedFields, childrenOf, compareFields, comparePaths, printPath, shapeOf } from "./field_set.ts";
import { isJsonObject, type JsonObject, type KubeObject } from "./kube_object.ts";
import {
  appliedBy,
  difference,
  emptyObject,
  type Manager,
  managerKey,
  managersBeforeApply,
  ownable,
  withManagedFields,
} from "./managed_fields.ts";
import { pruneFields } from "./prune_fields.ts";
import { fieldSchema, type Schema } from "./field_schema.ts";
import { objectSchema, type ServerKind } from "./server_kind.ts";
import { StatusError } from "./status_error.ts";

/**
 * Server-side apply (Kubernetes: structured-merge-diff). The config is merged over the live object, what this manager
 * applied before and no longer does is removed unless another manager owns it too, and a field that another manager
 * owns with a different value is a conflict, or taken over by force.
 */
export function applyObject(
  live: KubeObject | undefined,
  config: KubeObject,
  kind: ServerKind,
  manager: Manager,
  force: boolean,
  time: string,
): KubeObject {
  const schema = objectSchema(kind);
  const before = live ?? emptyObject(kind);
  const managed = managersBeforeApply(live, kind, time);
  const key = managerKey(manager);
  const last = managed.get(key);
  const applied = appliedBy(config, kind, manager.subresource);
  const merged = mergeValues(before, config, schema) as KubeObject;
  managed.set(key, { manager, time: last?.time, fields: applied });
  // The name is in every config: by it metadata stays, though nobody owns a field of it.
  const owned = new Set([
    ...appliedFields(config, schema),
    ...[...managed.values()].flatMap(({ fields }) => [...fields]),
  ]);
  const result = last ? pruneFields(merged, last.fields, owned, schema) as KubeObject : merged;

  const changes = compareFields(before, result, schema);
  const written = ownable(new Set([...changes.added, ...changes.modified]), kind, manager.subresource);
  const conflicts: { entry: Manager; path: string }[] = [];
  for (const [other, entry] of [...managed].sort(([a], [b]) => a < b ? -1 : 1)) {
    if (other === key) continue;
    const contested = [...entry.fields].filter((path) => written.has(path)).sort(comparePaths);
    conflicts.push(...contested.map((path) => ({ entry: entry.manager, path })));
    entry.fields = difference(difference(entry.fields, written), changes.removed);
  }
  if (conflicts.length && !force) throw applyConflict(conflicts);
  const changed = changes.added.size + changes.modified.size + changes.removed.size > 0;
  if (changed) managed.get(key)!.time = time;
  return withManagedFields(typedForm(result, kind), managed);
}

/** As the API server's decoder leaves an object: without nulls, but for those in a custom kind's own fields. */
function typedForm(object: KubeObject, kind: ServerKind): KubeObject {
  if (!kind.custom) return withoutNulls(object) as KubeObject;
  return { ...object, metadata: withoutNulls(object.metadata ?? {}) as KubeObject["metadata"] };
}

function mergeValues(live: unknown, config: unknown, schema: Schema): unknown {
  const shape = shapeOf(config, schema);
  if (shape === "leaf" || live === undefined || live === null || shapeOf(live, schema) !== shape) return config;
  if (shape === "map") {
    const out: JsonObject = { ...(live as JsonObject) };
    for (const [name, value] of Object.entries(config as JsonObject)) {
      out[name] = mergeValues(out[name], value, fieldSchema(schema, name));
    }
    return out;
  }
  const items = new Map<string, unknown>();
  for (const [element, item] of childrenOf(live, schema)) items.set(element, item);
  const before = [...items.keys()];
  const applied: string[] = [];
  for (const [element, item, itemSchema] of childrenOf(config, schema)) {
    applied.push(element);
    items.set(element, items.has(element) ? mergeValues(items.get(element), item, itemSchema) : item);
  }
  return mergedOrder(before, applied).map((element) => items.get(element));
}

/** The order of a merged list: that of the config; what only the live list has stays where it was between the others. */
function mergedOrder(live: readonly string[], config: readonly string[]): string[] {
  const order: string[] = [];
  const shared = config.filter((element) => live.includes(element));
  let taken = 0;
  for (const element of live) {
    if (!config.includes(element)) order.push(element);
    else if (element === shared[0]) {
      const upTo = config.indexOf(element) + 1;
      order.push(...config.slice(taken, upTo));
      taken = upTo;
      shared.shift();
    }
  }
  return [...order, ...config.slice(taken)];
}

/** A typed object has no nulls; a custom one keeps them, to be refused by its schema. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(kept.map(([name, field]) => [name, withoutNulls(field)]));
}

function printManager(manager: Manager): string {
  const subresource = manager.subresource ? ` with subresource "${manager.subresource}"` : "";
  const version = manager.operation === "Update" ? ` using ${manager.apiVersion}` : "";
  return `"${manager.name}"${subresource}${version}`;
}

function applyConflict(conflicts: readonly { entry: Manager; path: string }[]): StatusError {
  const causes = conflicts.map(({ entry, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${printManager(entry)}`,
    field: printPath(path),
  }));
  if (causes.length === 1) {
    const [cause] = causes;
    const message = `Apply failed with 1 conflict: ${cause!.message}: ${cause!.field}`;
    return new StatusError(409, "Conflict", message, { causes });
  }
  const lines: string[] = [];
  for (const manager of new Set(conflicts.map(({ entry }) => printManager(entry)))) {
    lines.push(`conflicts with ${manager}:`);
    lines.push(...causes.filter((c) => c.message === `conflict with ${manager}`).map((c) => `- ${c.field}`));
  }
  const message = `Apply failed with ${causes.length} conflicts: ${lines.join("\n")}`;
  return new StatusError(409, "Conflict", message, { causes });
}
