import type { Access } from "./access.ts";
import { ApiError } from "./api_error.ts";
import type { Clock } from "./clock.ts";
import { Connection, type Link } from "./connection.ts";
import { type Credential, Credentials } from "./credentials.ts";
import type { Log } from "./log_type.ts";
import { AccessError } from "./material.ts";
import { type Answer, exchange, refusal, type RequestOptions } from "./request.ts";
import { unlessAborted } from "./unless_aborted.ts";
import { Unreachable } from "./unreachable.ts";

/** Whether the server accepts our credentials. Times are wall-clock milliseconds. */
export type AuthState =
  | { readonly state: "unknown" }
  | { readonly state: "accepted" }
  /** A file cannot be read, or the plugin fails. */
  | { readonly state: "no-credentials"; readonly since: number; readonly reason: string }
  /** The server said 401. */
  | { readonly state: "unauthorized"; readonly since: number; readonly reason: string };

/** What a transport is made with besides its access. */
export interface TransportOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly userAgent: string;
  readonly onRequest?: (verb: string, code: string, seconds: number) => void;
}

/**
 * After a 401 the same credentials wait this long, doubled with each further 401 up to the second; requests in between
 * fail without asking. The first is short: a server that has just started refuses good tokens while it reads its keys.
 */
export const UNAUTHORIZED_FIRST_MS = 5_000;
export const UNAUTHORIZED_LOOK_MS = 60_000;
/** An idle stream's connection is asked whether it lives; a live server answers this within one round trip. */
const ALIVE_WITHIN_MS = 5_000;
/** Both directions at 15 s: a Date is then right to about 8 s, and longer exchanges say too little. */
const SKEW_SAMPLE_MS = 15_000;

/** Credentials that the server did not accept. */
interface Refused {
  readonly credential: string;
  readonly until: number;
  readonly times: number;
  readonly error: ApiError;
}

/**
 * Brings requests to one API server with the credentials of the moment: looks for others when they are refused, gives up
 * a connection that went silent, and notes the server's clock.
 */
export class Transport {
  readonly #options: TransportOptions;
  readonly #clock: Clock;
  #access: Access;
  #credentials: Credentials;
  #connection: Connection;
  #auth: AuthState = { state: "unknown" };
  #refused: Refused | undefined;
  #renewing: Promise<void> | undefined;
  #checking: Promise<void> | undefined;
  #skew: number | undefined;

  constructor(access: Access, options: TransportOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#access = access;
    this.#credentials = new Credentials(access, options.clock);
    this.#connection = new Connection(access);
  }

  get access(): Access {
    return this.#access;
  }

  get authState(): AuthState {
    return this.#auth;
  }

  get clockSkew(): number | undefined {
    return this.#skew;
  }

  get credentialExpires(): number | undefined {
    return this.#credentials.expires;
  }

