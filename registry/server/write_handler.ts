import { authorize, type Exchange, type RequestEnvironment } from "./request_environment.ts";
import { jsonResponse } from "./json_response.ts";
import { objectKey } from "./kube_object.ts";
import { asVersion, listObjects } from "./list_objects.ts";
import { parseListOptions } from "./list_options.ts";
import { readJson, readPatch } from "./request_body.ts";
import { attributesOf, type ResourceRequest } from "./request_info.ts";
import { apiVersionOf, type ServerKind, tableName } from "./server_kind.ts";
import { badRequest, notFound, type Status, StatusError } from "./status_error.ts";
import { checkWriteOptions, patchTypeOf } from "./write_options.ts";
import { deleteOptions, targetKey, type WriteTarget, type Written } from "./write_target.ts";

/** Answers POST, PUT, PATCH and DELETE of a kind that is served, for a user who may. */
export async function handleWrite(
  env: RequestEnvironment,
  exchange: Exchange,
  kind: ServerKind,
  wanted: ResourceRequest,
): Promise<Response> {
  const { request, url } = exchange;
  checkWriteOptions(request.method, url.searchParams);
  const target = targetOf(exchange, kind, wanted);
  if (wanted.subresource === "token") return await issueToken(env, exchange, kind, wanted);
  if (request.method === "POST") {
    return show(env, request, target, env.writes.create(target, await readJson(request, kind.kind)));
  }
  if (request.method === "DELETE") {
    return wanted.name ? await deleteOne(env, exchange, target) : await deleteMany(env, exchange, target);
  }
  if (!wanted.name) throw badRequest("name must be provided");
  if (request.method === "PATCH") return await handlePatch(env, exchange, wanted, target);
  if (request.method === "PUT") {
    const body = await readJson(request, kind.kind);
    if (kind.createOnUpdate) authorizeCreation(env, exchange, wanted, target);
    return show(env, request, target, env.writes.update(target, body));
  }
  const message = "the server does not allow this method on the requested resource";
  throw new StatusError(405, "MethodNotAllowed", message, {});
}

function targetOf({ request, url, user }: Exchange, kind: ServerKind, wanted: ResourceRequest): WriteTarget {
  const agent = (request.headers.get("user-agent") ?? "").split("/")[0]!;
  const { version, namespace, name, subresource } = wanted;
  return {
    kind,
    version,
    namespace,
    name,
    subresource,
    user,
    manager: url.searchParams.get("fieldManager") || agent || "unknown",
    dryRun: url.searchParams.get("dryRun") === "All",
    strict: url.searchParams.get("fieldValidation") === "Strict",
  };
}

/** The stored object in the version that was asked for, with a warning for every field that was dropped. */
function show(env: RequestEnvironment, request: Request, target: WriteTarget, written: Written): Response {
  const object = asVersion(written.object, apiVersionOf(target.kind, target.version));
  const response = jsonResponse(request, written.created ? 201 : 200, object, env.clock.now());
  for (const path of written.unknown) response.headers.append("warning", `299 - "unknown field \\"${path}\\""`);
  return response;
}

/** Making an object by PUT or apply needs the right to create it, too. */
function authorizeCreation(env: RequestEnvironment, exchange: Exchange, wanted: ResourceRequest, target: WriteTarget) {
  if (env.storage.get(tableName(target.kind), targetKey(target))) return;
  authorize(env, exchange.user, attributesOf(wanted, "create"));
}

async function handlePatch(env: RequestEnvironment, exchange: Exchange, wanted: ResourceRequest, target: WriteTarget) {
  const { request, url } = exchange;
  const type = patchTypeOf(request, url.searchParams, target.kind);
  const patch = await readPatch(request);
  if (type === "apply") authorizeCreation(env, exchange, wanted, target);
  const force = ["1", "true"].includes(url.searchParams.get("force") ?? "");
  return show(env, request, target, env.writes.patch(target, type, patch, force));
}

async function issueToken(env: RequestEnvironment, { request }: Exchange, kind: ServerKind, wanted: ResourceRequest) {
  const account = env.storage.get(tableName(kind), objectKey(wanted.namespace, wanted.name));
  if (!account) throw notFound(kind, wanted.name);
  const token = env.tokens.request(account, await readJson(request, "TokenRequest"));
  return jsonResponse(request, 201, token, env.clock.now());
}

async function deleteOne(env: RequestEnvironment, { request }: Exchange, target: WriteTarget): Promise<Response> {
  const { kind, name } = target;
  const gone = env.writes.delete(target, deleteOptions(await readJson(request, "DeleteOptions", {})));
  const group = kind.group ? { group: kind.group } : {};
  const details = { name, ...group, kind: kind.plural, uid: gone.metadata.uid ?? "" };
  const status: Status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
  const body = kind.returnsDeleted || gone.metadata.deletionTimestamp ? gone : status;
  return jsonResponse(request, 200, body, env.clock.now());
}

async function deleteMany(env: RequestEnvironment, { request, url }: Exchange, target: WriteTarget): Promise<Response> {
  const { kind, version } = target;
  const options = deleteOptions(await readJson(request, "DeleteOptions", {}));
  const list = listObjects(env.storage, kind, version, target.namespace, parseListOptions(url.searchParams, kind));
  for (const { metadata: { name = "", namespace = "" } } of list.items) {
    env.writes.delete({ ...target, name, namespace }, options);
  }
  return jsonResponse(request, 200, list, env.clock.now());
}
