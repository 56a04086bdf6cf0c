import { isJsonObject, type KubeObject, objectKey } from "./kube_object.ts";
import type { Storage } from "./storage.ts";

export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What a request wants to do. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** For requests that are not about a resource, such as /version. */
  readonly path?: string;
}

/** rbac/v1 PolicyRule. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface Grant {
  /** A user, or every member of a group. */
  readonly user?: string;
  readonly group?: string;
  /** Everywhere unless given. */
  readonly namespace?: string;
  readonly rules: readonly PolicyRule[];
}

/** What every authenticated user may do (ClusterRoles system:discovery and system:basic-user). */
const BASIC: readonly PolicyRule[] = [
  {
    verbs: ["get"],
    nonResourceURLs: ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/readyz", "/version", "/version/"],
  },
  {
    verbs: ["create"],
    apiGroups: ["authorization.k8s.io", "authentication.k8s.io"],
    resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"],
  },
];

const RBAC = "rbac.authorization.k8s.io";

/** Role-based access as Kubernetes decides it: from the stored roles and bindings, and from grants made in process. */
export class Authorizer {
  readonly #storage: Storage;
  #grants: Grant[] = [];

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Adds a permission beside the stored roles; the result takes it away again. */
  grant(grant: Grant): () => void {
    this.#grants.push(grant);
    return () => void (this.#grants = this.#grants.filter((other) => other !== grant));
  }

  allows(user: UserInfo, attributes: Attributes): boolean {
    if (user.groups.includes("system:masters")) return true;
    if (user.groups.includes("system:authenticated") && BASIC.some((rule) => covers(rule, attributes))) return true;
    const granted = this.#grants.some((grant) =>
      (grant.user === user.username || (grant.group !== undefined && user.groups.includes(grant.group))) &&
      (!grant.namespace || grant.namespace === attributes.namespace) &&
      grant.rules.some((rule) => covers(rule, attributes))
    );
    return granted || this.#bound(user, attributes);
  }

  #bound(user: UserInfo, attributes: Attributes): boolean {
    const cluster = this.#storage.list(`${RBAC}/clusterrolebindings`).map(([, binding]) => binding);
    const local = this.#storage.list(`${RBAC}/rolebindings`).map(([, binding]) => binding)
      .filter((binding) => attributes.namespace && binding.metadata.namespace === attributes.namespace);
    return [...cluster, ...local].some((binding) =>
      subjectsOf(binding).some((subject) => isSubject(subject, user, binding.metadata.namespace ?? "")) &&
      this.#rulesOf(binding).some((rule) => covers(rule, attributes))
    );
  }

  #rulesOf(binding: KubeObject): readonly PolicyRule[] {
    const ref = binding.roleRef as { kind: string; name: string } | undefined;
    if (!ref) return [];
    const role = ref.kind === "ClusterRole"
      ? this.#storage.get(`${RBAC}/clusterroles`, ref.name)
      : this.#storage.get(`${RBAC}/roles`, objectKey(binding.metadata.namespace ?? "", ref.name));
    return Array.isArray(role?.rules) ? role.rules as PolicyRule[] : [];
  }
}

interface Subject {
  readonly kind?: unknown;
  readonly name?: unknown;
  readonly namespace?: unknown;
}

function subjectsOf(binding: KubeObject): Subject[] {
  return Array.isArray(binding.subjects) ? binding.subjects.filter(isJsonObject) : [];
}

function isSubject(subject: Subject, user: UserInfo, namespace: string): boolean {
  if (subject.kind === "User") return subject.name === user.username;
  if (subject.kind === "Group") return user.groups.includes(String(subject.name));
  return user.username === `system:serviceaccount:${subject.namespace ?? namespace}:${subject.name}`;
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes("*") || list.includes(value));
}

function covers(rule: PolicyRule, wanted: Attributes): boolean {
  if (!has(rule.verbs, wanted.verb)) return false;
  if (wanted.path !== undefined) {
    return rule.nonResourceURLs?.some((url) =>
      url === wanted.path || (url.endsWith("*") && wanted.path!.startsWith(url.slice(0, -1)))
    ) ?? false;
  }
  const resource = wanted.subresource ? `${wanted.resource}/${wanted.subresource}` : wanted.resource;
  const resources = has(rule.resources, resource) ||
    (wanted.subresource !== "" && rule.resources?.includes(`*/${wanted.subresource}`));
  return has(rule.apiGroups, wanted.group) && Boolean(resources) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(wanted.name));
}

/** The sentence by which RBAC refuses. */
export function refusal(user: UserInfo, wanted: Attributes): string {
  const resource = wanted.subresource ? `${wanted.resource}/${wanted.subresource}` : wanted.resource;
  const scope = wanted.namespace ? `in the namespace "${wanted.namespace}"` : "at the cluster scope";
  if (wanted.path !== undefined) return `User "${user.username}" cannot ${wanted.verb} path "${wanted.path}"`;
  return `User "${user.username}" cannot ${wanted.verb} resource "${resource}" in API group "${wanted.group}" ${scope}`;
}