  /**
   * One exchange, tried again once where other credentials turn up after a 401. The answer's status is a success.
   *
   * @throws ApiError when the server refuses, Unreachable when no answer comes, AccessError when there are no
   *   credentials to ask with, or the signal's reason.
   */
  async request(options: RequestOptions): Promise<Answer> {
    const looked = await this.#notRefused(options);
    const { answer, used } = await this.#send(options);
    if (answer.status !== 401) return await this.#checked(answer, options, used);
    const first = await refusal(answer, options.asked, secretsOf(used), this.#clock);
    let present = printOf(await this.#credential(options.signal));
    if (present === printOf(used) && !looked) {
      await unlessAborted(this.#renew(), options.signal);
      present = printOf(await this.#credential(options.signal));
    }
    if (present === printOf(used)) throw this.#unauthorized(first, used);
    const again = await this.#send(options);
    return await this.#checked(again.answer, options, again.used);
  }

  close(): void {
    this.#connection.close();
  }

  /**
   * Credentials that were refused are not sent again before their time, unless there are others by now. Gives whether
   * others were looked for just now.
   */
  async #notRefused({ asked, signal }: RequestOptions): Promise<boolean> {
    const refused = this.#refused;
    if (!refused || refused.credential !== printOf(await this.#credential(signal))) return false;
    const wait = refused.until - this.#clock.monotonic();
    if (wait > 0) throw new ApiError(asked, 401, refused.error.serverMessage, wait);
    await unlessAborted(this.#renew(), signal);
    return true;
  }

  /** The credentials of now. A plugin may take a minute, and runs for all who wait. */
  async #credential(signal: AbortSignal | undefined): Promise<Credential> {
    try {
      return await unlessAborted(this.#credentials.current(), signal);
    } catch (error) {
      if (error instanceof AccessError) this.#lacking("no-credentials", error.message);
      throw error;
    }
  }

  #lacking(state: "no-credentials" | "unauthorized", reason: string) {
    const since = this.#auth.state === state ? this.#auth.since : this.#clock.now();
    this.#auth = { state, since, reason };
  }

  /** Sends with the credentials of now. */
  async #send(options: RequestOptions): Promise<{ answer: Answer; used: Credential }> {
    const used = await this.#credential(options.signal);
    const link = await this.#connection.link(used);
    const headers = {
      accept: "application/json",
      "user-agent": this.#options.userAgent,
      ...this.#access.headers,
      ...(used.authorization && { authorization: used.authorization }),
    };
    const started = this.#clock.monotonic();
    const report = (code: string) =>
      this.#options.onRequest?.(options.asked.verb, code, (this.#clock.monotonic() - started) / 1000);
    try {
      const answer = await exchange(
        options,
        link,
        headers,
        this.#access.server,
        this.#clock,
        () => this.#suspect(link),
      );
      this.#noteDate(answer.headers, this.#clock.monotonic() - started);
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
      this.#options.log("warn", "the API server went silent; its connection is given up", {
        server: this.#access.server,
      });
    })().finally(() => this.#checking = undefined);
    await this.#checking;
  }

  async #lives(link: Link): Promise<boolean> {
    const asked = { verb: "get", resource: "/version", namespace: "", name: "" };
    const options = { asked, path: "/version", answerWithin: ALIVE_WITHIN_MS };
    const headers = { "user-agent": this.#options.userAgent };
    try {
      const answer = await exchange(options, link, headers, this.#access.server, this.#clock, () => Promise.resolve());
      await answer.errorText();
      return true;
    } catch {
      return false;
    }
  }

  async #checked(answer: Answer, { asked }: RequestOptions, used: Credential): Promise<Answer> {
    if (answer.status === 401) {
      throw this.#unauthorized(await refusal(answer, asked, secretsOf(used), this.#clock), used);
    }
    this.#refused = undefined;
    this.#auth = { state: "accepted" };
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw await refusal(answer, asked, secretsOf(used), this.#clock);
  }

  #unauthorized(error: ApiError, used: Credential): ApiError {
    const credential = printOf(used);
    const before = this.#refused?.credential === credential ? this.#refused : undefined;
    const isWaiting = before !== undefined && before.until > this.#clock.monotonic();
    // Requests that were under way together are one refusal.
    const times = isWaiting ? before.times : (before?.times ?? 0) + 1;
    const wait = Math.min(UNAUTHORIZED_LOOK_MS, UNAUTHORIZED_FIRST_MS * 2 ** (times - 1));
    this.#refused = { credential, until: this.#clock.monotonic() + wait, times, error };
    if (this.#auth.state !== "unauthorized") {
      this.#options.log("error", "the API server does not accept the credentials", { from: this.#access.origin });
    }
    this.#lacking("unauthorized", error.serverMessage);
    return new ApiError(error.asked, 401, error.serverMessage, wait);
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
        this.#credentials = new Credentials(next, this.#clock);
        const former = this.#connection;
        this.#connection = new Connection(next);
        former.close();
        this.#options.log("info", "the kubeconfig has changed and is in use", { from: next.origin });
      } catch (error) {
        this.#options.log("warn", "the kubeconfig cannot be read again", { problem: String(error) });
      }
    })().finally(() => this.#renewing = undefined);
  }

  /** The Date header is cut to whole seconds; half of one is added, and half of the exchange taken. */
  #noteDate(headers: Headers, took: number) {
    const date = Date.parse(headers.get("date") ?? "");
    if (Number.isNaN(date) || took > SKEW_SAMPLE_MS) return;
    this.#skew = Math.round(date + 500 - (this.#clock.now() - took / 2));
  }
}

/** Tells whether two credentials are the same one. */
function printOf(credential: Credential): string {
  return `${credential.authorization}\n${credential.cert}\n${credential.key}`;
}

function secretsOf(credential: Credential): string[] {
  return [credential.authorization.replace(/^Bearer /, ""), credential.key];
}
