import type { Knowledge, MeshKindName } from "./cluster_view.ts";
import type { AnswerMode, MeshRules } from "./mesh_rules.ts";
import type { Service } from "./service_kind.ts";

/** What the names of one cluster's objects depend on besides the objects. */
export interface ClusterContext {
  readonly domain: string;
  /** The domains of all clusters, this one's among them. */
  readonly domains: readonly string[];
  readonly rules: MeshRules;
  /** What `auto` stands for, as measured from here. */
  readonly measured: AnswerMode;
  /** Whether objects of these kinds came from a snapshot, and no server has confirmed them so far. */
  isUnconfirmed(...kinds: MeshKindName[]): boolean;
  /** Whether all slices of a Service are in the store. */
  knowsEndpoints(service: Service): Knowledge;
  /** Whether the WorkloadEntries of a namespace are in the store. */
  knowsWorkloads(namespace: string): Knowledge;
}
