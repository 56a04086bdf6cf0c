import { isJsonObject, jsonEqual, type JsonObject } from "./kube_object.ts";
import { fieldSchema, type Schema } from "./field_schema.ts";
import { badRequest, StatusError } from "./status_error.ts";

/** JSON merge patch (RFC 7386) of an object: null removes, objects merge, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) throw badRequest("error decoding patch: a merge patch is an object");
  return mergeValue(target, patch);
}

function mergeValue(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const out: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete out[name];
    else out[name] = mergeValue(out[name], value);
  }
  return out;
}

/**
 * Strategic merge patch, of which kubectl sends little: objects merge, lists with a key merge by their first key,
 * `$patch: delete` removes an item, and directives about order are passed over.
 */
export function strategicPatch(target: unknown, patch: unknown, schema: Schema): unknown {
  if (!isJsonObject(patch)) throw badRequest("error decoding patch: a strategic merge patch is an object");
  const out: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith("$")) continue;
    const below = fieldSchema(schema, name);
    const key = below.keys?.[0];
    if (value === null) delete out[name];
    else if (isJsonObject(value)) out[name] = strategicPatch(out[name], value, below);
    else if (Array.isArray(value) && key) out[name] = strategicList(out[name], value, key, below.items ?? {});
    else out[name] = value;
  }
  return out;
}

function strategicList(target: unknown, patch: readonly unknown[], key: string, schema: Schema): unknown[] {
  const items: unknown[] = Array.isArray(target) ? [...target] : [];
  for (const item of patch) {
    if (!isJsonObject(item)) continue;
    const at = items.findIndex((other) => isJsonObject(other) && jsonEqual(other[key], item[key]));
    if (item.$patch === "delete") items.splice(at, at < 0 ? 0 : 1);
    else if (at < 0) items.push(item);
    else items[at] = strategicPatch(items[at], item, schema);
  }
  return items;
}

type Container = JsonObject | unknown[];

function pointer(path: unknown): string[] {
  if (typeof path !== "string" || (path !== "" && !path.startsWith("/"))) {
    throw badRequest(`invalid JSON pointer ${JSON.stringify(path)}`);
  }
  return path.split("/").slice(1).map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** 422, as the API server answers an operation that the document does not allow: without a reason. */
function refused(): StatusError {
  return new StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {});
}

function read(document: unknown, tokens: readonly string[]): unknown {
  let value = document;
  for (const token of tokens) {
    if (Array.isArray(value)) value = value[Number(token)];
    else value = isJsonObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
    if (value === undefined) throw refused();
  }
  return value;
}

function set(container: Container, token: string, value: unknown, insert: boolean) {
  if (!Array.isArray(container)) container[token] = value;
  else if (token === "-") container.push(value);
  else container.splice(Number(token), insert ? 0 : 1, value);
}

function remove(container: Container, token: string): unknown {
  if (Array.isArray(container)) return container.splice(Number(token), 1)[0];
  const value = container[token];
  delete container[token];
  return value;
}

/** JSON patch (RFC 6902). */
export function jsonPatch(target: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw badRequest("error decoding patch: a JSON patch is a list of operations");
  let document = structuredClone(target);
  for (const operation of operations as { op: string; path: unknown; from?: unknown; value?: unknown }[]) {
    const tokens = pointer(operation.path);
    if (operation.op === "test") {
      if (!jsonEqual(read(document, tokens), operation.value)) throw refused();
      continue;
    }
    const last = tokens.at(-1);
    if (last === undefined) {
      document = structuredClone(operation.value);
      continue;
    }
    const parent = read(document, tokens.slice(0, -1)) as Container;
    const source = operation.from === undefined ? [] : pointer(operation.from);
    if (operation.op === "add") set(parent, last, operation.value, true);
    else if (operation.op === "replace") read(document, tokens), set(parent, last, operation.value, false);
    else if (operation.op === "remove") read(document, tokens), remove(parent, last);
    else if (operation.op === "copy") set(parent, last, structuredClone(read(document, source)), true);
    else if (operation.op === "move") {
      const value = read(document, source);
      remove(read(document, source.slice(0, -1)) as Container, source.at(-1)!);
      set(read(document, tokens.slice(0, -1)) as Container, last, value, true);
    } else throw refused();
  }
  return document;
}
