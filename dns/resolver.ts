/**
 * What memory could not answer: asks upstream, once for all who ask the same at the same time, and puts what comes back
 * into the shared cache. It composes no answers: those who wait run `answer` again over what the cache then holds.
 */
import { acceptFailure, acceptReply, BROKEN, FAILED, USABLE, type Verdict } from "./accept_reply.ts";
import type { AnswerView } from "./answer_view.ts";
import { UPSTREAM_DONE, UPSTREAM_FAILED } from "./answer.ts";
import type { Clock, Log } from "./time.ts";
import { UpstreamsFailed } from "./upstream_group.ts";
import { bytesKey, type UpstreamRoutes } from "./upstream_routes.ts";
import type { UpstreamQuestion } from "./upstream_query.ts";

/** Different questions under way: a socket and some 2 kB each. With every server dead they last 2 s: 500 a second. */
export const MOST_QUESTIONS = 1_000;
/** Clients that wait for them: a packet and a closure each, some 4 MB at the most. */
export const MOST_WAITING = 4_096;
/** RFC 8767, 5: a client that has waited so long is given what there is. */
const STALE_AFTER_MS = 1_800;
const SERVFAIL = 2;
/** RFC 8914: No Reachable Authority. */
const EDE_UNREACHABLE = 22;

type Result = typeof UPSTREAM_DONE | typeof UPSTREAM_FAILED;

/**
 * Runs `answer` again, at once: what was accepted counts for this very `now`. Told, too, which server gave the reply, or
 * why there was none. Must not throw.
 */
export type Waiter = (now: number, result: Result, servers: readonly string[]) => void;

interface Flight {
  readonly question: UpstreamQuestion;
  readonly waiters: Waiter[];
  /** Aborted when the flight is over; undefined while nobody could be given a stale answer. */
  staleTimer: AbortController | undefined;
  /** Stale answers are given at once already: noting the failure again would only put off the next try. */
  failureNoted: boolean;
}

export class Resolver {
  readonly #view: AnswerView;
  readonly #routes: UpstreamRoutes;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #timeout: () => number;
  readonly #signal: AbortSignal;
  readonly #flights = new Map<string, Flight>();
  #waiting = 0;

  /** @param options.signal ends all that is under way. */
  constructor(options: {
    readonly view: AnswerView;
    readonly routes: UpstreamRoutes;
    readonly clock: Clock;
    readonly log: Log;
    readonly timeout: () => number;
    readonly signal: AbortSignal;
  }) {
    this.#view = options.view;
    this.#routes = options.routes;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#timeout = options.timeout;
    this.#signal = options.signal;
  }

