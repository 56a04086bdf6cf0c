/**
 * A list of upstream servers that may answer for each other: asks them in turn until one says something of the name.
 *
 * The order of the list is kept among the healthy, since lists are often written with a meaning (the company's server,
 * then a public one); a server far slower than the best comes after them, and one that timed out last. When a server
 * lets half its time pass, the next is asked beside it, so that one lost packet or one dead server costs a client no
 * more than that. NXDOMAIN from a server asked so early waits for those listed before it: they may know the name.
 */
import type { ServerAddress } from "./server_address.ts";
import type { Clock } from "./time.ts";
import { type Upstream, UpstreamFailure } from "./upstream.ts";
import { rcodeOf, type UpstreamQuestion } from "./upstream_query.ts";

/**
 * The next server is asked after half of `upstreamTimeout`, and before the shortest of clients' own limits (2 s). A dead
 * list of one, asked twice, thus fails a tenth of a second within the contract's timeout x servers + 1 s.
 */
const MOST_PATIENCE_MS = 900;
/** Slower than three times the best and 100 ms: sick, not far away. */
const SLOW = { factor: 3, milliseconds: 100 };
const NXDOMAIN = 3;

/** A conclusive reply and who gave it. */
export interface UpstreamAnswer {
  readonly reply: Uint8Array;
  readonly server: ServerAddress;
}

/** Takes the one reply that counts, in the moment in which it is chosen; false when it turns out to be broken. */
export type Accept = (answer: UpstreamAnswer) => boolean;

/** How a group waits. */
export interface UpstreamPatience {
  readonly clock: Clock;
  /** Milliseconds for one server. */
  readonly timeout: () => number;
}

/** No server of the list said anything of the name. */
export class UpstreamsFailed extends Error {
  override readonly name = "UpstreamsFailed";
  /** The last reply with a failing code, when there was one. */
  readonly reply: Uint8Array | undefined;
  /** How many questions were sent; 0 when there is no server at all. */
  readonly asked: number;

  constructor(failures: readonly UpstreamFailure[]) {
    const reasons = [...new Set(failures.map((failure) => failure.message))];
    super(reasons.length > 0 ? reasons.join("; ") : "no upstream server is known");
    this.asked = failures.length;
    this.reply = failures.findLast((failure) => failure.reply)?.reply;
  }
}

export class UpstreamGroup {
  readonly #upstreams: readonly Upstream[];
  readonly #patience: UpstreamPatience;

  constructor(upstreams: readonly Upstream[], patience: UpstreamPatience) {
    this.#upstreams = upstreams;
    this.#patience = patience;
  }

  /** Those that are asked only after the others: down, or slow. */
  get behind(): readonly Upstream[] {
    return this.#upstreams.filter((upstream) => this.#rank(upstream) > 0);
  }

  /** Asks until `accept` takes a conclusive reply. Throws UpstreamsFailed, or `signal`'s reason. */
  ask(question: UpstreamQuestion, accept: Accept, signal: AbortSignal): Promise<void> {
    const order = this.#inOrder();
    // A single server is asked a second time instead: packets get lost.
    if (order.length === 1) order.push(order[0]!);
    return race(order, question, accept, this.#patience, signal);
  }

  /** The server that a packet is given to which goes to one only, since it may be a change. Throws UpstreamsFailed. */
  get first(): Upstream {
    const [first] = this.#inOrder();
    if (!first) throw new UpstreamsFailed([]);
    return first;
  }

  #inOrder(): Upstream[] {
    const ranks = new Map(this.#upstreams.map((upstream) => [upstream, this.#rank(upstream)]));
    return [...this.#upstreams].sort((a, b) => ranks.get(a)! - ranks.get(b)!);
  }

  #rank(upstream: Upstream): number {
    if (!upstream.healthy) return 2;
    const best = Math.min(...this.#upstreams.filter((u) => u.healthy).map((u) => u.latency ?? Infinity));
    return (upstream.latency ?? 0) > best * SLOW.factor + SLOW.milliseconds ? 1 : 0;
  }
}

/** Asks `order` one after the other, or beside each other when one is slow. */
function race(
  order: readonly Upstream[],
  question: UpstreamQuestion,
  accept: Accept,
  { clock, timeout }: UpstreamPatience,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const pending = new Set<number>();
    const failures: UpstreamFailure[] = [];
    let next = 0;
    let denial: { index: number; reply: Uint8Array } | undefined;

    const finish = (end: () => void) => {
      done.abort();
      end();
    };
    const take = (index: number, reply: Uint8Array) => {
      const { server } = order[index]!;
      if (accept({ reply, server })) return finish(resolve);
      failures.push(new UpstreamFailure("rcode", `${server.label} sent a broken reply`));
      start();
      settle();
    };
    const settle = () => {
      if (done.signal.aborted) return;
      const held = denial;
      const mayKnow = (index: number) => index < held!.index && order[index] !== order[held!.index];
      if (held && ![...pending].some(mayKnow)) {
        denial = undefined;
        take(held.index, held.reply);
      } else if (pending.size === 0 && next === order.length) finish(() => reject(new UpstreamsFailed(failures)));
    };
    const start = () => {
      if (next === order.length || done.signal.aborted) return;
      const index = next++;
      const upstream = order[index]!;
      pending.add(index);
      upstream.ask(question, signal).then((reply) => {
        pending.delete(index);
        if (done.signal.aborted) return;
        if (rcodeOf(reply) !== NXDOMAIN) return take(index, reply);
        if (!denial || index < denial.index) denial = { index, reply };
        settle();
      }, (error) => {
        pending.delete(index);
        if (!(error instanceof UpstreamFailure)) return finish(() => reject(error));
        failures.push(error);
        while (order[next] === upstream) next++; // asking the one that failed at once again would not help
        start();
        settle();
      });
      clock.sleep(Math.min(MOST_PATIENCE_MS, timeout() / 2), done.signal).then(
        () => pending.has(index) && start(),
        () => undefined, // there was an answer
      );
    };
    start();
    settle();
  });
}
