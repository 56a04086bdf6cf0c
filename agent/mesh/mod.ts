/**
 * `agent/mesh`: objects of clusters into names.
 *
 * A `ClusterFeed` reads one cluster, as little of it as answers need, into four stores: Services, EndpointSlices,
 * ServiceEntries, WorkloadEntries, each parsed and trimmed by its `_kind` file. The `NameBuilder` learns from
 * `ClusterObjects` whose names a change touches, asks those objects for their claims (`service_names`,
 * `service_entry_names`, `zone_names`, with `visibility`, `address_choice` and `nearness` deciding), settles names that
 * several claim (`name_claim`: home first, Services before ServiceEntries, own namespace, oldest), and publishes what
 * differs. Names are a pure function of objects and rules, so `explain` asks the same functions, and listens to their
 * remarks. `Mesh` joins all that and is what the agent holds.
 */
export type { Measured, Probe } from "./answer_measure.ts";
export { sourceOf } from "./cluster_source.ts";
export type { MeshKindName } from "./cluster_view.ts";
export type { Considered, Explanation, ObjectName } from "./explain.ts";
export type { FeedSnapshot, PartStatus, SourceMaker } from "./feed_types.ts";
export { Mesh } from "./mesh.ts";
export type { ClusterSnapshot, ClusterStatus, MeshCluster, MeshOptions, MeshSnapshot } from "./mesh.ts";
export { DEFAULT_RULES } from "./mesh_rules.ts";
export type { AnswerMode, AnswerSetting, HostRules, MeshRules, OwnRecord } from "./mesh_rules.ts";
export { meshKinds } from "./mesh_kinds.ts";
export type { Schedule } from "./name_builder.ts";
export type { ShortNames } from "./name_completions.ts";
export type { CollisionRow, NameRow, RefusedRow } from "./name_list.ts";
