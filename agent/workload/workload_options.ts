import type { WorkloadGroup } from "./workload_kinds.ts";

/** The `workload:` section of the configuration as registration takes it; durations in milliseconds. */
export interface WorkloadOptions {
  readonly namespace: string;
  /** WorkloadGroup; empty: nothing is registered. */
  readonly group: string;
  readonly publish: "auto" | "workload-entry" | "endpoint-slice" | "none";
  /** The Service behind which endpoint slices put this VM. */
  readonly service: string;
  readonly address: readonly string[];
  readonly network: string;
  readonly locality: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tls: "disabled" | "istio";
  readonly probe: {
    readonly exec: boolean;
    readonly hosts: "own" | "any";
    /** A probe as in a WorkloadGroup, or null. */
    readonly override: unknown;
  };
  readonly unhealthy: "auto" | "condition" | "withdraw";
  readonly heartbeat: number;
  readonly drain: number;
  readonly istioCleanup: boolean;
}

/**
 * The group of `workload.groupFile` as this workload has it: in its namespace, whatever the file says, and under its
 * name; `workload.group` may be left empty then.
 */
export function withGroupFile<T extends { readonly workload: WorkloadOptions; readonly groupFromFile?: WorkloadGroup }>(
  options: T,
): T {
  const { workload, groupFromFile } = options;
  if (!groupFromFile) return options;
  const group = workload.group || groupFromFile.name;
  const { namespace } = workload;
  return { ...options, workload: { ...workload, group }, groupFromFile: { ...groupFromFile, namespace, name: group } };
}

/** What every workload has that its configuration does not mention; the values are the contract's defaults. */
export const WORKLOAD_DEFAULTS: WorkloadOptions = {
  namespace: "default",
  group: "",
  publish: "auto",
  service: "",
  address: ["auto"],
  network: "",
  locality: "",
  labels: {},
  tls: "disabled",
  probe: { exec: false, hosts: "own", override: null },
  unhealthy: "auto",
  heartbeat: 10_000,
  drain: 5_000,
  istioCleanup: true,
};
