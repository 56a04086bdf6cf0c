import { discover } from "./discovery.ts";
import { authorize, type Exchange, type RequestEnvironment } from "./request_environment.ts";
import { jsonResponse, streamResponse, textResponse } from "./json_response.ts";
import { objectKey } from "./kube_object.ts";
import { asVersion, listObjects } from "./list_objects.ts";
import { parseListOptions } from "./list_options.ts";
import { attributesOf, findKind, parseResourcePath, type ResourceRequest, verbOf } from "./request_info.ts";
import { readJson } from "./request_body.ts";
import { pinnedName } from "./selectors.ts";
import { isReview, selfReview } from "./self_reviews.ts";
import { apiVersionOf, type ServerKind, tableName } from "./server_kind.ts";
import { noSuchResource, notFound } from "./status_error.ts";
import { handleWrite } from "./write_handler.ts";

/** Answers an authenticated request; refusals are thrown as StatusError. */
export async function handleRequest(env: RequestEnvironment, exchange: Exchange): Promise<Response> {
  const { request, url, user } = exchange;
  const wanted = parseResourcePath(url.pathname);
  if (!wanted) return handleDiscovery(env, exchange);
  const watching = ["1", "true"].includes(url.searchParams.get("watch") ?? "");
  const name = wanted.name || pinnedName(url.searchParams.get("fieldSelector") ?? "");
  authorize(env, user, attributesOf(wanted, verbOf(request.method, wanted.name !== "", watching), name));
  if (request.method === "POST" && isReview(wanted)) {
    const review = selfReview(wanted, await readJson(request, wanted.resource), user, env.authorizer, env.clock.now());
    return jsonResponse(request, 201, review, env.clock.now());
  }
  if (!env.kinds().some(({ group, versions }) => group === wanted.group && versions.includes(wanted.version))) {
    return textResponse(404, "404 page not found\n", env.clock.now());
  }
  const kind = findKind(env.kinds(), wanted);
  if (!kind) throw noSuchResource();
  if (!hasSubresource(kind, wanted)) throw kind.custom ? notFound(kind, wanted.name) : noSuchResource();
  if (request.method !== "GET") return await handleWrite(env, exchange, kind, wanted);
  return wanted.name ? getObject(env, exchange, kind, wanted) : getCollection(env, exchange, kind, wanted);
}

function hasSubresource(kind: ServerKind, { subresource }: ResourceRequest): boolean {
  return subresource === "" || (subresource === "status" && kind.status === true) ||
    (subresource === "token" && kind.plural === "serviceaccounts");
}

function handleDiscovery(env: RequestEnvironment, { request, url, user }: Exchange): Response {
  const path = url.pathname;
  const nothing = { group: "", resource: "", subresource: "", namespace: "", name: "" };
  authorize(env, user, { verb: request.method.toLowerCase(), path, ...nothing });
  const document = discover(env.kinds(), path, url.host);
  if (document === undefined) return textResponse(404, "404 page not found\n", env.clock.now());
  if (typeof document === "string") return textResponse(200, document, env.clock.now());
  return jsonResponse(request, 200, document, env.clock.now());
}

function getObject(env: RequestEnvironment, { request }: Exchange, kind: ServerKind, wanted: ResourceRequest) {
  const object = env.storage.get(tableName(kind), objectKey(kind.namespaced ? wanted.namespace : "", wanted.name));
  if (!object) throw notFound(kind, wanted.name);
  return jsonResponse(request, 200, asVersion(object, apiVersionOf(kind, wanted.version)), env.clock.now());
}

function getCollection(env: RequestEnvironment, exchange: Exchange, kind: ServerKind, wanted: ResourceRequest) {
  const { version, namespace } = wanted;
  const options = parseListOptions(exchange.url.searchParams, kind);
  if (options.watch) return streamResponse(env.watch({ kind, version, namespace, options }), env.clock.now());
  const list = listObjects(env.storage, kind, version, namespace, options);
  return jsonResponse(exchange.request, 200, list, env.clock.now());
}
