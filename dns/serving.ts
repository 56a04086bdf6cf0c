/** What the servers share: who turns a question into an answer, and how long a stop may take. */
import type { Outcome } from "./outcome.ts";
import type { Clock, Log } from "./time.ts";

/** Where a question came from, as far as it matters to the answer. */
export interface Asker {
  readonly transport: "udp" | "tcp";
  /** As sockets write it. */
  readonly address: string;
  /** Whether `dns.allow` covers it. */
  readonly allowed: boolean;
  /** 24 bits that differ from address to address, for DNS cookies. */
  readonly digest: number;
  /** Told how the question was answered. */
  readonly told?: (outcome: Outcome) => void;
}

/** What a packet gets: a message, or nothing; many messages for a zone transfer. */
export type Answer = Uint8Array | undefined | AsyncIterable<Uint8Array>;

/**
 * Answers one packet: at once when memory holds the answer, later when upstream is asked. Does not keep `query` when it
 * answers at once, copies it otherwise. Never rejects.
 */
export type Respond = (query: Uint8Array, asker: Asker) => Answer | Promise<Answer>;

/** What a server is given. */
export interface Serving {
  readonly respond: Respond;
  /** What is known of the holder of an address, as sockets write it. */
  readonly asker: (address: string, transport: "udp" | "tcp") => Asker;
  readonly clock: Clock;
  readonly log: Log;
}

/** Long enough for an upstream that answers at all; a unit that stops must not look hung. */
const DRAIN_MS = 1_000;

/** Counts what is under way, so that a stop can wait for it. */
export class Drain {
  #underWay = 0;
  #waiting: (() => void) | undefined;

  get underWay(): number {
    return this.#underWay;
  }

  begin(): void {
    this.#underWay++;
  }

  end(): void {
    if (--this.#underWay === 0) this.#waiting?.();
  }

  /** Resolves when nothing is under way, a second later at the latest. */
  async empty(clock: Clock): Promise<void> {
    if (this.#underWay === 0) return;
    const limit = new AbortController();
    await Promise.race([
      new Promise<void>((resolve) => this.#waiting = resolve),
      clock.sleep(DRAIN_MS, limit.signal).catch(() => undefined), // aborted below: it was empty first
    ]);
    limit.abort();
  }
}
