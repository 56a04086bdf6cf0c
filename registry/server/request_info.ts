import type { Attributes } from "./authorization.ts";
import { apiVersionOf, type ServerKind } from "./server_kind.ts";
import { badRequest } from "./status_error.ts";

/** What a request's path means (apiserver's RequestInfo). */
export interface ResourceRequest {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

function decodeParts(path: string): string[] {
  try {
    return path.split("/").filter((part) => part !== "").map(decodeURIComponent);
  } catch (error) {
    throw badRequest(`the path ${path} cannot be decoded: ${error instanceof Error ? error.message : error}`);
  }
}

/** `/api/v1/…` and `/apis/G/V/…`; undefined for every other path, discovery included. */
export function parseResourcePath(path: string): ResourceRequest | undefined {
  const parts = decodeParts(path);
  const core = parts[0] === "api";
  if (!core && parts[0] !== "apis") return undefined;
  const [group = "", version = ""] = core ? ["", parts[1]] : [parts[1], parts[2]];
  let rest = parts.slice(core ? 2 : 3);
  if (rest.length === 0) return undefined;
  let namespace = "";
  // A namespace itself is a resource; what follows its name, but for its subresources, is in it.
  if (rest[0] === "namespaces" && rest.length > 2 && rest[2] !== "status" && rest[2] !== "finalize") {
    namespace = rest[1]!;
    rest = rest.slice(2);
  }
  const [resource = "", name = "", subresource = ""] = rest;
  if (resource === "namespaces" && !namespace) namespace = name;
  return { group, version, resource, subresource, namespace, name };
}

const VERBS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  GET: ["get", "list"],
  HEAD: ["get", "list"],
  POST: ["create", "create"],
  PUT: ["update", "update"],
  PATCH: ["patch", "patch"],
  DELETE: ["delete", "deletecollection"],
};

/** The verb by which a request is authorised. */
export function verbOf(method: string, named: boolean, watch: boolean): string {
  if (watch && !named) return "watch";
  return VERBS[method]?.[named ? 0 : 1] ?? method.toLowerCase();
}

export function attributesOf(request: ResourceRequest, verb: string, name: string = request.name): Attributes {
  const { group, resource, subresource, namespace } = request;
  return { verb, group, resource, subresource, namespace, name };
}

/** The kind behind a path, if this group, version and plural are served. */
export function findKind(kinds: Iterable<ServerKind>, request: ResourceRequest): ServerKind | undefined {
  for (const kind of kinds) {
    const same = kind.group === request.group && kind.plural === request.resource;
    if (same && kind.versions.includes(request.version)) return kind;
  }
  return undefined;
}

/** The kind of a manifest, by its apiVersion and kind. */
export function kindOfManifest(
  kinds: Iterable<ServerKind>,
  apiVersion: unknown,
  name: unknown,
): ServerKind | undefined {
  for (const kind of kinds) {
    const served = kind.versions.some((version) => apiVersionOf(kind, version) === apiVersion);
    if (kind.kind === name && (served || apiVersion === undefined)) return kind;
  }
  return undefined;
}
