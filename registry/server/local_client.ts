import type { UserInfo } from "./authorization.ts";
import type { KubeObject } from "./kube_object.ts";
import { kindOfManifest } from "./request_info.ts";
import type { ResourceWrites } from "./resource_writes.ts";
import { apiVersionOf, type ServerKind, tableName } from "./server_kind.ts";
import { notFound } from "./status_error.ts";
import type { Storage } from "./storage.ts";
import { type DeleteOptions, type PatchType, targetKey, type WriteTarget } from "./write_target.ts";

/** A manifest as a person writes it; apiVersion may be left out where the kind's name says enough. */
export type Manifest = {
  readonly kind: string;
  readonly apiVersion?: string;
  readonly metadata?: unknown;
  readonly [field: string]: unknown;
};

/**
 * A client inside the process: what another user, controller or istiod would do, with the same rules and the same
 * events, but without HTTP. Kinds are named as in manifests (`Service`). Namespace "" is the cluster.
 */
export class LocalClient {
  readonly #storage: Storage;
  readonly #writes: ResourceWrites;
  readonly #kinds: readonly ServerKind[];
  readonly #user: UserInfo;

  constructor(storage: Storage, writes: ResourceWrites, kinds: readonly ServerKind[], user: UserInfo) {
    this.#storage = storage;
    this.#writes = writes;
    this.#kinds = kinds;
    this.#user = user;
  }

  /** @throws {StatusError} as the server would answer; so do all below. */
  create(manifest: Manifest, manager = "local"): KubeObject {
    const body = structuredClone(manifest) as unknown as KubeObject;
    const target = this.#target(body.kind, body.apiVersion, namespaceOf(body), "", manager);
    return structuredClone(this.#writes.create(target, this.#complete(body, target)).object);
  }

  /** PUT; without a resourceVersion it overwrites. */
  update(manifest: Manifest, manager = "local"): KubeObject {
    const body = structuredClone(manifest) as unknown as KubeObject;
    const target = this.#target(body.kind, body.apiVersion, namespaceOf(body), body.metadata.name ?? "", manager);
    const stored = this.#storage.get(tableName(target.kind), targetKey(target));
    body.metadata.resourceVersion ??= stored?.metadata.resourceVersion ?? "";
    return structuredClone(this.#writes.update(target, this.#complete(body, target)).object);
  }

  /** Server-side apply. */
  apply(manifest: Manifest, options: { manager?: string; force?: boolean; subresource?: string } = {}): KubeObject {
    const body = structuredClone(manifest) as unknown as KubeObject;
    const { manager = "local", force = false, subresource = "" } = options;
    const target = this.#target(body.kind, body.apiVersion, namespaceOf(body), body.metadata.name ?? "", manager);
    const patch = this.#complete(body, target);
    return structuredClone(this.#writes.patch({ ...target, subresource }, "apply", patch, force).object);
  }

  /** Merge patch, or JSON patch when `patch` is a list. */
  patch(
    kind: string,
    namespace: string,
    name: string,
    patch: unknown,
    options: { manager?: string; subresource?: string } = {},
  ): KubeObject {
    const target = this.#target(kind, undefined, namespace, name, options.manager ?? "local");
    const type: PatchType = Array.isArray(patch) ? "json" : "merge";
    const { subresource = "" } = options;
    return structuredClone(this.#writes.patch({ ...target, subresource }, type, structuredClone(patch), false).object);
  }

  delete(kind: string, namespace: string, name: string, options: DeleteOptions = {}): void {
    this.#writes.delete(this.#target(kind, undefined, namespace, name, "local"), options);
  }

  /** The object, or undefined when there is none. */
  find(kind: string, namespace: string, name: string): KubeObject | undefined {
    const target = this.#target(kind, undefined, namespace, name, "local");
    const object = this.#storage.get(tableName(target.kind), targetKey(target));
    return object && structuredClone(object);
  }

  get(kind: string, namespace: string, name: string): KubeObject {
    const object = this.find(kind, namespace, name);
    if (!object) throw notFound(this.#kind(kind, undefined), name);
    return object;
  }

  list(kind: string, namespace = ""): KubeObject[] {
    return this.#storage.list(tableName(this.#kind(kind, undefined)))
      .filter(([key]) => !namespace || key.startsWith(`${namespace}/`)).map(([, object]) => structuredClone(object));
  }

  #kind(kind: string, apiVersion: string | undefined): ServerKind {
    const found = kindOfManifest(this.#kinds, apiVersion, kind);
    if (!found) throw new Error(`the API server has no kind ${kind}${apiVersion ? ` of ${apiVersion}` : ""}`);
    return found;
  }

  #target(
    name: string,
    apiVersion: string | undefined,
    namespace: string,
    object: string,
    manager: string,
  ): WriteTarget {
    const kind = this.#kind(name, apiVersion);
    const version = apiVersion?.split("/").at(-1) ?? kind.versions[0]!;
    const where = kind.namespaced ? namespace || "default" : "";
    return {
      kind,
      version,
      namespace: where,
      name: object,
      subresource: "",
      manager,
      user: this.#user,
      dryRun: false,
      strict: false,
    };
  }

  #complete(body: KubeObject, { kind, version }: WriteTarget): KubeObject {
    return { ...body, apiVersion: apiVersionOf(kind, version) };
  }
}

const namespaceOf = (object: KubeObject) => object.metadata?.namespace ?? "";
