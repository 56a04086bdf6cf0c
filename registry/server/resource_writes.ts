import type { Clock, Random } from "../clock.ts";
import { applyObject } from "./apply.ts";
import { type BodyOrigin, type Decoded, decodeObject, refuseUnknown } from "./decode_object.ts";
import { type KubeObject, kubeTime } from "./kube_object.ts";
import { asVersion } from "./list_objects.ts";
import { type Manager, sameButTimes, trackUpdate } from "./managed_fields.ts";
import { jsonPatch, mergePatch, strategicPatch } from "./patch.ts";
import {
  checkAppliedUid,
  checkDeletion,
  checkObject,
  checkUid,
  completeObject,
  keepMetadata,
  matchPath,
  wantsNewGeneration,
} from "./prepare_object.ts";
import { randomUuid } from "./random_uuid.ts";
import { apiVersionOf, objectSchema, type ServerKind, tableName } from "./server_kind.ts";
import { ServiceAddresses } from "./service_rules.ts";
import {
  alreadyExists,
  badRequest,
  invalid,
  invalidValue,
  modifiedMeanwhile,
  namespaceTerminating,
  notFound,
  preconditionFailed,
  StatusError,
} from "./status_error.ts";
import type { Storage } from "./storage.ts";
import {
  type Admission,
  type AdmissionRequest,
  type DeleteOptions,
  type PatchType,
  targetKey,
  type WriteTarget,
  type Written,
} from "./write_target.ts";

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
    const { object, unknown } = decode(target, body, "body");
    matchPath(object, kind, target.namespace, target.name);
    const { metadata } = object;
    if (metadata.resourceVersion) {
      throw new StatusError(500, "", "resourceVersion should not be set on objects to be created");
    }
    if (!metadata.name && metadata.generateName) metadata.name = metadata.generateName + this.#suffix();
    if (kind.status) delete object.status;
    completeObject(object, kind);
    const tracked = trackUpdate(undefined, object, kind, managerOf(target, "Update"), this.#now());
    return this.#insert({ ...target, name: metadata.name ?? "" }, tracked, unknown);
  }

  update(target: WriteTarget, body: unknown): Written {
    const { kind, name } = target;
    const { object, unknown } = decode(target, body, "body");
    matchPath(object, kind, target.namespace, name);
    const before = this.#find(target);
    if (!before) {
      if (kind.createOnUpdate && !target.subresource) return this.create(target, body);
      throw notFound(kind, name);
    }
    checkUid(before, object, kind);
    const revision = object.metadata.resourceVersion;
    if (!revision && !kind.unconditionalUpdate) {
      const cause = invalidValue("metadata.resourceVersion", "0", "must be specified for an update");
      throw invalid({ kind: kind.plural, group: kind.group }, name, [cause]);
    }
    if (revision && revision !== before.metadata.resourceVersion) throw modifiedMeanwhile(kind, name);
    return this.#replace(target, before, object, unknown);
  }

  patch(target: WriteTarget, type: PatchType, patch: unknown, force: boolean): Written {
    const { kind } = target;
    const before = this.#find(target);
    if (type === "apply") return this.#apply(target, before, patch, force);
    if (!before) throw notFound(kind, target.name);
    const current = asVersion(before, apiVersionOf(kind, target.version));
    const patched = type === "json"
      ? jsonPatch(current, patch)
      : type === "merge"
      ? mergePatch(current, patch)
      : strategicPatch(current, patch, objectSchema(kind));
    const { object, unknown } = decode(target, patched, "patch");
    matchPath(object, kind, target.namespace, target.name);
    const revision = object.metadata.resourceVersion;
    if (revision && revision !== before.metadata.resourceVersion) throw modifiedMeanwhile(kind, target.name);
    return this.#replace(target, before, object, unknown);
  }

  /** Removes the object, or marks it as terminating while it has finalizers. */
  delete(target: WriteTarget, options: DeleteOptions): KubeObject {
    const { kind, name } = target;
    const before = this.#find(target);
    if (!before) throw notFound(kind, name);
    const { uid = "", resourceVersion = "", finalizers = [], deletionTimestamp } = before.metadata;
    if (options.uid && options.uid !== uid) throw preconditionFailed(kind, name, "UID", options.uid, uid);
    if (options.resourceVersion && options.resourceVersion !== resourceVersion) {
      throw preconditionFailed(kind, name, "ResourceVersion", options.resourceVersion, resourceVersion);
    }
    this.#admit("DELETE", target, before, undefined);
    const isNamespace = kind.plural === "namespaces";
    if (!isNamespace && finalizers.length === 0) {
      if (!target.dryRun) this.#storage.remove(tableName(kind), targetKey(target));
      return before;
    }
    if (deletionTimestamp) return before;
    const metadata = { ...before.metadata, deletionTimestamp: this.#now() };
    if (!isNamespace) metadata.deletionGracePeriodSeconds = 0;
    if (metadata.generation) metadata.generation++;
    const terminating = { ...before, metadata, ...(isNamespace ? { status: { phase: "Terminating" } } : {}) };
    return target.dryRun ? terminating : this.#storage.put(tableName(kind), targetKey(target), terminating);
  }

  #apply(target: WriteTarget, before: KubeObject | undefined, config: unknown, force: boolean): Written {
    const { kind, name } = target;
    if (!before && target.subresource) throw notFound(kind, name);
    const { object: decoded, unknown } = decode(target, config, "apply");
    if (decoded.metadata.managedFields) throw badRequest("metadata.managedFields must be nil");
    matchPath(decoded, kind, target.namespace, name);
    const revision = decoded.metadata.resourceVersion;
    if (before && revision && revision !== before.metadata.resourceVersion) throw modifiedMeanwhile(kind, name);
    checkAppliedUid(before, decoded, kind);
    const applied = applyObject(before, decoded, kind, managerOf(target, "Apply"), force, this.#now());
    if (!before && kind.status) delete applied.status;
    completeObject(applied, kind);
    if (before) return this.#store(target, before, merge(target, before, applied), unknown);
    return this.#insert(target, applied, unknown);
  }

  #insert(target: WriteTarget, object: KubeObject, unknown: readonly string[]): Written {
    const { kind, name } = target;
    this.#checkNamespace(target);
    const { metadata } = object;
    metadata.uid = randomUuid(this.#random);
    metadata.creationTimestamp = this.#now();
    for (const field of ["deletionTimestamp", "generation", "resourceVersion"] as const) delete metadata[field];
    if (kind.custom || kind.generation) metadata.generation = 1;
    kind.onCreate?.(object);
    if (kind.plural === "services") this.#addresses.allocate(object);
    checkObject(object, kind, undefined);
    if (this.#find(target)) throw alreadyExists(kind, name);
    this.#admit("CREATE", target, undefined, object);
    const stored = target.dryRun ? object : this.#storage.put(tableName(kind), targetKey(target), object);
    return { object: stored, created: true, unknown };
  }

  #checkNamespace({ kind, namespace, name }: WriteTarget) {
    if (!kind.namespaced) return;
    const home = this.#storage.get("/namespaces", namespace);
    if (!home) {
      const details = { name: namespace, kind: "namespaces" };
      throw new StatusError(404, "NotFound", `namespaces "${namespace}" not found`, details);
    }
    if (home.metadata.deletionTimestamp) throw namespaceTerminating(kind, name, namespace);
  }

  #replace(target: WriteTarget, before: KubeObject, object: KubeObject, unknown: readonly string[]): Written {
    const { kind } = target;
    checkDeletion(before, object, kind);
    completeObject(object, kind);
    const merged = merge(target, before, object);
    if (kind.plural === "services") this.#addresses.keep(before, merged);
    const tracked = trackUpdate(before, merged, kind, managerOf(target, "Update"), this.#now());
    return this.#store(target, before, tracked, unknown);
  }

  #store(target: WriteTarget, before: KubeObject, object: KubeObject, unknown: readonly string[]): Written {
    const { kind } = target;
    checkObject(object, kind, before);
    if (wantsNewGeneration(before, object, kind)) object.metadata.generation = (before.metadata.generation ?? 0) + 1;
    this.#admit("UPDATE", target, before, object);
    if (sameButTimes(before, object)) return { object: before, created: false, unknown };
    if (target.dryRun) return { object, created: false, unknown };
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (deletionTimestamp && finalizers.length === 0 && kind.plural !== "namespaces") {
      this.#storage.remove(tableName(kind), targetKey(target));
      return { object, created: false, unknown };
    }
    return { object: this.#storage.put(tableName(kind), targetKey(target), object), created: false, unknown };
  }

  #admit(operation: AdmissionRequest["operation"], target: WriteTarget, before?: KubeObject, after?: KubeObject) {
    const { kind, subresource, namespace, name, user } = target;
    const objects = { ...(after ? { object: after } : {}), ...(before ? { oldObject: before } : {}) };
    for (const admit of this.admissions) admit({ operation, kind, subresource, namespace, name, user, ...objects });
  }

  #find(target: WriteTarget): KubeObject | undefined {
    return this.#storage.get(tableName(target.kind), targetKey(target));
  }

  #now(): string {
    return kubeTime(this.#clock.now());
  }

  /** Five characters without vowels, as generateName appends them. */
  #suffix(): string {
    const alphabet = "bcdfghjklmnpqrstvwxz2456789";
    return Array.from({ length: 5 }, () => alphabet[Math.floor(this.#random() * alphabet.length)]).join("");
  }
}

function decode(target: WriteTarget, body: unknown, origin: BodyOrigin): Decoded {
  const decoded = decodeObject(body, target.kind, target.version, origin);
  if (target.strict) refuseUnknown(decoded, target.kind, target.version);
  return decoded;
}

function managerOf(target: WriteTarget, operation: "Apply" | "Update"): Manager {
  const apiVersion = apiVersionOf(target.kind, target.version);
  return { name: target.manager, operation, apiVersion, subresource: target.subresource };
}

/** The main resource leaves status alone, and the status subresource everything else. */
function merge(
  { kind, subresource }: { kind: ServerKind; subresource: string },
  before: KubeObject,
  object: KubeObject,
) {
  const after = { ...object };
  keepMetadata(before, after);
  if (!kind.status) return after;
  const { status: _, ...rest } = subresource === "status" ? before : after;
  const { status } = subresource === "status" ? after : before;
  const merged: KubeObject = { ...rest, ...(status === undefined ? {} : { status }) };
  const { managedFields } = after.metadata;
  if (subresource === "status" && managedFields) merged.metadata = { ...before.metadata, managedFields };
  return merged;
}
