import { isJsonObject, jsonEqual, type JsonObject } from "./kube_object.ts";
import { fieldSchema, isStructField, type Schema } from "./field_schema.ts";

/**
 * Sets of field paths, as structured-merge-diff has them: what managers own and what differs between two objects.
 * A path is its elements joined by NUL; an element is written as in FieldsV1: `f:name` a field, `k:{…}` an item of a
 * keyed list, `v:…` an item of a set.
 */
export type FieldSet = Set<string>;

export const PATH_SEPARATOR = "\u0000";

export function joinPath(path: string, element: string): string {
  return path ? path + PATH_SEPARATOR + element : element;
}

/** How a value is taken apart; a leaf is owned as a whole. */
export function shapeOf(value: unknown, schema: Schema): "map" | "keyed" | "set" | "leaf" {
  if (isJsonObject(value)) return schema.atomic ? "leaf" : "map";
  if (!Array.isArray(value)) return "leaf";
  if (schema.keys) return "keyed";
  return schema.set ? "set" : "leaf";
}

/** The element that names an item of a keyed list or a set. */
export function itemElement(item: unknown, schema: Schema): string {
  if (!schema.keys) return `v:${JSON.stringify(item)}`;
  const source = isJsonObject(item) ? item : {};
  const key: JsonObject = {};
  for (const name of [...schema.keys].sort()) {
    const value = source[name] ?? schema.keyDefaults?.[name];
    if (value !== undefined) key[name] = value;
  }
  return `k:${JSON.stringify(key)}`;
}

/** The children of a value that is no leaf: element, value, schema, and whether the child is a struct's field. */
export function* childrenOf(value: unknown, schema: Schema): Generator<[string, unknown, Schema, boolean]> {
  if (isJsonObject(value)) {
    for (const [name, child] of Object.entries(value)) {
      yield [`f:${name}`, child, fieldSchema(schema, name), isStructField(schema, name)];
    }
  } else if (Array.isArray(value)) {
    for (const item of value) yield [itemElement(item, schema), item, schema.items ?? {}, false];
  }
}

const isEmpty = (value: unknown) => value === null || (isJsonObject(value) && Object.keys(value).length === 0);

/** What a manager owns that applies this value. */
export function appliedFields(value: unknown, schema: Schema): FieldSet {
  const found: FieldSet = new Set();
  const visit = (value: unknown, schema: Schema, path: string) => {
    if (shapeOf(value, schema) === "leaf") {
      if (path) found.add(path);
      return;
    }
    for (const [element, child, childSchema, ofStruct] of childrenOf(value, schema)) {
      const below = joinPath(path, element);
      visit(child, childSchema, below);
      if (!ofStruct || isEmpty(child)) found.add(below);
    }
  };
  visit(value, schema, "");
  return found;
}

export interface FieldDifference {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** What changes from one object to another, containers that come or go included. */
export function compareFields(before: unknown, after: unknown, schema: Schema): FieldDifference {
  const difference = { added: new Set<string>(), modified: new Set<string>(), removed: new Set<string>() };
  const visit = (lhs: unknown, rhs: unknown, schema: Schema, path: string) => {
    const leaf = shapeOf(rhs ?? lhs, schema) === "leaf" || shapeOf(lhs ?? rhs, schema) === "leaf" ||
      ((lhs === undefined || isEmpty(lhs)) && (rhs === undefined || isEmpty(rhs)));
    if (leaf) {
      if (lhs === undefined) difference.added.add(path);
      else if (rhs === undefined) difference.removed.add(path);
      else if (!jsonEqual(lhs, rhs)) difference.modified.add(path);
      return;
    }
    const left = new Map<string, [unknown, Schema]>();
    const right = new Map<string, [unknown, Schema]>();
    for (const [element, child, childSchema] of childrenOf(lhs, schema)) left.set(element, [child, childSchema]);
    for (const [element, child, childSchema] of childrenOf(rhs, schema)) right.set(element, [child, childSchema]);
    for (const element of new Set([...left.keys(), ...right.keys()])) {
      const [from, to] = [left.get(element), right.get(element)];
      visit(from?.[0], to?.[0], (to ?? from)![1], joinPath(path, element));
    }
    if (path && lhs === undefined) difference.added.add(path);
    if (path && rhs === undefined) difference.removed.add(path);
  };
  visit(before, after, schema, "");
  return difference;
}

/** FieldsV1: the tree in which a set is written; `.` marks an inner node that is itself a member. */
export function toFieldsV1(set: FieldSet): JsonObject {
  const root: JsonObject = {};
  const inner = new Set<string>();
  for (const path of set) {
    for (let at = path.lastIndexOf(PATH_SEPARATOR); at > 0; at = path.lastIndexOf(PATH_SEPARATOR, at - 1)) {
      inner.add(path.slice(0, at));
    }
  }
  for (const path of [...set].sort()) {
    let node = root;
    for (const element of path.split(PATH_SEPARATOR)) node = (node[element] ??= {}) as JsonObject;
    if (inner.has(path)) node["."] = {};
  }
  return root;
}

export function fromFieldsV1(fields: JsonObject): FieldSet {
  const set: FieldSet = new Set();
  const visit = (node: JsonObject, path: string) => {
    const children = Object.keys(node).filter((key) => key !== ".");
    if (path && (children.length === 0 || "." in node)) set.add(path);
    for (const element of children) {
      const child = node[element];
      visit(isJsonObject(child) ? child : {}, joinPath(path, element));
    }
  };
  visit(fields, "");
  return set;
}

/** The order in which sets are walked: the members of a node, then what is below its children. */
export function comparePaths(a: string, b: string): number {
  const [left, right] = [a.split(PATH_SEPARATOR), b.split(PATH_SEPARATOR)];
  const at = left.findIndex((element, i) => element !== right[i]);
  if (at < 0) return left.length - right.length;
  const depth = Math.min(left.length - at, 2) - Math.min(right.length - at, 2);
  return depth || (left[at]! < (right[at] ?? "") ? -1 : 1);
}

/** A path as conflicts print it: `.spec.ports[name="http"].number`. */
export function printPath(path: string): string {
  return path.split(PATH_SEPARATOR).map((element) => {
    const rest = element.slice(2);
    if (element.startsWith("f:")) return `.${rest}`;
    if (element.startsWith("v:")) return `[=${rest}]`;
    const key = Object.entries(JSON.parse(rest) as JsonObject);
    return `[${key.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}]`;
  }).join("");
}
