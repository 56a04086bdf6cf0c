import type { Access } from "./access.ts";
import type { Clock, Random } from "./clock.ts";
import type { Identified, Kind } from "./kind.ts";
import type { Log } from "./log_type.ts";
import type { Answer, RequestOptions } from "./request.ts";
import { Resource } from "./resource.ts";
import { type AuthState, Transport } from "./transport.ts";
import { Unreachable } from "./unreachable.ts";
import { Versions } from "./versions.ts";

/** What a client is made with besides its access. */
export interface ClientOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** `moorline/0.1.0 (linux/x86_64)` */
  readonly userAgent: string;
  /** Told of every answer: the verb, the HTTP status or `error`, and the seconds until its headers. */
  readonly onRequest?: (verb: string, code: string, seconds: number) => void;
}

/** A client of one API server. Makes no request by itself; safe to use from many loops at once. */
export class KubeClient {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Where in their interval this client's polls lie, in [0, 1): agents are spread, one agent's polls are together. */
  readonly pollPhase: number;
  readonly #transport: Transport;
  readonly #versions: Versions;

  constructor(access: Access, options: ClientOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.log = options.log;
    this.pollPhase = options.random();
    this.#transport = new Transport(access, options);
    this.#versions = new Versions(this);
  }

  /** The access in use. */
  get access(): Access {
    return this.#transport.access;
  }

  get authState(): AuthState {
    return this.#transport.authState;
  }

  /** The server's clock minus ours in milliseconds, right to about a second; undefined before the first answer. */
  get clockSkew(): number | undefined {
    return this.#transport.clockSkew;
  }

  /** When the credential in use ends as far as its plugin said, in wall-clock milliseconds. */
  get credentialExpires(): number | undefined {
    return this.#transport.credentialExpires;
  }

  /** One kind of object, to read and write. */
  resource<T extends Identified>(kind: Kind<T>): Resource<T> {
    return new Resource(this, kind);
  }

  /** Asks for the served version of a kind: the first of its versions, or undefined when the kind is absent. */
  version(kind: Kind<Identified>, signal?: AbortSignal): Promise<string | undefined> {
    return this.#versions.ask(kind, signal);
  }

  /** The version in use, asked for once; a kind that has only one is not looked up. */
  usedVersion(kind: Kind<Identified>, signal?: AbortSignal): Promise<string | undefined> {
    return this.#versions.of(kind, signal);
  }

  /** Forgets the version of a kind, which turned out not to be served any more. */
  forgetVersion(kind: Kind<Identified>): void {
    this.#versions.forget(kind);
  }

  /**
   * One exchange. The answer's status is a success; its body must be read, or left by leaving its loop.
   *
   * @throws ApiError when the server refuses, Unreachable when no answer comes, AccessError when there are no
   *   credentials to ask with, or the signal's reason.
   */
  request(options: RequestOptions): Promise<Answer> {
    return this.#transport.request(options);
  }

  /**
   * An exchange whose body is one JSON value.
   *
   * @throws as `request`; Unreachable also when the body is no JSON.
   */
  async json(options: RequestOptions): Promise<unknown> {
    const { verb, resource } = options.asked;
    const text = await (await this.request(options)).text();
    if (text === undefined) {
      throw new Unreachable(`cannot ${verb} ${resource}: the answer is longer than an object may be`);
    }
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new Unreachable(`cannot ${verb} ${resource}: the answer is no JSON`, { cause: error });
    }
  }

  /**
   * Makes a token for a service account (TokenRequest, authentication.k8s.io/v1).
   *
   * @param options.expirationSeconds 600 at least; the server may give less than what is asked.
   * @returns the token and when it ends, in wall-clock milliseconds.
   */
  async requestToken(namespace: string, serviceAccount: string, options: {
    readonly audiences?: readonly string[];
    readonly expirationSeconds?: number;
    readonly boundObjectRef?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
  } = {}): Promise<{ readonly token: string; readonly expires: number }> {
    const { signal, ...spec } = options;
    const asked = { verb: "create", resource: "serviceaccounts/token", namespace, name: serviceAccount };
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/` +
      `${encodeURIComponent(serviceAccount)}/token`;
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec };
    const value = await this.json({ asked, method: "POST", path, body, ...(signal && { signal }) });
    const status = (value as { status?: { token?: unknown; expirationTimestamp?: unknown } }).status;
    const expires = Date.parse(String(status?.expirationTimestamp));
    if (typeof status?.token !== "string" || Number.isNaN(expires)) {
      throw new Unreachable(`cannot create a token for ${namespace}/${serviceAccount}: the answer holds none`);
    }
    return { token: status.token, expires };
  }

  /** Asks whether we may do something (SelfSubjectAccessReview, authorization.k8s.io/v1). */
  async mayI(attributes: {
    readonly verb: string;
    readonly group: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  }, signal?: AbortSignal): Promise<{ readonly allowed: boolean; readonly reason: string }> {
    const asked = {
      verb: "create",
      resource: "selfsubjectaccessreviews.authorization.k8s.io",
      namespace: "",
      name: "",
    };
    const body = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: attributes },
    };
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    const value = await this.json({ asked, method: "POST", path, body, ...(signal && { signal }) });
    const status = (value as { status?: { allowed?: unknown; reason?: unknown } }).status;
    return { allowed: status?.allowed === true, reason: typeof status?.reason === "string" ? status.reason : "" };
  }

  /** Closes the connections; streams that are being read end by their signals. */
  close(): void {
    this.#transport.close();
  }
}
