/**
 * The DNS server as the agent sees it: names go in as deltas, rules and lists of servers can change at any time, status
 * and counters come out. Everything that answers is wired here, and only here.
 */
import { AllowList, type InterfaceAddress } from "./allow_list.ts";
import { AnswerView } from "./answer_view.ts";
import { Counters, readCounters } from "./counters.ts";
import type { DnsOptions, ServiceRules, ZoneUpstream } from "./dns_options.ts";
import type { DnsStatus, Explained } from "./dns_status.ts";
import { connectTlsWith, TlsConnections } from "./dot.ts";
import { watchLinks } from "./link_watch.ts";
import { listenAll, type Listeners, parseListenAddress, socketText } from "./listeners.ts";
import { LoopGuard } from "./loop_guard.ts";
import type { Sample } from "./metric.ts";
import type { NameDelta } from "./name_table.ts";
import { serveDatagrams } from "./portable_server.ts";
import type { Outcome } from "./outcome.ts";
import { type QueryLogMode, questionName } from "./query_log.ts";
import { Resolver } from "./resolver.ts";
import { Responder } from "./responder.ts";
import type { Asker, Serving } from "./serving.ts";
import {
  cacheEntries,
  type CacheListing,
  type CacheSettings,
  changeCache,
  createCache,
  flushCache,
  listCache,
} from "./shared_cache.ts";
import { TableWriter } from "./shared_table.ts";
import { serveStreams } from "./stream_server.ts";
import { createTable } from "./table_memory.ts";
import { TablePublisher } from "./table_publisher.ts";
import { exchangeTcp, streamTcp } from "./tcp_exchange.ts";
import { exchangeUdp } from "./udp_exchange.ts";
import { UpstreamCounters } from "./upstream_counters.ts";
import { UpstreamLists } from "./upstream_lists.ts";
import { UpstreamRoutes } from "./upstream_routes.ts";

/** The control thread's place among the readers of the shared memories. */
const CONTROL_READER = 0;
/** Of the second that servers wait for answers under way (`Drain`). */
const UPSTREAM_GRACE_MS = 800;
const IN_PROCESS: Asker = { transport: "tcp", address: "in process", allowed: true, digest: 0 };

export class DnsService {
  readonly #options: DnsOptions;
  readonly #cache: SharedArrayBuffer;
  readonly #publisher: TablePublisher;
  readonly #writer: TableWriter;
  readonly #routes: UpstreamRoutes;
  readonly #lists: UpstreamLists;
  readonly #resolver: Resolver;
  readonly #responder: Responder;
  readonly #counters = new Counters();
  readonly #upstreamCounters = new UpstreamCounters();
  readonly #tls: TlsConnections;
  readonly #allowList: AllowList;
  readonly #interfaces: () => readonly InterfaceAddress[];
  readonly #serving: Serving;
  /** Ends the servers, and then what they wait for. */
  readonly #serversStop = new AbortController();
  readonly #upstreamStop = new AbortController();
  #rules: ServiceRules;
  #zones: readonly ZoneUpstream[];
  #upstream: DnsOptions["upstream"];
  #upstreamTimeout: number;
  #upstreamCaFile: string;
  #queryLog: QueryLogMode;
  #listeners: readonly Listeners[] = [];
  #running: readonly Promise<void>[] = [];
  #watching: readonly Promise<void>[] = [];

