import type { Access } from "./access.ts";
import { ApiError } from "./api_error.ts";
import type { Clock, Random } from "./clock.ts";
import type { Link } from "./connection.ts";
import { Connection } from "./connection.ts";
import type { Credential } from "./credentials.ts";
import { Credentials } from "./credentials.ts";
import type { Identified, Kind } from "./kind.ts";
import type { Log } from "./log_type.ts";
import type { Answer, RequestOptions } from "./request.ts";
import { exchange, refusal } from "./request.ts";
import { Resource } from "./resource.ts";
import { Unreachable } from "./unreachable.ts";
import { Versions } from "./versions.ts";

/** Whether the server accepts our credentials. Times are wall-clock milliseconds. */
export type AuthState =
  | { readonly state: "unknown" }
  | { readonly state: "accepted" }
  | { readonly state: "unauthorized"; readonly since: number; readonly reason: string };

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

/** After a 401 the credentials are looked at again this often; requests in between fail without asking. */
export const UNAUTHORIZED_LOOK_MS = 60_000;
/** An idle stream's connection is asked whether it lives; a live server answers this within one round trip. */
const ALIVE_WITHIN_MS = 5_000;
/** Both directions at 15 s: a Date is then right to about 8 s, and longer exchanges say too little. */
const SKEW_SAMPLE_MS = 15_000;

/** A client of one API server. Makes no request by itself; safe to use from many loops at once. */
export class KubeClient {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Where in their interval this client's polls lie, in [0, 1): agents are spread, one agent's polls are together. */
  readonly pollPhase: number;
  readonly #options: ClientOptions;
  readonly #versions: Versions;
  #access: Access;
  #credentials: Credentials;
  #connection: Connection;
  #auth: AuthState = { state: "unknown" };
  #refused: { readonly credential: string; readonly until: number; readonly error: ApiError } | undefined;
  #renewing: Promise<void> | undefined;
  #checking: Promise<void> | undefined;
  #skew: number | undefined;

  constructor(access: Access, options: ClientOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.random = options.random;
    this.log = options.log;
    this.pollPhase = options.random();
    this.#access = access;
    this.#credentials = new Credentials(access, options.clock);
    this.#connection = new Connection(access);
    this.#versions = new Versions(this);
  }

  /** The access in use. */
  get access(): Access {
    return this.#access;
  }

  get authState(): AuthState {
    return this.#auth;
  }

  /** The server's clock minus ours in milliseconds, right to about a second; undefined before the first answer. */
  get clockSkew(): number | undefined {
    return this.#skew;
  }

  /** When the credential in use ends as far as its plugin said, in wall-clock milliseconds. */
  get credentialExpires(): number | undefined {
    return this.#credentials.expires;
  }

  /** One kind of object, to read and write. */
  resource<T extends Identified>(kind: Kind<T>): Resource<T> {
    return new Resource(this, kind);
  }

