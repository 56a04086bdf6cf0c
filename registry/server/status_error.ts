/** One cause in the details of a Status (meta/v1 StatusCause). */
export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** meta/v1 Status, the body of every refusal. */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: { readonly continue?: string };
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** A refusal with the body that Kubernetes would send, word for word. */
export class StatusError extends Error {
  readonly status: Status;
  readonly code: number;

  constructor(code: number, reason: string, message: string, details?: StatusDetails, continueToken?: string) {
    super(message);
    this.name = "StatusError";
    this.code = code;
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: continueToken === undefined ? {} : { continue: continueToken },
      status: "Failure",
      message,
      ...(reason ? { reason } : {}),
      ...(details ? { details } : {}),
      code,
    };
  }
}

/** What a refusal says of a kind. */
interface NamedKind {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

const qualified = (name: string, group: string) => group ? `${name}.${group}` : name;

function details(kind: NamedKind, name: string): StatusDetails {
  return { ...(name ? { name } : {}), ...(kind.group ? { group: kind.group } : {}), kind: kind.plural };
}

function kindDetails(kind: NamedKind, name: string): StatusDetails {
  return { ...details(kind, name), kind: kind.kind };
}

export function notFound(kind: NamedKind, name: string): StatusError {
  const resource = qualified(kind.plural, kind.group);
  return new StatusError(404, "NotFound", `${resource} "${name}" not found`, details(kind, name));
}

/** The path names no kind that is served. */
export function noSuchResource(): StatusError {
  return new StatusError(404, "NotFound", "the server could not find the requested resource", {});
}

export function alreadyExists(kind: NamedKind, name: string): StatusError {
  const resource = qualified(kind.plural, kind.group);
  return new StatusError(409, "AlreadyExists", `${resource} "${name}" already exists`, details(kind, name));
}

export function modifiedMeanwhile(kind: NamedKind, name: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(kind.plural, kind.group)} "${name}": ` +
    "the object has been modified; please apply your changes to the latest version and try again";
  return new StatusError(409, "Conflict", message, details(kind, name));
}

/** An apply that names a uid where no object is: it was deleted since it was read. */
export function nothingOfUid(kind: NamedKind, name: string, uid: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(kind.plural, kind.group)} "${name}": ` +
    `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  return new StatusError(409, "Conflict", message, details(kind, name));
}

/** A precondition of a delete that the stored object does not meet. */
export function preconditionFailed(
  kind: NamedKind,
  name: string,
  field: "UID" | "ResourceVersion",
  wanted: string,
  stored: string,
): StatusError {
  const happened = field === "UID" ? "deleted and then recreated" : "modified";
  const message =
    `Operation cannot be fulfilled on ${qualified(kind.kind, kind.group)} "${name}": the ${field} in the ` +
    `precondition (${wanted}) does not match the ${field} in record (${stored}). The object might have been ${happened}`;
  return new StatusError(409, "Conflict", message, kindDetails(kind, name));
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}

export function unauthorized(): StatusError {
  return new StatusError(401, "Unauthorized", "Unauthorized");
}

/** @param sentence who may not do what, as the authorizer or an admission plugin words it. */
export function forbidden(group: string, resource: string, name: string, sentence: string): StatusError {
  const subject = qualified(resource, group) + (name ? ` "${name}"` : "");
  const about = { ...(name ? { name } : {}), ...(group ? { group } : {}), ...(resource ? { kind: resource } : {}) };
  return new StatusError(403, "Forbidden", `${subject} is forbidden: ${sentence}`, about);
}

/** A namespace that is being deleted takes nothing new. */
export function namespaceTerminating(kind: NamedKind, name: string, namespace: string): StatusError {
  const reason = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `${qualified(kind.plural, kind.group)} "${name}" is forbidden: ${reason}`;
  const field = "metadata.namespace";
  const cause = { reason: "NamespaceTerminating", message: `namespace ${namespace} is being terminated`, field };
  return new StatusError(403, "Forbidden", message, { ...details(kind, name), causes: [cause] });
}

/** @param subject what is invalid, such as a kind or `ListOptions` of `meta.k8s.io`. */
export function invalid(
  subject: { readonly kind: string; readonly group: string },
  name: string,
  causes: readonly StatusCause[],
): StatusError {
  const texts = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  return new StatusError(422, "Invalid", `${qualified(subject.kind, subject.group)} "${name}" is invalid: ${list}`, {
    ...(name ? { name } : {}),
    ...(subject.group ? { group: subject.group } : {}),
    kind: subject.kind,
    causes,
  });
}

export function invalidValue(field: string, value: string, explanation: string): StatusCause {
  return { reason: "FieldValueInvalid", message: `Invalid value: ${value}: ${explanation}`, field };
}

/** 410: the revision has been compacted, or has left the watch cache. */
export function expired(message: string, continueToken?: string): StatusError {
  return new StatusError(410, "Expired", message, undefined, continueToken);
}

export function tooLargeRevision(wanted: number, current: number): StatusError {
  return new StatusError(504, "Timeout", `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

/** Reasons by code, for faults that a test orders by code alone. */
const REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

export function plainStatus(code: number, message: string, reason?: string, retryAfter?: number): StatusError {
  const about = retryAfter === undefined ? undefined : { retryAfterSeconds: retryAfter };
  return new StatusError(code, reason ?? REASONS[code] ?? "", message, about);
}
