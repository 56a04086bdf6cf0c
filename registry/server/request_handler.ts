import type { Clock, Random } from "../clock.ts";
import { type Attributes, type Authorizer, refusal, type UserInfo } from "./authorization.ts";
import { discover } from "./discovery.ts";
import { jsonResponse, streamResponse, textResponse } from "./json_response.ts";
import { isJsonObject, objectKey } from "./kube_object.ts";
import { asVersion, listObjects } from "./list_objects.ts";
import { parseListOptions } from "./list_options.ts";
import { attributesOf, findKind, parseResourcePath, type ResourceRequest, verbOf } from "./request_info.ts";
import { deleteOptions, type PatchType, type ResourceWrites, type WriteTarget } from "./resource_writes.ts";
import { selfReview } from "./self_reviews.ts";
import { apiVersionOf, type ServerKind, tableName } from "./server_kind.ts";
import type { ServiceAccountTokens } from "./service_account_tokens.ts";
import { badRequest, forbidden, invalid, noSuchResource, notFound, type Status, StatusError } from "./status_error.ts";
import type { Storage } from "./storage.ts";
import type { WatchScope } from "./watch_cache.ts";

/** The parts that requests are answered from. */
export interface RequestEnvironment {
  readonly storage: Storage;
  readonly writes: ResourceWrites;
  readonly tokens: ServiceAccountTokens;
  readonly authorizer: Authorizer | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** The kinds that are served now. */
  readonly kinds: () => readonly ServerKind[];
  readonly watch: (scope: WatchScope) => ReadableStream<Uint8Array>;
}

interface Exchange {
  readonly request: Request;
  readonly url: URL;
  readonly user: UserInfo;
}

/** Answers an authenticated request; refusals are thrown as StatusError. */
export async function handleRequest(env: RequestEnvironment, exchange: Exchange): Promise<Response> {
  const { request, url } = exchange;
  const path = url.pathname;
  const wanted = parseResourcePath(path);
  if (!wanted) return handleDiscovery(env, exchange);
  const review = request.method === "POST" && wanted.name === ""
    ? selfReview(wanted, await bodyUnlessKind(env, exchange, wanted), exchange.user, env.authorizer, env.clock.now())
    : undefined;
  if (review) return jsonResponse(request, 201, review, env.clock.now());
  const kind = findKind(env.kinds(), wanted);
  const watching = ["1", "true"].includes(url.searchParams.get("watch") ?? "");
  const options = kind && request.method === "GET" && !wanted.name
    ? parseListOptions(url.searchParams, kind)
    : undefined;
  const verb = verbOf(request.method, wanted.name !== "", watching);
  authorize(env, exchange.user, attributesOf(wanted, verb, wanted.name || options?.fields.name || ""));
  if (!env.kinds().some((known) => known.group === wanted.group && known.versions.includes(wanted.version))) {
    return textResponse(404, "404 page not found\n", env.clock.now());
  }
  if (!kind || !knownSubresource(kind, wanted)) throw noSuchResource();
  if (options?.watch) {
    const scope = { kind, version: wanted.version, namespace: wanted.namespace, options };
    return streamResponse(env.watch(scope), env.clock.now());
  }
  if (options) {
    return jsonResponse(
      request,
      200,
      listObjects(env.storage, kind, wanted.version, wanted.namespace, options),
      env.clock.now(),
    );
  }
  if (request.method === "GET") return getObject(env, exchange, kind, wanted);
  return await handleWrite(env, exchange, kind, wanted);
}

/** Reviews have no kind of their own here; any other POST keeps its body for the write. */
async function bodyUnlessKind(
  env: RequestEnvironment,
  { request }: Exchange,
  wanted: ResourceRequest,
): Promise<unknown> {
  return findKind(env.kinds(), wanted) ? undefined : await readJson(request.clone());
}

function knownSubresource(kind: ServerKind, { subresource }: ResourceRequest): boolean {
  return subresource === "" || (subresource === "status" && kind.status === true) ||
    (subresource === "token" && kind.plural === "serviceaccounts");
}

function handleDiscovery(env: RequestEnvironment, { request, url, user }: Exchange): Response {
  const path = url.pathname;
  const attributes = {
    verb: request.method.toLowerCase(),
    path,
    group: "",
    resource: "",
    subresource: "",
    namespace: "",
    name: "",
  };
  authorize(env, user, attributes);
  const document = discover(env.kinds(), path, url.host);
  if (document === undefined) return textResponse(404, "404 page not found\n", env.clock.now());
  if (typeof document === "string") return textResponse(200, document, env.clock.now());
  return jsonResponse(request, 200, document, env.clock.now());
}

function authorize(env: RequestEnvironment, user: UserInfo, attributes: Attributes) {
  if (!env.authorizer || env.authorizer.allows(user, attributes)) return;
  if (attributes.path !== undefined) {
    throw new StatusError(403, "Forbidden", `forbidden: ${refusal(user, attributes)}`, {});
  }
  throw forbidden(attributes.group, attributes.resource, attributes.name, refusal(user, attributes));
}

