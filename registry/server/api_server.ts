import { type Clock, type Random, systemClock } from "../clock.ts";
import { ADMINISTRATOR, ANONYMOUS, Authenticator } from "./authentication.ts";
import { Authorizer, type Grant, type UserInfo } from "./authorization.ts";
import { coreKinds } from "./core_kinds.ts";
import type { RequestEnvironment } from "./request_environment.ts";
import { Faults } from "./faults.ts";
import { collectGarbage } from "./garbage_collector.ts";
import { istioKinds } from "./istio_kinds.ts";
import { aborted, damagedResponse, errorResponse } from "./json_response.ts";
import { LocalClient } from "./local_client.ts";
import { OpenWatches } from "./open_watches.ts";
import { handleRequest } from "./request_handler.ts";
import { ResourceWrites } from "./resource_writes.ts";
import { seedCluster } from "./seed_cluster.ts";
import type { ServerKind } from "./server_kind.ts";
import { ServiceAccountTokens } from "./service_account_tokens.ts";
import { plainStatus, StatusError } from "./status_error.ts";
import { Storage } from "./storage.ts";
import type { WatchScope } from "./watch_cache.ts";
import type { Admission } from "./write_target.ts";

export interface ApiServerOptions {
  /** Kubernetes' and Istio's unless given. */
  readonly kinds?: readonly ServerKind[];
  readonly clock?: Clock;
  readonly random?: Random;
  /** Users by bearer token. */
  readonly users?: Readonly<Record<string, UserInfo>>;
  /** `open` (the default): everybody may do everything and needs no token. `rbac`: roles, bindings and grants decide. */
  readonly access?: "open" | "rbac";
  /** Whether watch-lists (`sendInitialEvents`) work; without them it is a cluster on etcd before 3.5. True unless given. */
  readonly watchList?: boolean;
  /** Removes objects whose owners are gone, and the content of deleted namespaces, as Kubernetes' controllers do. */
  readonly collectGarbage?: boolean;
}

/** One request as it came, for tests that count. */
export interface RequestRecord {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  user: string;
  /** 0 while there is no answer. */
  code: number;
}

/** Requests remembered; the oldest are forgotten. */
const KEPT_REQUESTS = 10_000;

/**
 * A Kubernetes API server in this process, for the demo and for tests: storage, watches, server-side apply, access
 * rules and faults behind plain HTTP on loopback. State lives as long as the object; `stop` and `start` are an outage.
 */
export class ApiServer {
  readonly storage = new Storage();
  readonly faults = new Faults();
  /** Acts as another client would, without HTTP. */
  readonly admin: LocalClient;
  readonly requests: RequestRecord[] = [];
  readonly #kinds: readonly ServerKind[];
  readonly #off = new Set<ServerKind>();
  readonly #clock: Clock;
  readonly #authenticator: Authenticator;
  readonly #authorizer: Authorizer | undefined;
  readonly #writes: ResourceWrites;
  readonly #watches: OpenWatches;
  readonly #environment: RequestEnvironment;
  #listener: Deno.HttpServer<Deno.NetAddr> | undefined;
  #down = new AbortController();
  #address: { hostname: string; port: number } = { hostname: "127.0.0.1", port: 0 };

