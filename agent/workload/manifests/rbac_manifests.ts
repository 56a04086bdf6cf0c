import type { Manifest } from "../manifest.ts";

/** Whose rights, and over what. */
export interface RbacScope {
  /** Where VMs register. */
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Where names are read; empty: the whole cluster. */
  readonly namespaces: readonly string[];
  /** WorkloadGroups that the account may join; empty: any of its namespace. */
  readonly groups: readonly string[];
  /** Services that the account may stand behind with endpoint slices; empty: none. */
  readonly services: readonly string[];
}

/** A rule of a Role. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const ISTIO = "networking.istio.io";
const DISCOVERY = "discovery.k8s.io";
const RBAC = "rbac.authorization.k8s.io";
const FOLLOW = ["list", "watch"];
const READ = ["get", ...FOLLOW];
const WRITE = ["create", "patch", "update", "delete"];

/** Roles and bindings for one service account: they suffice for everything the agent does, and allow no more. */
export function rbacManifests(scope: RbacScope): Manifest[] {
  const { namespace, serviceAccount, namespaces } = scope;
  const name = `moorline.${namespace}.${serviceAccount}`;
  const subject = { kind: "ServiceAccount", name: serviceAccount, namespace };
  const reading = namespaces.length === 0
    ? bound("ClusterRole", name, "", [...READING, ZTUNNEL], subject)
    : namespaces.flatMap((where) => bound("Role", `${name}.names`, where, READING, subject));
  const ambient = namespaces.length === 0 ? [] : bound("ClusterRole", name, "", [ZTUNNEL], subject);
  return [...reading, ...ambient, ...bound("Role", name, namespace, registering(scope), subject)];
}

/** What names are made of. */
const READING: readonly Rule[] = [
  { apiGroups: [""], resources: ["services"], verbs: FOLLOW },
  { apiGroups: [DISCOVERY], resources: ["endpointslices"], verbs: FOLLOW },
  { apiGroups: [ISTIO], resources: ["serviceentries", "workloadentries"], verbs: FOLLOW },
];

/** Whether ambient runs here decides how bad health is told (`unhealthy: auto`). */
const ZTUNNEL: Rule = { apiGroups: ["apps"], resources: ["daemonsets"], verbs: ["get"], resourceNames: ["ztunnel"] };

/** What a registration writes. `register` is no verb of the API server: the admission policies ask for it. */
function registering({ serviceAccount, groups, services }: RbacScope): Rule[] {
  const joined = groups.length > 0 ? { resourceNames: groups } : {};
  return [
    { apiGroups: [ISTIO], resources: ["workloadgroups"], verbs: READ },
    { apiGroups: [ISTIO], resources: ["workloadgroups"], verbs: ["register"], ...joined },
    { apiGroups: [ISTIO], resources: ["workloadentries"], verbs: [...READ, ...WRITE] },
    { apiGroups: [ISTIO], resources: ["workloadentries/status"], verbs: ["patch"] },
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "patch", "delete"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create"] },
    { apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"], resourceNames: [serviceAccount] },
    ...(services.length > 0
      ? [
        { apiGroups: [DISCOVERY], resources: ["endpointslices"], verbs: [...READ, ...WRITE] },
        { apiGroups: [""], resources: ["services"], verbs: [...READ, "register"], resourceNames: services },
      ]
      : []),
  ];
}

/** A role and its binding to one subject; cluster-wide without a namespace. */
export function bound(
  kind: "Role" | "ClusterRole",
  name: string,
  namespace: string,
  rules: readonly Rule[],
  subject: Readonly<Record<string, string>>,
): Manifest[] {
  const apiVersion = `${RBAC}/v1`;
  const metadata = { name, ...(namespace ? { namespace } : {}) };
  return [
    { apiVersion, kind, metadata, rules },
    {
      apiVersion,
      kind: kind === "Role" ? "RoleBinding" : "ClusterRoleBinding",
      metadata,
      roleRef: { apiGroup: RBAC, kind, name },
      subjects: [subject],
    },
  ];
}
