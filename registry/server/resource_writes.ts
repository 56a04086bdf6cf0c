import type { Clock, Random } from "../clock.ts";
import { applyObject } from "./apply.ts";
import type { UserInfo } from "./authorization.ts";
import { isJsonObject, type KubeObject, kubeTime, objectKey } from "./kube_object.ts";
import { asVersion } from "./list_objects.ts";
import { type Manager, sameButTimes, trackUpdate } from "./managed_fields.ts";
import { jsonPatch, mergePatch } from "./patch.ts";
import { checkObject, decodeObject, keepMetadata, matchPath, wantsNewGeneration } from "./prepare_object.ts";
import { randomUuid } from "./random_uuid.ts";
import { apiVersionOf, type ServerKind, tableName } from "./server_kind.ts";
import { ServiceAddresses } from "./service_rules.ts";
import {
  alreadyExists,
  badRequest,
  invalid,
  modifiedMeanwhile,
  notFound,
  preconditionFailed,
  StatusError,
} from "./status_error.ts";
import type { Storage } from "./storage.ts";

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
}

export type PatchType = "merge" | "json" | "apply";

export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
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
}

/** Create, update, patch and delete: every change of an object goes through here. */
export class ResourceWrites {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #addresses = new ServiceAddresses();
  readonly admissions = new Set<Admission>();

  constructor(storage: Storage, clock: Clock, random: Random) {
    this.#storage = storage;
    this.#clock = clock;
    this.#random = random;
  }

