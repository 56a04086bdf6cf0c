import type { KindState } from "../../registry/mod.ts";
import type { RegistrationState } from "./registration_table.ts";
import type { WorkloadOptions } from "./workload_options.ts";

/** One sentence for people: why a registration is in this state and what to do; empty when all is well. */
export function reasonFor(
  state: RegistrationState,
  { namespace, group }: Pick<WorkloadOptions, "namespace" | "group">,
  groupState: KindState | undefined,
  placeProblem: string,
): string {
  const name = `WorkloadGroup ${namespace}/${group}`;
  switch (state) {
    case "off":
      return group ? "workload.publish is none: nothing is registered" : "workload.group is empty: DNS only";
    case "waiting-api":
      return groupState?.state === "synced" && placeProblem ? placeProblem : `${name} was not read yet`;
    case "waiting-group":
      return groupState?.state === "absent"
        ? "the cluster serves no WorkloadGroups: install Istio's CRDs, or set workload.groupFile"
        : `${name} does not exist: create it (moorline group create), or correct workload.group`;
    case "no-group":
      return `${name} was deleted: the entry is left to Kubernetes, and registered again when the group returns`;
    case "forbidden":
    case "unauthorized":
      return refusedReason(groupState, name);
    default:
      return "";
  }
}

function refusedReason(state: KindState | undefined, name: string): string {
  if (state?.state === "forbidden") {
    return `${name} may not be read: grant verb ${state.verb} on ${state.resource} in namespace ${state.namespace}`;
  }
  return state?.state === "unauthorized" ? `the API server does not accept the credentials: ${state.reason}` : "";
}
