/**
 * `registry`: Kubernetes objects into memory, and back. It knows HTTP and the API's conventions, nothing of DNS or Istio,
 * and uses no packages.
 *
 * `loadAccess` finds server, CA and credentials (kubeconfig, service account, files, exec plugin). A `KubeClient` makes
 * requests with them: one exchange each, credentials re-read, silence noticed. `Resource` reads and writes one `Kind`.
 * A `Source` (watch or poll) turns lists and watches into one stream of events: bytes -> `JsonItems`, `JsonLines` ->
 * `kind.parse`. A `Reflector` keeps a part of a `Store` equal to its source for ever, through failures that become
 * named states. Readers take a `StoreReader`: objects by key, batches of changes, the state of each part.
 */
export type { Access, AccessOptions } from "./access.ts";
export { ApiError, type Asked } from "./api_error.ts";
export { backoff } from "./backoff.ts";
export { type Clock, type Random, systemClock } from "./clock.ts";
export { createDirectClient } from "./http_client.ts";
export {
  apiVersion,
  type Identified,
  identify,
  isRecord,
  keyOf,
  type Kind,
  type Manifest,
  pathOf,
  resourceName,
} from "./kind.ts";
export { type KindState, worstState } from "./kind_state.ts";
export { type ClientOptions, KubeClient } from "./kube_client.ts";
export { loadAccess } from "./load_access.ts";
export type { Log } from "./log_type.ts";
export { AccessError } from "./material.ts";
export { type PollOptions, pollSource } from "./poll_source.ts";
export { Reflector, type ReflectorOptions, type RestartReason } from "./reflector.ts";
export type { Answer, RequestOptions } from "./request.ts";
export type { PatchOptions, Preconditions, Resource } from "./resource.ts";
export type { Selection } from "./selection.ts";
export type { Source, SourceEvent } from "./source.ts";
export { type Change, Store, type StoreReader, type StoreWriter } from "./store.ts";
export { StreamBroken } from "./stream_broken.ts";
export { systemBundle, trustNobody } from "./trust.ts";
export type { AuthState } from "./transport.ts";
export { Unreachable } from "./unreachable.ts";
export { watchSource } from "./watch_source.ts";
