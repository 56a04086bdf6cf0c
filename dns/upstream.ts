/**
 * One upstream server: asks it, and remembers how it fares. UDP first, TCP when the reply was truncated, TLS alone where
 * the address says so; once more without EDNS for servers that do not know it.
 */
import type { Exchange, Network } from "./network.ts";
import type { ServerAddress } from "./server_address.ts";
import type { Clock, Log, Random } from "./time.ts";
import { TimeLimitExceeded, withTimeLimit } from "./time_limit.ts";
import {
  composeQuery,
  isConclusive,
  isNotUnderstood,
  isTruncated,
  rcodeName,
  relayedReplyFault,
  type ReplyFault,
  replyFault,
  type UpstreamQuestion,
} from "./upstream_query.ts";

/** Why a server gave no usable reply. */
export type FailureReason = "timeout" | "network" | "rcode";

/** A server gave no usable reply; one of `rcode` is kept, since it may be all that there is to say. */
export class UpstreamFailure extends Error {
  override readonly name = "UpstreamFailure";
  constructor(readonly reason: FailureReason, message: string, readonly reply?: Uint8Array) {
    super(message);
  }
}

/** What the counters are told of a server. */
export interface UpstreamObserver {
  asked(server: ServerAddress): void;
  replied(server: ServerAddress, milliseconds: number): void;
  failed(server: ServerAddress, reason: FailureReason): void;
  /** A packet that was no reply: forged, late or broken. */
  ignored(server: ServerAddress, reason: string): void;
}

/** What every upstream server shares. */
export interface UpstreamSetting {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly network: Network;
  readonly observer: UpstreamObserver;
  /** Sent in each query's OPT; a query that carries it is one of ours that came back. */
  readonly loopMark: Uint8Array;
  /** Milliseconds for one server, its TCP included. May change while running. */
  readonly timeout: () => number;
}

/** Contract: a server that timed out is asked last for 30 s. */
const ASKED_LAST_MS = 30_000;
/** A probe that fails keeps a server down for two probes more. */
const DOWN_AFTER_PROBE_MS = 10_000;
/** The root's servers: every resolver knows them, and it costs nobody anything (as CoreDNS probes). */
const PROBE: UpstreamQuestion = Uint8Array.of(0, 2, 0, 0, 0);
/** A server that does not know EDNS is asked without it for this long; it may be replaced or repaired. */
const WITHOUT_EDNS_MS = 15 * 60_000;
/** Weight of the newest latency, as in RFC 6298: an eighth. */
const LATENCY_WEIGHT = 1 / 8;

/** One server's health as status shows it. */
export interface UpstreamHealth {
  readonly server: string;
  readonly healthy: boolean;
  /** Smoothed milliseconds of its replies; null before the first. */
  readonly latency: number | null;
  readonly lastFailure: string | null;
}

type Fault = (query: Uint8Array, reply: Uint8Array) => ReplyFault | undefined;

export class Upstream {
  readonly server: ServerAddress;
  readonly #setting: UpstreamSetting;
  #latency: number | undefined;
  #downUntil = -Infinity;
  /** What the log was told last. */
  #isUp = true;
  #lastFailure: string | undefined;
  #withoutEdnsUntil = -Infinity;

  constructor(server: ServerAddress, setting: UpstreamSetting) {
    this.server = server;
    this.#setting = setting;
  }

  /** Whether it may be asked in its turn; else it is asked last. */
  get healthy(): boolean {
    return this.#setting.clock.monotonic() >= this.#downUntil;
  }

  /** Smoothed milliseconds of its replies. */
  get latency(): number | undefined {
    return this.#latency;
  }

  get health(): UpstreamHealth {
    return {
      server: this.server.label,
      healthy: this.healthy,
      latency: this.#latency === undefined ? null : Math.round(this.#latency * 10) / 10,
      lastFailure: this.#lastFailure ?? null,
    };
  }