function getObject(
  env: RequestEnvironment,
  { request }: Exchange,
  kind: ServerKind,
  wanted: ResourceRequest,
): Response {
  const key = objectKey(kind.namespaced ? wanted.namespace : "", wanted.name);
  const object = env.storage.get(tableName(kind), key);
  if (!object) throw notFound(kind, wanted.name);
  return jsonResponse(request, 200, asVersion(object, apiVersionOf(kind, wanted.version)), env.clock.now());
}

function targetOf({ request, url, user }: Exchange, kind: ServerKind, wanted: ResourceRequest): WriteTarget {
  const agent = (request.headers.get("user-agent") ?? "").split("/")[0]!;
  return {
    kind,
    version: wanted.version,
    namespace: wanted.namespace,
    name: wanted.name,
    subresource: wanted.subresource,
    manager: url.searchParams.get("fieldManager") || agent || "unknown",
    user,
    dryRun: url.searchParams.get("dryRun") === "All",
  };
}

async function handleWrite(
  env: RequestEnvironment,
  exchange: Exchange,
  kind: ServerKind,
  wanted: ResourceRequest,
): Promise<Response> {
  const { request } = exchange;
  const target = targetOf(exchange, kind, wanted);
  const now = env.clock.now();
  const shown = (object: Parameters<typeof asVersion>[0]) => asVersion(object, apiVersionOf(kind, wanted.version));
  if (wanted.subresource === "token") {
    const account = env.storage.get(tableName(kind), objectKey(wanted.namespace, wanted.name));
    if (!account) throw notFound(kind, wanted.name);
    return jsonResponse(request, 201, env.tokens.request(account, await readJson(request)), now);
  }
  if (request.method === "DELETE") return await handleDelete(env, exchange, target);
  if (request.method === "POST" && !wanted.name) {
    return jsonResponse(request, 201, shown(env.writes.create(target, await readJson(request)).object), now);
  }
  if (request.method !== "PUT" && request.method !== "PATCH" || !wanted.name) {
    throw new StatusError(
      405,
      "MethodNotAllowed",
      "the server does not allow this method on the requested resource",
      {},
    );
  }
  const type = request.method === "PATCH" ? patchType(exchange) : undefined;
  const body = await readJson(request);
  // Making an object by PUT or apply needs the right to create it, too.
  if (!env.storage.get(tableName(kind), objectKey(kind.namespaced ? wanted.namespace : "", wanted.name))) {
    if (type === "apply" || (!type && kind.createOnUpdate)) {
      authorize(env, exchange.user, attributesOf(wanted, "create"));
    }
  }
  const force = ["1", "true"].includes(exchange.url.searchParams.get("force") ?? "");
  const written = type ? env.writes.patch(target, type, body, force) : env.writes.update(target, body);
  return jsonResponse(request, written.created ? 201 : 200, shown(written.object), now);
}

async function handleDelete(env: RequestEnvironment, exchange: Exchange, target: WriteTarget): Promise<Response> {
  const { request, url } = exchange;
  const { kind } = target;
  const options = deleteOptions(await readJson(request, {}));
  const group = kind.group ? { group: kind.group } : {};
  if (target.name) {
    const gone = env.writes.delete(target, options);
    const details = { name: target.name, ...group, kind: kind.plural, uid: gone.metadata.uid ?? "" };
    const status: Status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
    const body = gone.metadata.deletionTimestamp ? gone : status;
    return jsonResponse(request, 200, body, env.clock.now());
  }
  const list = listObjects(
    env.storage,
    kind,
    target.version,
    target.namespace,
    parseListOptions(url.searchParams, kind),
  );
  for (const { metadata } of list.items) {
    env.writes.delete({ ...target, name: metadata.name ?? "", namespace: metadata.namespace ?? "" }, options);
  }
  return jsonResponse(request, 200, list, env.clock.now());
}

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  "application/merge-patch+json": "merge",
  "application/json-patch+json": "json",
  "application/apply-patch+yaml": "apply",
};

function patchType({ request, url }: Exchange): PatchType {
  const media = (request.headers.get("content-type") ?? "").split(";")[0]!.trim();
  const type = PATCH_TYPES[media];
  const query = url.searchParams;
  const refuse = (field: string, reason: string, message: string) =>
    invalid({ kind: "PatchOptions", group: "meta.k8s.io" }, "", [{ reason, message, field }]);
  if (!type) {
    const accepted = Object.keys(PATCH_TYPES).join(", ");
    const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
    throw new StatusError(415, "UnsupportedMediaType", message);
  }
  if (type === "apply" && !query.get("fieldManager")) {
    throw refuse("fieldManager", "FieldValueRequired", "Required value: is required for apply patch");
  }
  if (type !== "apply" && query.has("force")) {
    throw refuse("force", "FieldValueForbidden", "Forbidden: may not be specified for non-apply patch");
  }
  return type;
}

/** @param absent what an empty body stands for; without it an empty body is refused. */
async function readJson(request: Request, absent?: unknown): Promise<unknown> {
  const text = await request.text();
  if (text === "" && absent !== undefined) return absent;
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value) || Array.isArray(value)) return value;
  } catch {
    // Refused below like every other body that is no object.
  }
  throw badRequest("the object provided is unrecognized (must be a JSON object)");
}