  constructor(options: ApiServerOptions = {}) {
    const { clock = systemClock, random = Math.random, users = {}, access = "open", watchList = true } = options;
    const storage = this.storage;
    this.#kinds = options.kinds ?? [...coreKinds, ...istioKinds];
    this.#clock = clock;
    const tokens = new ServiceAccountTokens(storage, clock, random);
    this.#authenticator = new Authenticator(users, tokens, access === "rbac" ? ANONYMOUS : ADMINISTRATOR);
    this.#authorizer = access === "rbac" ? new Authorizer(storage) : undefined;
    this.#writes = new ResourceWrites(storage, clock, random);
    this.#watches = new OpenWatches({ storage, clock, random, watchList });
    this.admin = new LocalClient(storage, this.#writes, this.#kinds, ADMINISTRATOR);
    this.#environment = {
      storage,
      writes: this.#writes,
      tokens,
      authorizer: this.#authorizer,
      clock,
      kinds: () => this.#kinds.filter((kind) => !this.#off.has(kind)),
      watch: (scope) => this.#watches.open(scope),
    };
    seedCluster(this.admin);
    if (options.collectGarbage) collectGarbage(storage, this.admin, this.#kinds);
  }

  /** `http://127.0.0.1:PORT`, the same before and after an outage. */
  get url(): string {
    return `http://${this.#address.hostname}:${this.#address.port}`;
  }

  /** Begins to serve; a free port unless given. */
  listen(address: { hostname?: string; port?: number } = {}): { url: string } {
    if (this.#listener) throw new Error(`the API server listens on ${this.url} already`);
    this.#address = { ...this.#address, ...address };
    this.#down = new AbortController();
    this.#listener = Deno.serve(
      { ...this.#address, signal: this.#down.signal, onListen: () => {}, onError: brokenBody },
      (request) => this.#handle(request),
    );
    this.#address.port = this.#listener.addr.port;
    return { url: this.url };
  }

  /** Begins to serve again on the port it had. */
  start(): void {
    this.listen();
  }

  /** An outage: every connection breaks and the port refuses; the state is kept for `start`. */
  async stop(): Promise<void> {
    this.#watches.cut();
    this.#down.abort();
    await this.#listener?.finished;
    this.#listener = undefined;
  }

  /** The end: as `stop`, and no faults are left. */
  async close(): Promise<void> {
    this.faults.clear();
    await this.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Makes a bearer token stand for a user. */
  addUser(token: string, user: UserInfo): void {
    this.#authenticator.add(token, user);
  }

  /** The token is refused with 401 from now on. */
  removeUser(token: string): void {
    this.#authenticator.remove(token);
  }

  /** Adds a permission without a Role (only with `access: "rbac"`); the result takes it away. */
  grant(grant: Grant): () => void {
    if (!this.#authorizer) throw new Error('grants need an ApiServer with access: "rbac"');
    return this.#authorizer.grant(grant);
  }

  /** Lets a function refuse writes by throwing a StatusError; the result removes it. */
  admit(admission: Admission): () => void {
    this.#writes.admissions.add(admission);
    return () => void this.#writes.admissions.delete(admission);
  }

  /** Serves a kind no more (404, its watches end) until `switchOn`; its objects stay. */
  switchOff(plural: string): void {
    for (const kind of this.#byPlural(plural)) this.#off.add(kind);
    this.#watches.end(plural);
  }

  switchOn(plural: string): void {
    for (const kind of this.#byPlural(plural)) this.#off.delete(kind);
  }

  /** Forgets history: watches from older revisions get 410. */
  compact(): void {
    this.storage.compact();
  }

  /** Watches that are open now, of one kind if given. */
  openWatches(plural?: string): readonly WatchScope[] {
    return this.#watches.scopes(plural);
  }

  /** Breaks open watches, in the middle of a line if asked. */
  cutWatches({ plural, midLine = false }: { plural?: string; midLine?: boolean } = {}): void {
    this.#watches.cut(plural, midLine);
  }

  /** Ends open watches in good order, as the end of their time does. */
  endWatches(plural?: string): void {
    this.#watches.end(plural);
  }

  /** Tells every open watch 410 by an ERROR event, as when it falls behind a compaction. */
  expireWatches(plural?: string): void {
    this.#watches.expire(plural);
  }

  /** Sends a bookmark now to every watch that asked for bookmarks. */
  sendBookmarks(): void {
    this.#watches.bookmark();
  }

  #byPlural(plural: string): ServerKind[] {
    const found = this.#kinds.filter((kind) => kind.plural === plural);
    if (found.length === 0) throw new Error(`the API server has no kind ${plural}`);
    return found;
  }

  async #handle(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname + url.search;
    const record: RequestRecord = { method: request.method, path, user: "", code: 0 };
    this.requests.push(record);
    if (this.requests.length > KEPT_REQUESTS) this.requests.shift();
    try {
      const response = await this.#answer(request, url, record);
      record.code = response.status;
      return response;
    } catch (error) {
      const status = error instanceof StatusError ? error : internalError(error);
      record.code = status.code;
      return errorResponse(request, status, this.#clock.now());
    }
  }

  async #answer(request: Request, url: URL, record: RequestRecord): Promise<Response> {
    const fault = this.faults.take(request.method, url.pathname + url.search);
    const action = fault?.action;
    const over = fault ? [fault.removed, this.#down.signal] : [];
    if (action?.type === "delay") await this.#clock.sleep(action.milliseconds, this.#down.signal);
    if (action?.type === "hang") {
      await aborted(over);
      throw plainStatus(503, "the request was held up by a fault");
    }
    const user = this.#authenticator.identify(request);
    record.user = user.username;
    if (action?.type === "status") {
      const message = action.message ?? `a fault answers ${action.code}`;
      throw plainStatus(action.code, message, action.reason, action.retryAfter);
    }
    if (action?.type === "error-event") {
      const { status } = plainStatus(action.code, action.message ?? "a fault ends this watch", action.reason);
      const text = `${JSON.stringify({ type: "ERROR", object: status })}\n`;
      return new Response(text, { headers: { "content-type": "application/json", "cache-control": "no-transform" } });
    }
    const response = await handleRequest(this.#environment, { request, url, user });
    if (action?.type === "cut" || action?.type === "stall") {
      return damagedResponse(response, action.afterBytes, action.type, over);
    }
    return response;
  }
}

/** A body that a fault has cut: Deno reports it here, and what is returned goes nowhere. */
function brokenBody(): Response {
  return new Response(null, { status: 500 });
}

function internalError(error: unknown): StatusError {
  const message = error instanceof Error ? error.message : String(error);
  return plainStatus(500, `Internal error occurred: ${message}`);
}
