/** A Kubernetes object as JSON: what is sent to the API server, and what it sends back. */
export interface Manifest {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ManifestMetadata;
  readonly [field: string]: unknown;
}

/** The part of `metadata` that this folder reads or writes; other fields are carried along untouched. */
export interface ManifestMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFields[];
  readonly deletionTimestamp?: string;
  readonly [field: string]: unknown;
}

/** metav1.OwnerReference. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

/** metav1.ManagedFieldsEntry: which manager set which fields, by which kind of request. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The one field manager under which moorline writes. */
export const FIELD_MANAGER = "moorline";

/** Annotations on everything moorline writes. */
export const AGENT_ID = "moorline.dev/agent-id";
export const AGENT_VERSION = "moorline.dev/version";
export const OWNER = "moorline.dev/owner";
export const STATIC = "moorline.dev/static";

/** Istio's annotations and labels (pilot/pkg/autoregistration). */
export const AUTO_REGISTRATION_GROUP = "istio.io/autoRegistrationGroup";
export const HEALTH_CHECKS_ENABLED = "proxy.istio.io/health-checks-enabled";
export const CONNECTED_AT = "istio.io/connectedAt";
export const DISCONNECTED_AT = "istio.io/disconnectedAt";
export const WORKLOAD_CONTROLLER = "istio.io/workloadController";
export const TLS_MODE = "security.istio.io/tlsMode";
export const TUNNEL = "networking.istio.io/tunnel";

/** @returns the annotations, empty when there are none. */
export function annotationsOf(object: Manifest): Readonly<Record<string, string>> {
  return object.metadata.annotations ?? {};
}
