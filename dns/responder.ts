/** From a packet to its answer: `answer` over memory, and over again when upstream was asked. Counts what it sees. */
import { ALLOWED, answer, MISS, OVERLOADED, RELAY, TCP, UPSTREAM_FAILED } from "./answer.ts";
import { type AnswerView, REASONS, SOURCE, SOURCES } from "./answer_view.ts";
import type { Counters } from "./counters.ts";
import type { LoopGuard } from "./loop_guard.ts";
import type { Outcome } from "./outcome.ts";
import { logQuery, type QueryLogMode } from "./query_log.ts";
import type { Resolver } from "./resolver.ts";
import type { Answer, Asker } from "./serving.ts";
import type { Clock, Log, Random } from "./time.ts";
import { rcodeOf } from "./upstream_query.ts";

/** A chain's tail and a short name's expansions may each have to be asked; more rounds than that is a loop. */
const MOST_ROUNDS = 4;
const LARGEST_MESSAGE = 65_535;
const HEADER = 12;
const NOERROR = 0;
const NXDOMAIN = 3;
/** What is relayed is not taken apart: it counts as "other". */
const NO_TYPE = 0;
const IXFR = 251;
const AXFR = 252;

/** What answers are made from. */
export interface ResponderOptions {
  readonly view: AnswerView;
  readonly resolver: Resolver;
  readonly loopGuard: LoopGuard;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly queryLog: () => QueryLogMode;
}

/** One question on its way through. */
interface Asking {
  readonly query: Uint8Array;
  readonly asker: Asker;
  /** The bits for `answer`. */
  readonly client: number;
  readonly started: number;
  /** Upstream servers that replied to it, or failed. */
  readonly asked: string[];
}

export class Responder {
  readonly #options: ResponderOptions;
  readonly #out = new Uint8Array(LARGEST_MESSAGE);

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /** A `Respond`. A packet that breaks `answer` is a fault of ours: it is logged and dropped, and the next one answered. */
  respond(query: Uint8Array, asker: Asker): Answer | Promise<Answer> {
    try {
      return this.#respond({
        query,
        asker,
        client: this.#clientBits(query, asker),
        started: this.#options.clock.monotonic(),
        asked: [],
      });
    } catch (error) {
      return this.#fail(error);
    }
  }

  #respond(asking: Asking): Answer | Promise<Answer> {
    const { view, clock, resolver, counters } = this.#options;
    const length = this.#answer(asking, clock.now(), 0);
    if (length > 0) {
      if (view.refresh) resolver.ask(this.#question(), view.questionZone, false);
      return this.#finish(asking, length);
    }
    if (length === MISS) {
      counters.missed();
      return this.#whenAsked({ ...asking, query: asking.query.slice() });
    }
    if (length === RELAY) return this.#relay({ ...asking, query: asking.query.slice() });
    counters.dropped("malformed");
    return undefined;
  }

  #clientBits(query: Uint8Array, { transport, allowed, digest }: Asker): number {
    const { loopGuard, log } = this.#options;
    const returned = loopGuard.isOurs(query);
    if (returned) log("warn", "one of our own questions came back: an upstream server asks us", {});
    return (transport === "tcp" ? TCP : 0) | (allowed && !returned ? ALLOWED : 0) | digest << 8;
  }

  #answer({ query, client }: Asking, now: number, bits: number): number {
    const { view, random } = this.#options;
    return answer(query, query.length, this.#out, view, now, Math.floor(random() * 2 ** 32), client | bits);
  }

  #question(): Uint8Array {
    const { view } = this.#options;
    return view.question.slice(0, view.questionLength);
  }

  /** Asks upstream and answers again, until nothing is missing. */
  #whenAsked(asking: Asking): Promise<Answer> {
    const { view, clock, resolver } = this.#options;
    return new Promise((resolve) => {
      let rounds = 0;
      const again = (now: number, outcome: number, servers: readonly string[]) => {
        asking.asked.push(...servers);
        try {
          const length = this.#answer(asking, now, ++rounds < MOST_ROUNDS ? outcome : outcome | UPSTREAM_FAILED);
          if (length === MISS) ask();
          else resolve(this.#finish(asking, length));
        } catch (error) {
          resolve(this.#fail(error));
        }
      };
      const ask = () => {
        const { questionZone, stale } = view;
        if (!resolver.ask(this.#question(), questionZone, stale, again)) again(clock.now(), OVERLOADED, []);
      };
      ask();
    });
  }

  #relay(asking: Asking): Answer | Promise<Answer> {
    const { query, asker } = asking;
    const { resolver } = this.#options;
    if (asker.transport === "tcp" && isTransfer(query)) return resolver.transfer(query);
    return resolver.relay(query, asker.transport).then((reply) => {
      if (!reply) return this.#failRelay(asking);
      this.#tell(asking, { type: NO_TYPE, rcode: rcodeOf(reply), source: SOURCE.UPSTREAM });
      return reply;
    });
  }

  #failRelay(asking: Asking): Answer {
    const { clock, counters } = this.#options;
    const length = this.#answer(asking, clock.now(), UPSTREAM_FAILED);
    if (length > 0) return this.#finish(asking, length);
    counters.dropped("relay");
    return undefined;
  }

  #finish(asking: Asking, length: number): Uint8Array {
    const { view, counters } = this.#options;
    if (view.source === SOURCE.STALE) counters.hit("stale");
    if (view.source === SOURCE.CACHE) counters.hit(cachedKind(this.#out, view.rcode));
    this.#tell(asking, view);
    return this.#out.slice(0, length);
  }

  #tell({ query, asker, started, asked }: Asking, answered: Pick<AnswerView, "type" | "rcode" | "source">): void {
    const { counters, clock, log, queryLog, view } = this.#options;
    const { type, rcode, source } = answered;
    const milliseconds = clock.monotonic() - started;
    counters.answered(asker.transport, type, rcode, source, milliseconds / 1_000);
    if (queryLog() === "off" && !asker.told) return;
    const rule = REASONS[view.reason] ?? "";
    const outcome: Outcome = { type, rcode, source: SOURCES[source] ?? "", rule, asked, milliseconds };
    logQuery(log, queryLog(), query, asker, outcome);
    asker.told?.(outcome);
  }

  #fail(error: unknown): undefined {
    const detail = error instanceof Error ? error.stack : String(error);
    this.#options.log("error", "a question could not be answered because of a fault in moorline", { error: detail });
    this.#options.counters.dropped("fault");
    return undefined;
  }
}

/** What the cache held, from the response that was made of it. */
function cachedKind(response: Uint8Array, rcode: number): "positive" | "negative" | "failure" {
  if (rcode !== NOERROR) return rcode === NXDOMAIN ? "negative" : "failure";
  return response[6] === 0 && response[7] === 0 ? "negative" : "positive";
}

/** Whether a packet asks for a zone transfer: its first question's type is AXFR or IXFR. */
function isTransfer(query: Uint8Array): boolean {
  let at = HEADER;
  while (at < query.length && query[at] !== 0) at += query[at]! + 1;
  return query[at + 1] === 0 && (query[at + 2] === AXFR || query[at + 2] === IXFR);
}
