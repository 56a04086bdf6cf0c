import type { Identified, Kind, KindState } from "../../registry/mod.ts";
import type { Manifest } from "./manifest.ts";

/**
 * What registration needs of a cluster: the registry's client and reflectors, narrowed, so that tests can put a
 * cluster in memory in their place. Failures are the registry's `ApiError` and `Unreachable`.
 */
export interface Cluster {
  resource<T extends Identified>(kind: Kind<T>): Objects<T>;
  /** Follows the one object of this name. `onChange` is called when it, or what is known of its kind, changed. */
  watch<T extends Identified>(kind: Kind<T>, namespace: string, name: string, onChange: () => void): ObjectWatch<T>;
  /** Whether the cluster has this kind at all. */
  serves(kind: Kind<Identified>): Promise<boolean>;
  /** The API server's clock minus ours, in milliseconds; undefined before it answered. */
  readonly clockSkew: number | undefined;
}

/** Reads and writes of one kind. */
export interface Objects<T> {
  get(namespace: string, name: string): Promise<T>;
  create(manifest: Manifest): Promise<T>;
  apply(manifest: Manifest, options: { readonly fieldManager: string; readonly force: boolean }): Promise<T>;
  replace(manifest: Manifest, options: { readonly fieldManager: string }): Promise<T>;
  mergePatch(
    namespace: string,
    name: string,
    patch: Readonly<Record<string, unknown>>,
    options: { readonly resourceVersion: string; readonly fieldManager: string },
  ): Promise<T>;
  mergeStatus(
    namespace: string,
    name: string,
    status: Readonly<Record<string, unknown>>,
    options: { readonly resourceVersion: string; readonly fieldManager: string },
  ): Promise<T>;
  delete(
    namespace: string,
    name: string,
    preconditions: { readonly uid: string; readonly resourceVersion?: string },
  ): Promise<void>;
}

/** One followed object. */
export interface ObjectWatch<T> {
  /** As last seen; undefined when it does not exist or was not read yet, which `state` tells apart. */
  readonly current: T | undefined;
  readonly state: KindState;
  /** How far the watch has come; opaque. An object that came and went between two looks shows here only. */
  readonly revision: string;
  run(signal: AbortSignal): Promise<void>;
}

/** What a call gives, or undefined where the object does not exist (404). */
export async function orAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if ((error as { isNotFound?: unknown }).isNotFound === true) return undefined;
    throw error;
  }
}
