import { appliedFields, childrenOf, type FieldSet, joinPath, PATH_SEPARATOR, shapeOf } from "./field_set.ts";
import { isJsonObject } from "./kube_object.ts";
import { fieldSchema, isStructField, type Schema } from "./field_schema.ts";

/**
 * Takes out of a merged object what its manager applied before and owns no more (structured-merge-diff, Updater.prune):
 * everything it had is removed, then what any manager still owns is put back, then what this manager never had.
 * @param last what the manager owned before this apply.
 * @param owned what all managers own with it.
 */
export function pruneFields(merged: unknown, last: FieldSet, owned: FieldSet, schema: Schema): unknown {
  if (last.size === 0) return merged;
  const named = (set: FieldSet) => withNamedFields(set, schema);
  const fieldsOf = (value: unknown) => named(appliedFields(value, schema));
  const had = named(last);
  const all = fieldsOf(merged);
  const bare = removeItems(merged, had, schema);
  const kept = new Set([...fieldsOf(bare), ...named(owned)]);
  const withOwned = fieldsOf(removeItems(merged, new Set([...all].filter((path) => !kept.has(path))), schema));
  return removeItems(merged, new Set([...all].filter((path) => !withOwned.has(path) && had.has(path))), schema);
}

/** The set with the struct fields above its members, so that an emptied struct goes as a whole. */
function withNamedFields(set: FieldSet, schema: Schema): FieldSet {
  const out = new Set(set);
  for (const path of set) {
    let above = "";
    let at = schema;
    for (const element of path.split(PATH_SEPARATOR).slice(0, -1)) {
      above = joinPath(above, element);
      const name = element.slice(2);
      if (element.startsWith("f:") && isStructField(at, name)) out.add(above);
      at = element.startsWith("f:") ? fieldSchema(at, name) : at.items ?? {};
    }
  }
  return out;
}

/** The value without the items at these paths; a container that loses its last item becomes null. */
function removeItems(value: unknown, remove: FieldSet, schema: Schema): unknown {
  const touched = new Set<string>();
  for (const path of remove) {
    for (let at = path.lastIndexOf(PATH_SEPARATOR); at > 0; at = path.lastIndexOf(PATH_SEPARATOR, at - 1)) {
      touched.add(path.slice(0, at));
    }
  }
  const visit = (value: unknown, schema: Schema, path: string): unknown => {
    if (shapeOf(value, schema) === "leaf") return value;
    const left: [string, unknown][] = [];
    for (const [element, child, childSchema] of childrenOf(value, schema)) {
      const below = joinPath(path, element);
      if (remove.has(below)) continue;
      left.push([element, touched.has(below) ? visit(child, childSchema, below) : child]);
    }
    if (left.length === 0) return null;
    if (isJsonObject(value)) return Object.fromEntries(left.map(([element, child]) => [element.slice(2), child]));
    return left.map(([, child]) => child);
  };
  return visit(value, schema, "");
}