  /** Questions under way, and clients that wait for them. */
  get load(): { readonly questions: number; readonly waiting: number } {
    return { questions: this.#flights.size, waiting: this.#waiting };
  }

  /**
   * Asks unless the same question is under way. `waiter` is called once, in the moment in which the cache holds what
   * came of it; without one it is a refresh. False when there is too much under way: nothing happens then.
   * @param stale whether the cache holds an old answer that a client may be given after 1.8 s.
   */
  ask(question: UpstreamQuestion, zoneAt: number, stale: boolean, waiter?: Waiter): boolean {
    if (waiter && this.#waiting >= MOST_WAITING) return false;
    const key = bytesKey(question);
    const underWay = this.#flights.get(key);
    if (!underWay && this.#flights.size >= MOST_QUESTIONS) return false;
    const flight = underWay ?? { question, waiters: [], staleTimer: undefined, failureNoted: false };
    if (!underWay) {
      this.#flights.set(key, flight);
      this.#fly(key, flight, zoneAt).catch((error) => this.#crash(key, flight, error));
    }
    if (!waiter) return true;
    flight.waiters.push(waiter);
    this.#waiting++;
    if (stale && !flight.staleTimer) this.#giveStaleLater(flight, flight.staleTimer = new AbortController());
    return true;
  }

  /** Carries a packet there and back. Undefined when there was no reply. */
  async relay(packet: Uint8Array, transport: "udp" | "tcp"): Promise<Uint8Array | undefined> {
    try {
      return await this.#routes.groupForPacket(packet).first.relay(packet, transport, this.#signal);
    } catch (error) {
      this.#log("debug", "a relayed packet got no reply", { error: String(error) });
      return undefined;
    }
  }

  /** Carries the question for a zone transfer there, and all that comes back. */
  async *transfer(packet: Uint8Array): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#routes.groupForPacket(packet).first.transfer(packet, this.#signal);
    } catch (error) {
      this.#log("debug", "a relayed zone transfer ended", { error: String(error) });
    }
  }

  async #fly(key: string, flight: Flight, zoneAt: number): Promise<void> {
    const { question } = flight;
    const end = (now: number, result: Result, server: string) => {
      this.#flights.delete(key);
      flight.staleTimer?.abort();
      this.#release(flight, now, result, [server]);
    };
    try {
      await this.#routes.groupFor(question, zoneAt).ask(question, ({ reply, server }) => {
        const now = this.#clock.now();
        const usable = this.#accept(question, reply, now) === USABLE;
        if (usable) end(now, UPSTREAM_DONE, server.label);
        return usable;
      }, this.#signal);
    } catch (error) {
      const now = this.#clock.now();
      const reason = error instanceof Error ? error.message : String(error);
      if (this.#signal.aborted) return end(now, UPSTREAM_FAILED, reason);
      this.#log("debug", "no upstream server answered", { reason });
      const failed = error instanceof UpstreamsFailed ? error : undefined;
      // Without any server there is nothing to remember: the first one that comes is to be asked at once.
      if (failed?.asked === 0) return end(now, UPSTREAM_FAILED, reason);
      if (!flight.failureNoted) this.#noteFailure(question, failed?.reply, now);
      end(now, UPSTREAM_DONE, reason);
    }
  }

  /** A reply that breaks what takes it apart is a fault of ours, and no reason to end. */
  #accept(question: UpstreamQuestion, reply: Uint8Array, now: number): Verdict {
    try {
      return acceptReply(this.#view, question, question.length, reply, reply.length, now);
    } catch (error) {
      this.#logFault(error);
      return BROKEN;
    }
  }

  /** Whatever went wrong, those who wait get an answer. */
  #crash(key: string, flight: Flight, error: unknown): void {
    this.#logFault(error);
    this.#flights.delete(key);
    flight.staleTimer?.abort();
    this.#release(flight, this.#clock.now(), UPSTREAM_FAILED, ["a fault in moorline"]);
  }

  #logFault(error: unknown): void {
    const detail = error instanceof Error ? error.stack : String(error);
    this.#log("error", "a question could not be resolved because of a fault in moorline", { error: detail });
  }

  /** What a failing server said of the reason is passed on; a server that said nothing could not be reached. */
  #noteFailure(question: UpstreamQuestion, reply: Uint8Array | undefined, now: number): void {
    const view = this.#view;
    const said = reply !== undefined && this.#accept(question, reply, now) === FAILED;
    const [rcode, ede] = said ? [view.replyRcode, view.replyEde] : [SERVFAIL, EDE_UNREACHABLE];
    acceptFailure(view, question, question.length, rcode, ede, now);
  }

  async #giveStaleLater(flight: Flight, timer: AbortController): Promise<void> {
    try {
      await this.#clock.sleep(Math.min(STALE_AFTER_MS, this.#timeout()), timer.signal);
    } catch {
      return; // upstream was faster
    }
    const now = this.#clock.now();
    this.#noteFailure(flight.question, undefined, now);
    flight.staleTimer = undefined;
    flight.failureNoted = true;
    this.#release(flight, now, UPSTREAM_FAILED, ["no reply so far"]);
  }

  #release(flight: Flight, now: number, result: Result, servers: readonly string[]): void {
    const waiters = flight.waiters.splice(0);
    this.#waiting -= waiters.length;
    for (const waiter of waiters) waiter(now, result, servers);
  }
}