  /** Finds the served version of a kind: the first of its versions, or undefined when the kind is absent. */
  version(kind: Kind<Identified>, signal?: AbortSignal): Promise<string | undefined> {
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
  async request(options: RequestOptions): Promise<Answer> {
    const credential = await this.#credentials.current();
    if (this.#refused && this.#refused.credential === printOf(credential)) {
      const wait = this.#refused.until - this.clock.monotonic();
      if (wait > 0) throw new ApiError(options.asked, 401, this.#refused.error.serverMessage, wait);
      await this.#renew();
    }
    const { answer, used } = await this.#send(options);
    if (answer.status !== 401) return await this.#checked(answer, options, used);
    const first = await refusal(answer, options.asked, secretsOf(used), this.clock);
    await this.#renew();
    if (printOf(await this.#credentials.current()) === printOf(used)) throw this.#unauthorized(first, used);
    const again = await this.#send(options);
    return await this.#checked(again.answer, options, again.used);
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
    this.#connection.close();
  }

  /** Sends with the credentials of now. */
  async #send(options: RequestOptions): Promise<{ answer: Answer; used: Credential }> {
    const used = await this.#credentials.current();
    const link = await this.#connection.link(used);
    const headers = {
      accept: "application/json",
      "user-agent": this.#options.userAgent,
      ...this.#access.headers,
      ...(used.authorization && { authorization: used.authorization }),
    };
    const started = this.clock.monotonic();
    const report = (code: string) =>
      this.#options.onRequest?.(options.asked.verb, code, (this.clock.monotonic() - started) / 1000);
    try {
      const answer = await exchange(options, link, headers, this.#access.server, this.clock, () => this.#suspect(link));
      this.#noteDate(answer.headers, this.clock.monotonic() - started);
      report(String(answer.status));
      return { answer, used };
    } catch (error) {
      if (error instanceof Unreachable) report("error");
      throw error;
    }
  }

  /**
   * The server went silent. Deno would put further requests onto the same dead connection, so one small request shows
   * whether it lives; if not, the next request gets a new one.
   */
  async #suspect(link: Link): Promise<void> {
    this.#checking ??= (async () => {
      if (await this.#lives(link)) return;
      this.#connection.drop(link);
      this.log("warn", "the API server went silent; its connection is given up", { server: this.#access.server });
    })().finally(() => this.#checking = undefined);
    await this.#checking;
  }

  async #lives(link: Link): Promise<boolean> {
    const asked = { verb: "get", resource: "/version", namespace: "", name: "" };
    const options = { asked, path: "/version", answerWithin: ALIVE_WITHIN_MS };
    const headers = { "user-agent": this.#options.userAgent };
    try {
      const answer = await exchange(options, link, headers, this.#access.server, this.clock, () => Promise.resolve());
      await answer.errorText();
      return true;
    } catch {
      return false;
    }
  }

  async #checked(answer: Answer, { asked }: RequestOptions, used: Credential): Promise<Answer> {
    if (answer.status === 401) {
      throw this.#unauthorized(await refusal(answer, asked, secretsOf(used), this.clock), used);
    }
    this.#refused = undefined;
    this.#auth = { state: "accepted" };
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw await refusal(answer, asked, secretsOf(used), this.clock);
  }

  #unauthorized(error: ApiError, used: Credential): ApiError {
    const until = this.clock.monotonic() + UNAUTHORIZED_LOOK_MS;
    this.#refused = { credential: printOf(used), until, error };
    if (this.#auth.state !== "unauthorized") {
      this.#auth = { state: "unauthorized", since: this.clock.now(), reason: error.serverMessage };
      this.log("error", "the API server does not accept the credentials", { from: this.#access.origin });
    }
    return new ApiError(error.asked, 401, error.serverMessage, UNAUTHORIZED_LOOK_MS);
  }

  /** Looks for other credentials: the plugin runs again, the kubeconfig is read again; files are read anyway. */
  #renew(): Promise<void> {
    return this.#renewing ??= (async () => {
      this.#credentials.refused();
      const reload = this.#access.reload;
      if (!reload) return;
      try {
        const next = await reload();
        if (JSON.stringify(next) === JSON.stringify(this.#access)) return;
        this.#access = next;
        this.#credentials = new Credentials(next, this.clock);
        const former = this.#connection;
        this.#connection = new Connection(next);
        former.close();
        this.log("info", "the kubeconfig has changed and is in use", { from: next.origin });
      } catch (error) {
        this.log("warn", "the kubeconfig cannot be read again", { problem: String(error) });
      }
    })().finally(() => this.#renewing = undefined);
  }

  /** The Date header is cut to whole seconds; half of one is added, and half of the exchange taken. */
  #noteDate(headers: Headers, took: number) {
    const date = Date.parse(headers.get("date") ?? "");
    if (Number.isNaN(date) || took > SKEW_SAMPLE_MS) return;
    this.#skew = Math.round(date + 500 - (this.clock.now() - took / 2));
  }
}

/** Tells whether two credentials are the same one. */
function printOf(credential: Credential): string {
  return `${credential.authorization}\n${credential.cert}\n${credential.key}`;
}

function secretsOf(credential: Credential): string[] {
  return [credential.authorization.replace(/^Bearer /, ""), credential.key];
}