  /** The whole reply to `question`, of a conclusive code (`isConclusive`). Throws UpstreamFailure, or as `signal` aborts. */
  async ask(question: UpstreamQuestion, signal: AbortSignal): Promise<Uint8Array> {
    const { clock, loopMark } = this.#setting;
    return await this.#limited(signal, async (limit) => {
      const edns = clock.monotonic() >= this.#withoutEdnsUntil;
      let reply = await this.#send(question, edns ? loopMark : undefined, limit);
      if (edns && isNotUnderstood(reply)) {
        reply = await this.#send(question, undefined, limit);
        if (isConclusive(reply)) this.#withoutEdnsUntil = clock.monotonic() + WITHOUT_EDNS_MS;
      }
      if (isConclusive(reply)) return reply;
      throw new UpstreamFailure("rcode", `${this.server.label} answered ${rcodeName(reply)}`, reply);
    });
  }

  /**
   * Sees whether it answers anything at all. Does not shorten the time for which it is asked last, but prolongs it:
   * a server comes back when that time is over and its probes are answered. Never rejects.
   */
  async probe(signal: AbortSignal): Promise<void> {
    const { clock, timeout, loopMark } = this.#setting;
    const started = clock.monotonic();
    try {
      await withTimeLimit(clock, timeout(), signal, (limit) => this.#send(PROBE, loopMark, limit));
      this.#noteLatency(clock.monotonic() - started);
    } catch {
      // Its failures are known already, or the service stops.
      this.#downUntil = Math.max(this.#downUntil, clock.monotonic() + DOWN_AFTER_PROBE_MS);
    }
  }

  /** The network is another one: what was seen of the server says nothing any more. */
  forget(): void {
    this.#downUntil = -Infinity;
    this.#latency = undefined;
    this.#withoutEdnsUntil = -Infinity;
  }

  /** Sends a client's packet as it is, by the client's transport, and gives the reply back as it is. */
  async relay(packet: Uint8Array, transport: "udp" | "tcp", signal: AbortSignal): Promise<Uint8Array> {
    const by = this.server.protocol === "tls" ? "tls" : transport;
    return await this.#limited(signal, (limit) => this.#exchange(packet, by, relayedReplyFault, limit));
  }

  /**
   * As `relay` over TCP, for a zone transfer: each message as it comes, until nothing has come for the time that one
   * reply may take. Which message is the last is not for us to know.
   */
  async *transfer(packet: Uint8Array, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { network, clock, timeout } = this.#setting;
    const stop = new AbortController();
    const passOn = () => stop.abort(signal.reason);
    signal.addEventListener("abort", passOn);
    const messages = network.stream(this.#exchangeOf(packet, relayedReplyFault), stop.signal)[Symbol.asyncIterator]();
    try {
      while (true) {
        const quiet = new AbortController();
        clock.sleep(timeout(), quiet.signal).then(() => stop.abort(new TimeLimitExceeded(timeout())), () => undefined);
        const next = await messages.next().finally(() => quiet.abort());
        if (next.done) return;
        yield next.value;
      }
    } finally {
      signal.removeEventListener("abort", passOn);
      stop.abort();
    }
  }

  async #limited(signal: AbortSignal, work: (limit: AbortSignal) => Promise<Uint8Array>): Promise<Uint8Array> {
    const { clock, observer, timeout } = this.#setting;
    const started = clock.monotonic();
    observer.asked(this.server);
    try {
      const reply = await withTimeLimit(clock, timeout(), signal, work);
      this.#noteReply(clock.monotonic() - started);
      return reply;
    } catch (error) {
      signal.throwIfAborted(); // nobody waits any more: says nothing of the server
      const failure = error instanceof UpstreamFailure ? error : this.#describe(error);
      if (failure.reason === "rcode") this.#noteReply(clock.monotonic() - started);
      else this.#goDown(failure.message);
      this.#lastFailure = failure.message;
      observer.failed(this.server, failure.reason);
      throw failure;
    }
  }

  #goDown(reason: string) {
    const { clock, log } = this.#setting;
    if (this.#isUp) {
      log("warn", "an upstream server does not answer: it is asked last", { server: this.server.label, reason });
    }
    this.#isUp = false;
    this.#downUntil = clock.monotonic() + ASKED_LAST_MS;
  }

  #describe(error: unknown): UpstreamFailure {
    const message = error instanceof Error ? error.message : String(error);
    const reason = error instanceof TimeLimitExceeded ? "timeout" : "network";
    return new UpstreamFailure(reason, `${this.server.label}: ${message}`);
  }

  #noteReply(milliseconds: number) {
    if (!this.#isUp) this.#setting.log("info", "an upstream server answers again", { server: this.server.label });
    this.#isUp = true;
    this.#downUntil = -Infinity;
    this.#noteLatency(milliseconds);
    this.#setting.observer.replied(this.server, milliseconds);
  }

  #noteLatency(milliseconds: number) {
    this.#latency = this.#latency === undefined
      ? milliseconds
      : this.#latency + LATENCY_WEIGHT * (milliseconds - this.#latency);
  }

  async #send(question: UpstreamQuestion, mark: Uint8Array | undefined, signal: AbortSignal): Promise<Uint8Array> {
    const options = mark && { mark, padded: this.server.protocol === "tls" };
    const compose = () => composeQuery(question, Math.floor(this.#setting.random() * 0x10000), options);
    if (this.server.protocol === "tls") return await this.#exchange(compose(), "tls", replyFault, signal);
    const reply = await this.#exchange(compose(), "udp", replyFault, signal);
    return isTruncated(reply) ? await this.#exchange(compose(), "tcp", replyFault, signal) : reply;
  }

  #exchange(query: Uint8Array, by: "udp" | "tcp" | "tls", fault: Fault, signal: AbortSignal): Promise<Uint8Array> {
    return this.#setting.network[by](this.#exchangeOf(query, fault), signal);
  }

  #exchangeOf(query: Uint8Array, fault: Fault): Exchange {
    return {
      server: this.server,
      query,
      fault: (reply) => fault(query, reply),
      onIgnored: (reason) => this.#setting.observer.ignored(this.server, reason),
    };
  }
}
