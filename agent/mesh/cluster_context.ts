import type { ClusterKnowledge } from "./cluster_view.ts";
import type { AnswerMode, MeshRules } from "./mesh_rules.ts";

/** What the names of one cluster's objects depend on besides the objects. */
export interface ClusterContext {
  readonly domain: string;
  /** The domains of all clusters, this one's among them. */
  readonly domains: readonly string[];
  readonly rules: MeshRules;
  /** What `auto` stands for, as measured from here. */
  readonly measured: AnswerMode;
  readonly knowledge: ClusterKnowledge;
}
