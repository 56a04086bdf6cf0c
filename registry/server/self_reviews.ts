import type { Authorizer, UserInfo } from "./authorization.ts";
import { isJsonObject, type JsonObject, kubeTime } from "./kube_object.ts";
import type { ResourceRequest } from "./request_info.ts";

const WHO = "authentication.k8s.io/selfsubjectreviews";
const MAY = "authorization.k8s.io/selfsubjectaccessreviews";

const nameOf = ({ group, resource }: ResourceRequest) => `${group}/${resource}`;

/** Whether the path is one at which a client asks about itself. */
export function isReview(wanted: ResourceRequest): boolean {
  return [WHO, MAY].includes(nameOf(wanted));
}

/** What a client may ask about itself: SelfSubjectReview ("who am I?") and SelfSubjectAccessReview ("may I?"). */
export function selfReview(
  wanted: ResourceRequest,
  body: unknown,
  user: UserInfo,
  authorizer: Authorizer | undefined,
  now: number,
): JsonObject {
  if (nameOf(wanted) === WHO) {
    const userInfo = { ...user, groups: [...user.groups] };
    return {
      kind: "SelfSubjectReview",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { creationTimestamp: kubeTime(now) },
      status: { userInfo },
    };
  }
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
