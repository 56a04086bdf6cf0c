import { checkMetadata } from "./check_metadata.ts";
import { checkSchema } from "./check_schema.ts";
import { jsonEqual, type KubeObject, type ObjectMeta } from "./kube_object.ts";
import { objectSchema, type ServerKind } from "./server_kind.ts";
import { badRequest, invalid, invalidValue, nothingOfUid, StatusError } from "./status_error.ts";

/** What a decoded object must be before it may be stored: of the right name, whole, and valid. */

/** Checks name and namespace of the body against those of the path, and fills them in. */
export function matchPath(object: KubeObject, kind: ServerKind, namespace: string, name: string): void {
  const meta = object.metadata;
  if (name && meta.name !== undefined && meta.name !== name) {
    throw badRequest(`the name of the object (${meta.name}) does not match the name on the URL (${name})`);
  }
  if (name) meta.name = name;
  if (!kind.namespaced) delete meta.namespace;
  else if (meta.namespace !== undefined && meta.namespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  } else meta.namespace = namespace;
}

/** What the typed form of an object has more (defaults, empty structs) or less (empty metadata); changes the object. */
export function completeObject(object: KubeObject, kind: ServerKind): void {
  trimMetadata(object);
  for (const [field, value] of Object.entries(kind.empty ?? {})) object[field] ??= structuredClone(value);
  kind.defaults?.(object);
}

/** Empty maps and lists of metadata are not kept; changes the object. */
function trimMetadata({ metadata }: KubeObject): void {
  for (const field of ["labels", "annotations"] as const) {
    if (metadata[field] && Object.keys(metadata[field]).length === 0) delete metadata[field];
  }
  for (const field of ["ownerReferences", "finalizers"] as const) {
    if (metadata[field]?.length === 0) delete metadata[field];
  }
}

const schemasWithoutMetadata = new WeakMap<ServerKind, ReturnType<typeof objectSchema>>();

function schemaWithoutMetadata(kind: ServerKind) {
  let schema = schemasWithoutMetadata.get(kind);
  if (!schema) {
    const { apiVersion: _, kind: __, metadata: ___, ...properties } = objectSchema(kind).properties!;
    schemasWithoutMetadata.set(kind, schema = { ...objectSchema(kind), properties });
  }
  return schema;
}

/** @throws {StatusError} 422 with every cause. */
export function checkObject(object: KubeObject, kind: ServerKind, before: KubeObject | undefined): void {
  const { metadata, apiVersion: _, kind: __, ...rest } = object;
  const named = checkMetadata(metadata, kind);
  const blocked = named.some(({ reason }) => reason === "FieldValueRequired");
  const causes = [
    ...named,
    ...kind.custom ? checkSchema(rest, schemaWithoutMetadata(kind), blocked) : [],
    ...kind.check?.(object, before) ?? [],
  ];
  if (causes.length) throw invalid(kind, metadata.name ?? "", causes);
}

/**
 * Server-owned metadata of an update: from the stored object, whatever the client sent.
 * @throws {StatusError} 409 when the client meant an object of another uid.
 */
export function keepMetadata(before: KubeObject, after: KubeObject): void {
  const { uid, creationTimestamp, generation, deletionTimestamp, deletionGracePeriodSeconds, resourceVersion } =
    before.metadata;
  const kept: ObjectMeta = {
    ...(uid ? { uid } : {}),
    ...(creationTimestamp ? { creationTimestamp } : {}),
    ...(generation ? { generation } : {}),
    ...(deletionTimestamp ? { deletionTimestamp } : {}),
    ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
    ...(resourceVersion ? { resourceVersion } : {}),
  };
  const { generation: _, deletionTimestamp: __, deletionGracePeriodSeconds: ___, ...sent } = after.metadata;
  after.metadata = { ...sent, ...kept };
}

/** @throws {StatusError} when a PUT means an object of another uid. */
export function checkUid(before: KubeObject, sent: KubeObject, kind: ServerKind): void {
  const { uid, namespace = "", name = "" } = before.metadata;
  if (!sent.metadata.uid || sent.metadata.uid === uid) return;
  const resource = kind.group ? `${kind.plural}.${kind.group}` : kind.plural;
  const key = `/registry/${kind.group ? `${kind.group}/` : ""}${kind.plural}/${
    namespace ? `${namespace}/` : ""
  }${name}`;
  const message =
    `Operation cannot be fulfilled on ${resource} "${name}": StorageError: invalid object, Code: 4, Key: ` +
    `${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${sent.metadata.uid}, UID ` +
    `in object meta: ${uid}`;
  throw new StatusError(409, "Conflict", message, {
    name,
    ...(kind.group ? { group: kind.group } : {}),
    kind: kind.plural,
  });
}

/** @throws {StatusError} when an update wants to set or move the time of deletion. */
export function checkDeletion(before: KubeObject, sent: KubeObject, kind: ServerKind): void {
  const { deletionTimestamp: time, name = "" } = sent.metadata;
  if (!time || time === before.metadata.deletionTimestamp) return;
  throw invalid(kind, name, [
    invalidValue("metadata.deletionTimestamp", JSON.stringify(time), "field is immutable"),
  ]);
}

/** @throws {StatusError} when an apply names another uid than the object's, or one where there is no object. */
export function checkAppliedUid(before: KubeObject | undefined, sent: KubeObject, kind: ServerKind): void {
  const { uid, name = "" } = sent.metadata;
  if (!uid || uid === before?.metadata.uid) return;
  if (!before) throw nothingOfUid(kind, name, uid);
  throw invalid(kind, name, [invalidValue("metadata.uid", JSON.stringify(uid), "field is immutable")]);
}

/** Whether what generation counts has changed: everything but metadata and status. */
export function wantsNewGeneration(before: KubeObject, after: KubeObject, kind: ServerKind): boolean {
  if (!kind.custom && !kind.generation) return false;
  const wanted = ({ metadata: _, status: __, ...rest }: KubeObject) => rest;
  const labels = kind.generation === "labels too" &&
    !jsonEqual(before.metadata.labels ?? {}, after.metadata.labels ?? {});
  return labels || !jsonEqual(wanted(before), wanted(after));
}
