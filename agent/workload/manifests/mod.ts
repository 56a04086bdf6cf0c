/**
 * What an operator puts into the cluster so that VMs may do their job and nothing else, as plain objects; `moorline
 * manifests` prints them, `bootstrap` applies them. All pure.
 *
 * `rbacManifests` is what one service account needs to answer names and to register. RBAC cannot say "only your own
 * entry", so `policyManifests` adds admission policies that do: an object belongs to the user or token that made it
 * (`ownership`), and its labels, service account, address and Service stay within what its group and Service allow.
 * `collectorManifests` is the collector with its rights, `flowControlManifests` keeps heartbeats apart from the rest of
 * the API server's work. Names carry namespace and account (`moorline.<namespace>.<account>`), so that several prints
 * stand side by side.
 */
export { type CollectorImage, collectorManifests } from "./collector_manifests.ts";
export { flowControlManifests } from "./flow_control.ts";
export { policyManifests, type PolicyScope } from "./policy_manifests.ts";
export { rbacManifests, type RbacScope } from "./rbac_manifests.ts";
