import type { Validation, Variable } from "./policy_rule.ts";

/** An annotation of an object in CEL, or the empty string. */
function annotation(object: string, key: string): string {
  return `(${object} != null && has(${object}.metadata.annotations) && '${key}' in ${object}.metadata.annotations) ` +
    `? ${object}.metadata.annotations['${key}'] : ''`;
}

const CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

/**
 * Who asks, in the words of `moorline.dev/owner`: accounts `moorline-*` are one VM's, and the user counts; every other
 * account is shared, and the token does. The agent judges alike (`ownerOf`).
 */
export const ownershipVariables: readonly Variable[] = [
  { name: "account", expression: "request.userInfo.username.split(':')[3]" },
  { name: "shared", expression: "!variables.account.startsWith('moorline-')" },
  {
    name: "token",
    expression: `(has(request.userInfo.extra) && '${CREDENTIAL_ID}' in request.userInfo.extra) ` +
      `? request.userInfo.extra['${CREDENTIAL_ID}'][0] : ''`,
  },
  { name: "me", expression: "variables.shared ? variables.token : request.userInfo.username" },
  { name: "owner", expression: annotation("object", "moorline.dev/owner") },
  { name: "former", expression: annotation("oldObject", "moorline.dev/owner") },
];

/** Own entries, status, Leases and slices only. A shared account's token may give what it owns to its successor. */
export const ownershipRules: readonly Validation[] = [
  {
    expression: "variables.me != ''",
    message:
      "this token has no credential id, so nothing can be told to be its own: Kubernetes 1.32 or newer is needed",
  },
  {
    expression: "request.operation == 'CREATE' || variables.former == variables.me",
    message: "this object is not this VM's own",
  },
  {
    expression: "request.operation == 'DELETE' || variables.owner == variables.me || " +
      "(request.operation == 'UPDATE' && variables.shared && variables.owner.startsWith('JTI='))",
    message: "the annotation moorline.dev/owner must name who writes",
  },
  {
    expression: "request.operation == 'DELETE' || !has(object.metadata.finalizers) || " +
      "(oldObject != null && has(oldObject.metadata.finalizers) && " +
      "object.metadata.finalizers == oldObject.metadata.finalizers)",
    message: "a VM may not set finalizers",
  },
];
