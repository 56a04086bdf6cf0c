import { childrenOf, compareFields, type FieldSet, joinPath, PATH_SEPARATOR, printPath, shapeOf } from "./field_set.ts";
import { isJsonObject, type JsonObject, type KubeObject } from "./kube_object.ts";
import {
  appliedBy,
  difference,
  emptyObject,
  type ManagedFields,
  type Manager,
  managerKey,
  managersBeforeApply,
  ownable,
  withManagedFields,
} from "./managed_fields.ts";
import { fieldSchema, type Schema } from "./schema.ts";
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
  const result = last ? prune(merged, difference(last.fields, applied), managed, schema) : merged;

  const changes = compareFields(before, result, schema);
  const written = ownable(new Set([...changes.added, ...changes.modified]), kind, manager.subresource);
  const conflicts: { entry: Manager; path: string }[] = [];
  for (const [other, entry] of managed) {
    if (other === key) continue;
    const contested = [...entry.fields].filter((path) => written.has(path)).sort();
    conflicts.push(...contested.map((path) => ({ entry: entry.manager, path })));
    entry.fields = difference(difference(entry.fields, written), changes.removed);
  }
  if (conflicts.length && !force) throw applyConflict(conflicts);
  const changed = changes.added.size + changes.modified.size + changes.removed.size > 0;
  if (changed) managed.get(key)!.time = time;
  return withManagedFields(result, managed);
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
  for (const [element, item, itemSchema] of childrenOf(config, schema)) {
    items.set(element, items.has(element) ? mergeValues(items.get(element), item, itemSchema) : item);
  }
  return [...items.values()];
}

/** Removes what `gone` names, but for paths that some manager owns, or owns something below. */
function prune(object: KubeObject, gone: FieldSet, managed: ManagedFields, schema: Schema): KubeObject {
  const kept: FieldSet = new Set();
  for (const { fields } of managed.values()) {
    for (const path of fields) {
      kept.add(path);
      for (let at = path.lastIndexOf(PATH_SEPARATOR); at > 0; at = path.lastIndexOf(PATH_SEPARATOR, at - 1)) {
        kept.add(path.slice(0, at));
      }
    }
  }
  const remove = difference(gone, kept);
  if (remove.size === 0) return object;
  return removePaths(object, remove, schema, "") as KubeObject;
}

/** A container that loses its last member goes with it. */
function removePaths(value: unknown, remove: FieldSet, schema: Schema, path: string): unknown {
  if (shapeOf(value, schema) === "leaf") return value;
  const left: [string, unknown][] = [];
  let removed = false;
  for (const [element, child, childSchema] of childrenOf(value, schema)) {
    const below = joinPath(path, element);
    const rest = remove.has(below) ? undefined : removePaths(child, remove, childSchema, below);
    if (rest !== child) removed = true;
    if (rest !== undefined) left.push([element, rest]);
  }
  if (!removed) return value;
  if (left.length === 0) return undefined;
  if (isJsonObject(value)) return Object.fromEntries(left.map(([element, child]) => [element.slice(2), child]));
  return left.map(([, child]) => child);
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