  create(target: WriteTarget, body: unknown): Written {
    const { kind } = target;
    const object = decodeObject(body, kind, target.version);
    matchPath(object, kind, target.namespace, target.name);
    const { metadata } = object;
    if (metadata.resourceVersion) {
      throw new StatusError(500, "", "resourceVersion should not be set on objects to be created");
    }
    if (!metadata.name && metadata.generateName) metadata.name = metadata.generateName + this.#suffix();
    kind.defaults?.(object);
    if (kind.status && kind.plural !== "namespaces") delete object.status;
    kind.defaults?.(object);
    const time = kubeTime(this.#clock.now());
    return this.#insert(target, trackUpdate(undefined, object, kind, this.#manager(target, "Update"), time));
  }

  update(target: WriteTarget, body: unknown): Written {
    const { kind, name } = target;
    const object = decodeObject(body, kind, target.version);
    matchPath(object, kind, target.namespace, name);
    const before = this.#find(target);
    if (!before) {
      if (kind.createOnUpdate && !target.subresource) return this.create(target, body);
      throw notFound(kind, name);
    }
    const revision = object.metadata.resourceVersion;
    if (!revision && !kind.unconditionalUpdate) {
      const message = "Invalid value: 0: must be specified for an update";
      throw invalid({ kind: kind.plural, group: kind.group }, name, [
        { reason: "FieldValueInvalid", message, field: "metadata.resourceVersion" },
      ]);
    }
    if (revision && revision !== before.metadata.resourceVersion) throw modifiedMeanwhile(kind, name);
    return this.#replace(target, before, object);
  }

  patch(target: WriteTarget, type: PatchType, patch: unknown, force: boolean): Written {
    const before = this.#find(target);
    if (type === "apply") return this.#apply(target, before, patch, force);
    if (!before) throw notFound(target.kind, target.name);
    const current = asVersion(before, apiVersionOf(target.kind, target.version));
    const patched = type === "merge" ? mergePatch(current, patch) : jsonPatch(current, patch);
    const object = decodeObject(patched, target.kind, target.version);
    matchPath(object, target.kind, target.namespace, target.name);
    if (object.metadata.resourceVersion !== before.metadata.resourceVersion && object.metadata.resourceVersion) {
      throw modifiedMeanwhile(target.kind, target.name);
    }
    return this.#replace(target, before, object);
  }

  /** Removes the object, or marks it as terminating while it has finalizers. */
  delete(target: WriteTarget, options: DeleteOptions): KubeObject {
    const { kind, name } = target;
    const before = this.#find(target);
    if (!before) throw notFound(kind, name);
    const { uid = "", resourceVersion = "" } = before.metadata;
    if (options.uid && options.uid !== uid) throw preconditionFailed(kind, name, "UID", options.uid, uid);
    if (options.resourceVersion && options.resourceVersion !== resourceVersion) {
      throw preconditionFailed(kind, name, "ResourceVersion", options.resourceVersion, resourceVersion);
    }
    this.#admit("DELETE", target, before, undefined);
    if (target.dryRun) return before;
    const key = this.#key(target);
    if (!before.metadata.finalizers?.length) this.#storage.remove(tableName(kind), key);
    else if (!before.metadata.deletionTimestamp) {
      const metadata = {
        ...before.metadata,
        deletionTimestamp: kubeTime(this.#clock.now()),
        deletionGracePeriodSeconds: 0,
      };
      return this.#storage.put(tableName(kind), key, { ...before, metadata });
    }
    return before;
  }

  #apply(target: WriteTarget, before: KubeObject | undefined, config: unknown, force: boolean): Written {
    const { kind, name } = target;
    if (!before && target.subresource) throw notFound(kind, name);
    const decoded = decodeObject(config, kind, target.version);
    if (decoded.metadata.managedFields) throw badRequest("metadata.managedFields must be nil");
    matchPath(decoded, kind, target.namespace, name);
    const revision = decoded.metadata.resourceVersion;
    if (revision && revision !== before?.metadata.resourceVersion) throw modifiedMeanwhile(kind, name);
    const manager = this.#manager(target, "Apply");
    const applied = applyObject(before, decoded, kind, manager, force, kubeTime(this.#clock.now()));
    kind.defaults?.(applied);
    if (before) return this.#store(target, before, this.#merge(target, before, applied));
    if (kind.status) delete applied.status;
    kind.defaults?.(applied);
    return this.#insert(target, applied);
  }

  #insert(target: WriteTarget, object: KubeObject): Written {
    const { kind, namespace } = target;
    const name = object.metadata.name ?? "";
    if (kind.namespaced && !this.#storage.get("/namespaces", namespace)) {
      throw new StatusError(404, "NotFound", `namespaces "${namespace}" not found`, {
        name: namespace,
        kind: "namespaces",
      });
    }
    object.metadata.uid = randomUuid(this.#random);
    object.metadata.creationTimestamp = kubeTime(this.#clock.now());
    delete object.metadata.deletionTimestamp;
    if (kind.custom || kind.generation) object.metadata.generation = 1;
    else delete object.metadata.generation;
    if (kind.plural === "services") this.#addresses.allocate(object);
    checkObject(object, kind);
    if (this.#storage.get(tableName(kind), this.#key(target, name))) throw alreadyExists(kind, name);
    this.#admit("CREATE", target, undefined, object);
    if (target.dryRun) return { object, created: true };
    return { object: this.#storage.put(tableName(kind), this.#key(target, name), object), created: true };
  }

  #replace(target: WriteTarget, before: KubeObject, object: KubeObject): Written {
    const { kind } = target;
    kind.defaults?.(object);
    const merged = this.#merge(target, before, object);
    if (kind.plural === "services") this.#addresses.keep(before, merged);
    const time = kubeTime(this.#clock.now());
    return this.#store(target, before, trackUpdate(before, merged, kind, this.#manager(target, "Update"), time));
  }

  /** The main resource leaves status alone, and the status subresource everything else. */
  #merge(target: WriteTarget, before: KubeObject, object: KubeObject): KubeObject {
    const after = { ...object };
    keepMetadata(before, after);
    if (!target.kind.status) return after;
    const { status: _, ...rest } = target.subresource === "status" ? before : after;
    const source = target.subresource === "status" ? after : before;
    const merged: KubeObject = { ...rest, ...(source.status === undefined ? {} : { status: source.status }) };
    const managed = after.metadata.managedFields;
    if (target.subresource === "status" && managed) merged.metadata = { ...before.metadata, managedFields: managed };
    return merged;
  }

  #store(target: WriteTarget, before: KubeObject, object: KubeObject): Written {
    const { kind } = target;
    checkObject(object, kind);
    if (wantsNewGeneration(before, object, kind)) object.metadata.generation = (before.metadata.generation ?? 0) + 1;
    this.#admit("UPDATE", target, before, object);
    if (sameButTimes(before, object)) return { object: before, created: false };
    if (target.dryRun) return { object, created: false };
    const key = this.#key(target);
    const stored = this.#storage.put(tableName(kind), key, object);
    if (stored.metadata.deletionTimestamp && !stored.metadata.finalizers?.length) {
      this.#storage.remove(tableName(kind), key);
    }
    return { object: stored, created: false };
  }

  #admit(operation: AdmissionRequest["operation"], target: WriteTarget, before?: KubeObject, after?: KubeObject) {
    const { kind, subresource, namespace, user } = target;
    const name = target.name || after?.metadata.name || "";
    for (const admit of this.admissions) {
      const objects = { ...(after ? { object: after } : {}), ...(before ? { oldObject: before } : {}) };
      admit({ operation, kind, subresource, namespace, name, user, ...objects });
    }
  }

  #find(target: WriteTarget): KubeObject | undefined {
    return this.#storage.get(tableName(target.kind), this.#key(target));
  }

  #key(target: WriteTarget, name: string = target.name): string {
    return objectKey(target.kind.namespaced ? target.namespace : "", name);
  }

  #manager(target: WriteTarget, operation: "Apply" | "Update"): Manager {
    const apiVersion = apiVersionOf(target.kind, target.version);
    return { name: target.manager, operation, apiVersion, subresource: target.subresource };
  }

  /** Five characters without vowels, as generateName appends them. */
  #suffix(): string {
    const alphabet = "bcdfghjklmnpqrstvwxz2456789";
    return Array.from({ length: 5 }, () => alphabet[Math.floor(this.#random() * alphabet.length)]).join("");
  }
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
