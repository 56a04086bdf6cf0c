import type { ClusterConfig, WorkloadConfig } from "../config/mod.ts";

/** One resource and what has to be done with it. */
export interface NeededPermission {
  readonly group: string;
  readonly resource: string;
  /** Of the resource, as `status`; empty: the resource itself. */
  readonly subresource: string;
  /** Empty: the whole cluster. */
  readonly namespace: string;
  readonly verbs: readonly string[];
  /** What does not work without it. */
  readonly purpose: string;
  /** Whether a VM can do its job without it. */
  readonly isOptional: boolean;
}

const FOLLOW = ["list", "watch"];
const READ = ["get", ...FOLLOW];
const WRITE = ["create", "patch", "update", "delete"];
const ISTIO = "networking.istio.io";

/** What names and registration take, as docs/join-a-vm.md grants it. Pure. */
export function neededPermissions(cluster: ClusterConfig, workloads: readonly WorkloadConfig[]): NeededPermission[] {
  const namespaces = cluster.namespaces.length > 0 ? cluster.namespaces : [""];
  const reading = namespaces.flatMap((namespace) => [
    permission("", "services", namespace, FOLLOW, "Services' names"),
    permission("discovery.k8s.io", "endpointslices", namespace, FOLLOW, "names of headless Services"),
    permission(ISTIO, "serviceentries", namespace, FOLLOW, "names of ServiceEntries", true),
    permission(ISTIO, "workloadentries", namespace, FOLLOW, "ServiceEntries that select entries", true),
  ]);
  return [...reading, ...workloads.filter(({ group, publish }) => group !== "" && publish !== "none").flatMap(writing)];
}

function writing({ namespace, groupFile, publish, service }: WorkloadConfig): NeededPermission[] {
  const isSlice = publish === "endpoint-slice" || (publish === "auto" && service !== "");
  const isEntry = publish !== "endpoint-slice";
  return [
    ...groupFile === ""
      ? [permission(ISTIO, "workloadgroups", namespace, READ, "the group that entries are made from")]
      : [],
    ...isEntry
      ? [
        permission(ISTIO, "workloadentries", namespace, [...READ, ...WRITE], "registration"),
        permission(ISTIO, "workloadentries/status", namespace, ["patch"], "health"),
      ]
      : [],
    ...isSlice
      ? [permission("discovery.k8s.io", "endpointslices", namespace, [...READ, ...WRITE], "registration")]
      : [],
    permission("coordination.k8s.io", "leases", namespace, ["get", "create", "patch", "delete"], "the heartbeat"),
    permission("", "events", namespace, ["create"], "Events on the entry", true),
  ];
}

function permission(
  group: string,
  path: string,
  namespace: string,
  verbs: readonly string[],
  purpose: string,
  isOptional = false,
): NeededPermission {
  const [resource = "", subresource = ""] = path.split("/");
  return { group, resource, subresource, namespace, verbs, purpose, isOptional };
}
