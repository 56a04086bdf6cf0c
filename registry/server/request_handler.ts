import type { Clock, Random } from "../clock.ts";
import { type Attributes, type Authorizer, refusal, type UserInfo } from "./authorization.ts";
import { discover } from "./discovery.ts";
import { jsonResponse, streamResponse, textResponse } from "./json_response.ts";
import { isJsonObject, objectKey } from "./kube_object.ts";
import { asVersion, listObjects } from "./list_objects.ts";
import { parseListOptions } from "./list_options.ts";
import { attributesOf, findKind, parseResourcePath, type ResourceRequest, verbOf } from "./request_info.ts";
import type { ResourceWrites } from "./resource_writes.ts";
import { selfReview } from "./self_reviews.ts";
import { apiVersionOf, type ServerKind, tableName } from "./server_kind.ts";
import type { ServiceAccountTokens } from "./service_account_tokens.ts";
import { badRequest, forbidden, invalid, noSuchResource, notFound, type Status, StatusError } from "./status_error.ts";
import type { Storage } from "./storage.ts";
import type { WatchScope } from "./watch_cache.ts";
import { deleteOptions, type PatchType, type WriteTarget, type Written } from "./write_target.ts";

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

const LONGEST_MANAGER = 128;

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
  if (!kind) throw noSuchResource();
  if (!knownSubresource(kind, wanted)) throw kind.custom ? notFound(kind, wanted.name) : noSuchResource();
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
    strict: url.searchParams.get("fieldValidation") === "Strict",
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
  checkWriteOptions(exchange);
  if (wanted.subresource === "token") {
    const account = env.storage.get(tableName(kind), objectKey(wanted.namespace, wanted.name));
    if (!account) throw notFound(kind, wanted.name);
    return jsonResponse(request, 201, env.tokens.request(account, await readJson(request)), env.clock.now());
  }
  if (request.method === "DELETE") return await handleDelete(env, exchange, target);
  if (request.method === "POST" && !wanted.name) {
    return written(env, exchange, target, env.writes.create(target, await readJson(request)));
  }
  if (!wanted.name) throw badRequest("name must be provided");
  if (request.method !== "PUT" && request.method !== "PATCH") {
    throw new StatusError(
      405,
      "MethodNotAllowed",
      "the server does not allow this method on the requested resource",
      {},
    );
  }
  const type = request.method === "PATCH" ? patchType(exchange, kind) : undefined;
  const body = await readJson(request);
  // Making an object by PUT or apply needs the right to create it, too.
  if (!env.storage.get(tableName(kind), objectKey(kind.namespaced ? wanted.namespace : "", wanted.name))) {
    if (type === "apply" || (!type && kind.createOnUpdate)) {
      authorize(env, exchange.user, attributesOf(wanted, "create"));
    }
  }
  const force = ["1", "true"].includes(exchange.url.searchParams.get("force") ?? "");
  const result = type ? env.writes.patch(target, type, body, force) : env.writes.update(target, body);
  return written(env, exchange, target, result);
}

/** The stored object in the version that was asked for, with a warning for every field that was dropped. */
function written(env: RequestEnvironment, { request }: Exchange, target: WriteTarget, result: Written): Response {
  const object = asVersion(result.object, apiVersionOf(target.kind, target.version));
  const response = jsonResponse(request, result.created ? 201 : 200, object, env.clock.now());
  for (const path of result.unknown) response.headers.append("warning", `299 - "unknown field \\"${path}\\""`);
  return response;
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
    const body = kind.returnsDeleted || gone.metadata.deletionTimestamp ? gone : status;
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

const STRATEGIC = "application/strategic-merge-patch+json";
const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  [STRATEGIC]: "strategic",
  "application/apply-patch+yaml": "apply",
};

/** Custom kinds have no strategic merge. */
function patchType({ request, url }: Exchange, kind: ServerKind): PatchType {
  const media = (request.headers.get("content-type") ?? "").split(";")[0]!.trim();
  const accepted = Object.keys(PATCH_TYPES).filter((name) => !kind.custom || name !== STRATEGIC);
  if (!accepted.includes(media)) {
    const list = accepted.join(", ");
    const message = `the body of the request was in an unknown format - accepted media types include: ${list}`;
    throw new StatusError(415, "UnsupportedMediaType", message);
  }
  const type = PATCH_TYPES[media]!;
  const query = url.searchParams;
  if (type === "apply" && !query.get("fieldManager")) {
    throw invalidOption(
      "PatchOptions",
      "fieldManager",
      "FieldValueRequired",
      "Required value: is required for apply patch",
    );
  }
  if (type !== "apply" && query.has("force")) {
    const message = "Forbidden: may not be specified for non-apply patch";
    throw invalidOption("PatchOptions", "force", "FieldValueForbidden", message);
  }
  return type;
}

const OPTIONS: Readonly<Record<string, string>> = {
  POST: "CreateOptions",
  PUT: "UpdateOptions",
  PATCH: "PatchOptions",
  DELETE: "DeleteOptions",
};

function invalidOption(options: string, field: string, reason: string, message: string): StatusError {
  return invalid({ kind: options, group: "meta.k8s.io" }, "", [{ reason, message, field }]);
}

function checkWriteOptions({ request, url }: Exchange) {
  const options = OPTIONS[request.method] ?? "";
  const dryRun = url.searchParams.getAll("dryRun").filter((value) => value !== "" && value !== "All");
  if (dryRun.length) {
    const message = `Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"`;
    throw invalidOption(options, "dryRun", "FieldValueNotSupported", message);
  }
  if ((url.searchParams.get("fieldManager") ?? "").length > LONGEST_MANAGER) {
    const message = `Too long: may not be more than ${LONGEST_MANAGER} bytes`;
    throw invalidOption(options, "fieldManager", "FieldValueTooLong", message);
  }
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
