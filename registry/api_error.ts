/** What was asked when a request failed. */
export interface Asked {
  /** The verb as RBAC names it: get, list, watch, create, update, patch, delete. */
  readonly verb: string;
  /** `services`, `workloadentries.networking.istio.io/status`; a bare path for what is no resource. */
  readonly resource: string;
  /** Empty for the whole cluster. */
  readonly namespace: string;
  readonly name: string;
}

/** The part of a Kubernetes `Status` object (meta/v1) that is read. */
interface Status {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number; readonly causes?: readonly { reason?: string }[] };
}

/** A body that is no Status (a proxy's HTML page) is quoted up to this many characters. */
const QUOTE_CHARS = 200;

/** The API server's refusal of a request. Ask it questions instead of comparing status codes. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status, or the `code` of a Status that came inside a watch. */
  readonly status: number;
  /** The machine-readable word of the Status (`Conflict`, `Expired`), or the empty string. */
  readonly reason: string;
  /** Milliseconds that the server asked to wait, if it did. */
  readonly retryAfter: number | undefined;
  /** What the server itself said. */
  readonly serverMessage: string;
  readonly asked: Asked;
  readonly #causes: readonly string[];

  constructor(asked: Asked, status: number, body: string, retryAfter?: number) {
    const parsed = parseStatus(body);
    const said = parsed?.message || quote(body);
    super(`${sentenceOf(asked, status)}${said ? `: ${said}` : ""}`);
    this.asked = asked;
    this.status = status;
    this.reason = parsed?.reason ?? "";
    this.serverMessage = said;
    const seconds = parsed?.details?.retryAfterSeconds;
    this.retryAfter = retryAfter ?? (typeof seconds === "number" && seconds > 0 ? seconds * 1000 : undefined);
    this.#causes = parsed?.details?.causes?.map((cause) => cause.reason ?? "") ?? [];
  }

  /** 401: the server does not know who asks. */
  get isUnauthorized(): boolean {
    return this.status === 401;
  }

  /** 403: it knows, and the role lacks `asked.verb` on `asked.resource`. */
  get isForbidden(): boolean {
    return this.status === 403;
  }

  /** 404: the object, or on a collection the kind itself, does not exist. */
  get isNotFound(): boolean {
    return this.status === 404;
  }

  /** 409 for whatever reason: somebody changed the object meanwhile, it exists already, or another manager owns a field. */
  get isConflict(): boolean {
    return this.status === 409;
  }

  /** 409 on create: an object of that name exists. */
  get isAlreadyExists(): boolean {
    return this.status === 409 && this.reason === "AlreadyExists";
  }

  /** 410, or a watch event that says so: the resourceVersion is too old; list again. */
  get isGone(): boolean {
    return this.status === 410 || this.reason === "Expired" || this.reason === "Gone";
  }

  /**
   * The server is behind the resourceVersion that was asked for: it lags, or was restored from a backup. Servers before
   * 1.19 said so only in the text.
   */
  get isBehind(): boolean {
    return this.#causes.includes("ResourceVersionTooLarge") ||
      this.serverMessage.includes("Too large resource version");
  }

  /** 422: admission or validation refused the object; the same again will be refused too. */
  get isInvalid(): boolean {
    return this.status === 422;
  }

  /** Worth the same request again later: 408, 429, 5xx but 501. */
  get isRetriable(): boolean {
    return this.status === 408 || this.status === 429 || (this.status >= 500 && this.status !== 501);
  }
}

/** `list services.networking.istio.io in namespace default` */
export function describe(asked: Asked): string {
  const object = asked.name ? `${asked.resource} ${JSON.stringify(asked.name)}` : asked.resource;
  return `${asked.verb} ${object}${asked.namespace ? ` in namespace ${JSON.stringify(asked.namespace)}` : ""}`;
}

function sentenceOf(asked: Asked, status: number): string {
  const where = asked.namespace ? `namespace ${JSON.stringify(asked.namespace)}` : "the whole cluster";
  switch (status) {
    case 401:
      return `cannot ${describe(asked)}: the API server does not accept the credentials (401)`;
    case 403:
      return `cannot ${describe(asked)} (403): grant verb ${JSON.stringify(asked.verb)} on resource ` +
        `${JSON.stringify(asked.resource)} for ${where}`;
    default:
      return `cannot ${describe(asked)} (${status})`;
  }
}

function parseStatus(body: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return value !== null && typeof value === "object" && "kind" in value && value.kind === "Status"
      ? value as Status
      : undefined;
  } catch {
    return undefined; // a proxy's page or plain text: quoted by the caller
  }
}

function quote(body: string): string {
  const text = body.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ").trim();
  return text.length > QUOTE_CHARS ? `${text.slice(0, QUOTE_CHARS)}...` : text;
}
