/**
 * A Kubernetes API server in memory: for `moorline demo`, and for tests that want a cluster without one.
 *
 * A request goes through `api_server` (faults, who is it), `request_info` (what does the path mean), `authorization`
 * (may it), `request_handler` (list, watch, get or write). Reads come from `storage`, which counts one revision up for
 * every write and keeps the history that `list_objects` (pages, exact revisions) and `watch_cache` (events since a
 * revision) show. Writes go through `resource_writes`: `prepare_object` decodes, defaults and checks, `patch` and
 * `apply` compute the new state, `managed_fields` says who owns which field, and storage tells the watches.
 * `core_kinds` and `istio_kinds` are the tables of what is served. One suite of tests runs against this server and
 * against kube-apiserver: where they differ, this one is wrong.
 */
export { ApiServer, type ApiServerOptions, type RequestRecord } from "./api_server.ts";
export { ADMINISTRATOR } from "./authentication.ts";
export type { Grant, PolicyRule, UserInfo } from "./authorization.ts";
export { coreKinds } from "./core_kinds.ts";
export type { Fault, FaultAction, FaultRule, Faults } from "./faults.ts";
export { istioKinds } from "./istio_kinds.ts";
export type { KubeObject, ManagedFieldsEntry, ObjectMeta, OwnerReference } from "./kube_object.ts";
export type { LocalClient, Manifest } from "./local_client.ts";
export type { Admission, AdmissionRequest } from "./write_target.ts";
export type { Schema } from "./field_schema.ts";
export type { ServerKind } from "./server_kind.ts";
export { forbidden, invalid, plainStatus, type Status, StatusError } from "./status_error.ts";
export type { WatchScope } from "./watch_cache.ts";
