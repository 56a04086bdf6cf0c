import { checkSchema, pruneUnknown } from "./check_schema.ts";
import { isJsonObject, jsonEqual, type KubeObject, type ObjectMeta } from "./kube_object.ts";
import { apiVersionOf, objectSchema, type ServerKind } from "./server_kind.ts";
import { badRequest, invalid, type StatusCause, StatusError } from "./status_error.ts";

/** From the bytes that a client sent to an object that may be stored: decoding, defaults, names, schema. */

/** The body as an object of the kind, in the stored version, without what the schema does not know. */
export function decodeObject(body: unknown, kind: ServerKind, version: string): KubeObject {
  if (!isJsonObject(body)) throw badRequest(`the body of the request is no ${kind.kind}: not a JSON object`);
  const expected = apiVersionOf(kind, version);
  const { apiVersion = expected, kind: name = kind.kind } = body;
  if (name !== kind.kind) {
    throw badRequest(`${kind.kind} in version "${version}" cannot be handled as a ${kind.kind}: the body is a ${name}`);
  }
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  const metadata = isJsonObject(body.metadata) ? withoutNulls(body.metadata) : {};
  const object = { ...body, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: metadata as ObjectMeta };
  return pruneUnknown(structuredClone(object), objectSchema(kind)) as KubeObject;
}

function withoutNulls(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

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

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and " +
  "must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start " +
  "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

function checkName(kind: ServerKind, name: string): StatusCause[] {
  const field = "metadata.name";
  const refuse = (rule: string) => ({
    reason: "FieldValueInvalid",
    message: `Invalid value: ${JSON.stringify(name)}: ${rule}`,
    field,
  });
  if (name === "") {
    return [{ reason: "FieldValueRequired", message: "Required value: name or generateName is required", field }];
  }
  const causes: StatusCause[] = [];
  if (kind.names === "path") {
    if (/[/%]/.test(name) || name === "." || name === "..") causes.push(refuse("may not contain '/' or '%'"));
    return causes;
  }
  const [pattern, rule, longest] = kind.names === "label" ? [LABEL, LABEL_RULE, 63] : [SUBDOMAIN, SUBDOMAIN_RULE, 253];
  if (name.length > longest) causes.push(refuse(`must be no more than ${longest} bytes`));
  if (!pattern.test(name)) causes.push(refuse(rule));
  return causes;
}

const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must " +
  "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation " +
  "is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY_RULE = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
  "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
  "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

function isQualifiedName(key: string): boolean {
  const parts = key.split("/");
  const name = parts.at(-1)!;
  return parts.length <= 2 && name.length <= 63 && QUALIFIED_NAME.test(name) &&
    (parts.length === 1 || (parts[0]!.length <= 253 && SUBDOMAIN.test(parts[0]!)));
}

function checkMetadata({ labels = {}, annotations = {}, ownerReferences = [] }: ObjectMeta): StatusCause[] {
  const causes: StatusCause[] = [];
  const refuse = (field: string, value: string, rule: string) =>
    causes.push({ reason: "FieldValueInvalid", message: `Invalid value: ${JSON.stringify(value)}: ${rule}`, field });
  for (const [key, value] of Object.entries(labels)) {
    if (!isQualifiedName(key)) refuse("metadata.labels", key, KEY_RULE);
    if (value.length > 63) refuse("metadata.labels", value, "must be no more than 63 bytes");
    else if (!LABEL_VALUE.test(value)) refuse("metadata.labels", value, VALUE_RULE);
  }
  for (const key of Object.keys(annotations)) {
    if (!isQualifiedName(key.toLowerCase())) refuse("metadata.annotations", key, KEY_RULE);
  }
  ownerReferences.forEach((owner, i) => {
    const fields = { apiVersion: "version", kind: "kind", name: "name", uid: "uid" } as const;
    for (const [field, noun] of Object.entries(fields) as [keyof typeof fields, string][]) {
      if (owner[field]) continue;
      refuse(
        `metadata.ownerReferences[${i}].${field}`,
        "",
        noun === "version" ? "version must not be empty" : `${noun} must not be empty`,
      );
    }
  });
  return causes;
}

/** @throws {StatusError} 422 with every cause. */
export function checkObject(object: KubeObject, kind: ServerKind): void {
  const { metadata, ...rest } = object;
  const causes = [
    ...checkName(kind, metadata.name ?? ""),
    ...checkMetadata(metadata),
    ...kind.custom ? checkSchema(rest, withoutMetadata(kind), "") : [],
    ...kind.check?.(object) ?? [],
  ];
  if (causes.length) throw invalid(kind, metadata.name ?? "", causes);
}

function withoutMetadata(kind: ServerKind) {
  const { apiVersion: _, kind: __, metadata: ___, ...properties } = objectSchema(kind).properties!;
  return { ...objectSchema(kind), properties };
}

/** Server-owned metadata of an update: from the stored object, whatever the client sent. */
export function keepMetadata(before: KubeObject, after: KubeObject): void {
  const { uid, creationTimestamp, generation, deletionTimestamp, resourceVersion } = before.metadata;
  if (after.metadata.uid && after.metadata.uid !== uid) {
    const message =
      `Operation cannot be fulfilled on ${after.metadata.name}: Precondition failed: UID in precondition: ` +
      `${after.metadata.uid}, UID in object meta: ${uid}`;
    throw new StatusError(409, "Conflict", message);
  }
  const kept: ObjectMeta = {
    ...(uid ? { uid } : {}),
    ...(creationTimestamp ? { creationTimestamp } : {}),
    ...(generation ? { generation } : {}),
    ...(deletionTimestamp ? { deletionTimestamp } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
  };
  const { generation: _, deletionTimestamp: __, ...sent } = after.metadata;
  after.metadata = { ...sent, ...kept };
}

/** Whether what generation counts has changed: everything but metadata and status. */
export function wantsNewGeneration(before: KubeObject, after: KubeObject, kind: ServerKind): boolean {
  if (!kind.custom && !kind.generation) return false;
  const wanted = ({ metadata: _, status: __, ...rest }: KubeObject) => rest;
  const labels = kind.plural === "endpointslices" &&
    !jsonEqual(before.metadata.labels ?? {}, after.metadata.labels ?? {});
  return labels || !jsonEqual(wanted(before), wanted(after));
}
