import type { Authorizer, UserInfo } from "./authorization.ts";
import { isJsonObject, type JsonObject, kubeTime } from "./kube_object.ts";
import type { ResourceRequest } from "./request_info.ts";

/**
 * What a client may ask about itself: SelfSubjectAccessReview ("may I?") and SelfSubjectReview ("who am I?").
 * @returns the answer, or undefined when the request is no review.
 */
export function selfReview(
  wanted: ResourceRequest,
  body: unknown,
  user: UserInfo,
  authorizer: Authorizer | undefined,
  now: number,
): JsonObject | undefined {
  const resource = `${wanted.group}/${wanted.resource}`;
  if (resource === "authentication.k8s.io/selfsubjectreviews") {
    const userInfo = { ...user, groups: [...user.groups] };
    return {
      kind: "SelfSubjectReview",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { creationTimestamp: kubeTime(now) },
      status: { userInfo },
    };
  }
  if (resource !== "authorization.k8s.io/selfsubjectaccessreviews") return undefined;
  const spec = isJsonObject(body) && isJsonObject(body.spec) ? body.spec : {};
  return {
    kind: "SelfSubjectAccessReview",
    apiVersion: "authorization.k8s.io/v1",
    metadata: {},
    spec,
    status: { allowed: !authorizer || authorizer.allows(user, attributesOf(spec)) },
  };
}

function attributesOf(spec: JsonObject) {
  const about = isJsonObject(spec.resourceAttributes) ? spec.resourceAttributes : {};
  const url = isJsonObject(spec.nonResourceAttributes) ? spec.nonResourceAttributes : undefined;
  const text = (value: unknown) => typeof value === "string" ? value : "";
  return {
    verb: text((url ?? about).verb),
    group: text(about.group),
    resource: text(about.resource),
    subresource: text(about.subresource),
    namespace: text(about.namespace),
    name: text(about.name),
    ...(url ? { path: text(url.path) } : {}),
  };
}