  /** Throws an Error that names the key and the text that cannot be read. Opens nothing. */
  constructor(options: DnsOptions) {
    const { clock, log, random, rules, zones, upstream } = options;
    this.#options = options;
    [this.#rules, this.#zones, this.#upstream] = [rules, zones, upstream];
    [this.#upstreamTimeout, this.#upstreamCaFile] = [options.upstreamTimeout, options.upstreamCaFile];
    this.#queryLog = options.queryLog;
    const table = createTable({
      seed: Math.floor(random() * 2 ** 32),
      serial: Math.floor(clock.now() / 1_000), // grows over restarts too (RFC 1912, 2.2)
    });
    this.#cache = createCache(options.cache);
    this.#writer = new TableWriter(table, {
      onRefused: (name, reason) => log("warn", "a name cannot be served", { name, reason }),
    });
    this.#publisher = new TablePublisher(this.#writer, clock);
    const view = new AnswerView(table, this.#cache, CONTROL_READER);
    const loopGuard = new LoopGuard(random);
    const timeout = () => this.#upstreamTimeout;
    this.#tls = new TlsConnections(connectTlsWith(() => this.#upstreamCaFile), clock);
    const network = options.network ?? {
      udp: exchangeUdp,
      tcp: exchangeTcp,
      stream: streamTcp,
      tls: (exchange, signal) => this.#tls.exchange(exchange, signal),
    };
    const observer = this.#upstreamCounters;
    this.#routes = new UpstreamRoutes({ clock, random, log, network, observer, loopMark: loopGuard.mark, timeout });
    this.#lists = new UpstreamLists({
      ...options,
      routes: this.#routes,
      isOwn: (address, port) => this.#isOwn(address, port),
      onSearch: () => this.#applyRules(),
    });
    this.#resolver = new Resolver({
      view,
      routes: this.#routes,
      clock,
      log,
      timeout,
      signal: this.#upstreamStop.signal,
    });
    this.#responder = new Responder({
      view,
      resolver: this.#resolver,
      loopGuard,
      counters: this.#counters,
      clock,
      random,
      log,
      queryLog: () => this.#queryLog,
    });
    this.#interfaces = options.interfaces ?? Deno.networkInterfaces;
    this.#allowList = new AllowList(options.allow, clock, this.#interfaces);
    this.#serving = {
      respond: (query, asker) => this.#responder.respond(query, asker),
      asker: (address, transport) => this.#allowList.asker(address, transport),
      clock,
      log,
    };
    options.listen.forEach(parseListenAddress);
  }

  /** Binds and answers. Rejects with CannotListen, and then has bound nothing. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#listeners = this.#options.sockets ?? listenAll(this.#options.listen);
      this.#lists.refresh();
      this.#applyRules();
      this.#running = this.#listeners.flatMap(({ datagrams, streams }) => [
        serveDatagrams(datagrams, this.#serving, this.#serversStop.signal),
        serveStreams(streams, this.#serving, this.#serversStop.signal),
      ]);
      this.#watching = this.#watch(this.#upstreamStop.signal);
      resolve();
    });
  }

  /** Follows what changes outside. */
  #watch(signal: AbortSignal): Promise<void>[] {
    const { clock, log } = this.#options;
    const onLinkChange = () => {
      log("info", "the machine's addresses changed: upstream servers are judged anew", {});
      this.#routes.forgetHealth();
      this.#tls.close();
    };
    return [
      this.#lists.run(signal),
      this.#routes.run(signal),
      watchLinks(this.#interfaces, clock, onLinkChange, signal),
    ];
  }

  /** Takes names in. Small changes are live when this returns, larger ones when the promise resolves. */
  publish(delta: NameDelta): Promise<void> {
    return this.#publisher.publish(delta);
  }

  /** Other rules, live. Throws when a name in them is none. */
  setRules(rules: Partial<ServiceRules>): void {
    this.#rules = { ...this.#rules, ...rules };
    this.#applyRules();
  }

  /** Other upstream servers and zones, live. Throws when one cannot be read, and then changes nothing. */
  setUpstreams(change: {
    readonly upstream?: DnsOptions["upstream"];
    readonly zones?: readonly ZoneUpstream[];
    readonly upstreamTimeout?: number;
    readonly upstreamCaFile?: string;
  }): void {
    const { upstream = this.#upstream, zones = this.#zones } = change;
    this.#lists.set(upstream, zones);
    [this.#upstream, this.#zones] = [upstream, zones];
    this.#upstreamTimeout = change.upstreamTimeout ?? this.#upstreamTimeout;
    if (change.upstreamCaFile !== undefined && change.upstreamCaFile !== this.#upstreamCaFile) {
      this.#upstreamCaFile = change.upstreamCaFile;
      this.#tls.close();
    }
    this.#applyRules();
  }

  /** Other limits of the cache, live; `entries` counts at the next start. */
  setCache(settings: CacheSettings): void {
    changeCache(this.#cache, settings);
  }

  /** Which answers are logged, from now on. */
  setQueryLog(mode: QueryLogMode): void {
    this.#queryLog = mode;
  }

  flushCache(): void {
    flushCache(this.#cache);
  }

  /** What the cache holds. */
  cacheListing(): Iterable<CacheListing> {
    return listCache(this.#cache, this.#options.clock.now());
  }

  /** Answers a packet as if a client on this machine had asked over TCP; undefined when it deserves no answer, or many. */
  async query(packet: Uint8Array): Promise<Uint8Array | undefined> {
    const answer = await this.#responder.respond(packet, IN_PROCESS);
    return answer instanceof Uint8Array ? answer : undefined;
  }

  /** As `query`, with how the answer came about and what the cache holds of the name by now. */
  async explain(packet: Uint8Array): Promise<Explained> {
    let outcome: Outcome | undefined;
    const answer = await this.#responder.respond(packet, { ...IN_PROCESS, told: (told) => outcome = told });
    const name = questionName(packet).toLowerCase();
    return {
      ...answer instanceof Uint8Array ? { response: answer } : {},
      ...outcome ? { outcome } : {},
      cached: [...this.cacheListing()].filter((entry) => entry.name === name),
    };
  }

  /** Plain data, for people and `/api/status`. */
  status(): DnsStatus {
    return {
      listening: this.#listeners.map(({ datagrams }) => socketText(datagrams.addr)),
      upstreams: this.#routes.health,
      upstreamSource: this.#lists.source,
      search: this.#search,
      names: this.#writer.names,
      cache: cacheEntries(this.#cache),
      underWay: this.#resolver.load,
    };
  }

  /** Everything that is counted, in Prometheus' model, without the prefix. */
  samples(): Sample[] {
    const gauge = (name: string, value: number, labels: Record<string, string> = {}): Sample => ({
      kind: "gauge",
      name,
      labels,
      value,
    });
    return [
      ...readCounters([this.#counters.memory]),
      ...this.#upstreamCounters.samples(),
      ...this.#routes.health.map(({ server, healthy }) =>
        gauge("dns_upstream_healthy", healthy ? 1 : 0, { to: server })
      ),
      ...Object.entries(cacheEntries(this.#cache)).map(([type, n]) => gauge("dns_cache_entries", n, { type })),
      gauge("dns_names", this.#writer.names),
    ];
  }

  /** Answers what is under way, for a second at most, and closes everything. */
  async stop(): Promise<void> {
    this.#serversStop.abort();
    const done = new AbortController();
    // What upstream has not answered by then gets SERVFAIL, which sends a client to its next server at once.
    this.#options.clock.sleep(UPSTREAM_GRACE_MS, done.signal).then(
      () => this.#upstreamStop.abort(new Error("stopped")),
      () => undefined, // all was answered first
    );
    await Promise.all(this.#running);
    done.abort();
    this.#upstreamStop.abort(new Error("stopped"));
    this.#tls.close();
    await Promise.all(this.#watching);
  }

  get #search(): readonly string[] {
    return this.#rules.search === "system" ? this.#lists.systemSearch : this.#rules.search;
  }

  #applyRules(): void {
    const zones = this.#zones.map(({ zone }) => zone);
    this.#publisher.setRules({ ...this.#rules, search: this.#search, zones });
  }

  #isOwn(address: string, port: number): boolean {
    const listening = this.#listeners.some(({ datagrams }) => {
      const own = datagrams.addr as Deno.NetAddr;
      if (own.port !== port) return false;
      const everywhere = own.hostname === "0.0.0.0" || own.hostname === "::";
      return own.hostname === address || (everywhere && this.#allowList.isOurs(address));
    });
    return listening || (this.#options.isOwn?.(address, port) ?? false);
  }
}
