import type { UserInfo } from "./authorization.ts";
import { isJsonObject, type KubeObject, objectKey } from "./kube_object.ts";
import type { ServerKind } from "./server_kind.ts";

/** Where a write goes and on whose behalf. */
export interface WriteTarget {
  readonly kind: ServerKind;
  readonly version: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly manager: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** Fields that the kind does not know are refused, not dropped. */
  readonly strict: boolean;
}

/** The key of the target's object in its table. */
export function targetKey({ kind, namespace, name }: WriteTarget): string {
  return objectKey(kind.namespaced ? namespace : "", name);
}

export type PatchType = "merge" | "json" | "strategic" | "apply";

export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** The preconditions of a DeleteOptions body or of nothing. */
export function deleteOptions(body: unknown): DeleteOptions {
  const preconditions = isJsonObject(body) && isJsonObject(body.preconditions) ? body.preconditions : {};
  const { uid, resourceVersion } = preconditions;
  return {
    ...(typeof uid === "string" ? { uid } : {}),
    ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
  };
}

/** A write that is about to happen, for admission. */
export interface AdmissionRequest {
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  readonly kind: ServerKind;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: UserInfo;
  readonly object?: KubeObject;
  readonly oldObject?: KubeObject;
}

/** Throws a StatusError to refuse, as an admission policy does. */
export type Admission = (request: AdmissionRequest) => void;

export interface Written {
  readonly object: KubeObject;
  readonly created: boolean;
  /** Paths that were sent and are no fields of the kind. */
  readonly unknown: readonly string[];
}
