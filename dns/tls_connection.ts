/** One connection to a DNS over TLS server: many questions under way, told apart by their ids. */
import { type ByteStream, frame, FrameReader, writeAll } from "./framed_stream.ts";
import type { Exchange } from "./network.ts";
import type { Clock } from "./time.ts";

/** A handshake costs some 3 ms of processor; NAT tables forget quiet connections after a minute or more. */
const IDLE_MS = 30_000;

interface Pending {
  readonly exchange: Exchange;
  readonly resolve: (reply: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

export class TlsConnection {
  readonly #stream: ByteStream;
  readonly #clock: Clock;
  readonly #onClose: () => void;
  readonly #pending = new Map<number, Pending>();
  #closed: Error | undefined;
  #writing: Promise<void> = Promise.resolve();
  #idle = new AbortController();
  #received = 0;

  /** @param onClose called once, as soon as the connection takes no more questions. */
  constructor(stream: ByteStream, clock: Clock, onClose: () => void) {
    this.#stream = stream;
    this.#clock = clock;
    this.#onClose = onClose;
    this.#readReplies();
  }

  /** Sends and waits. Rejects with `signal`'s reason, or with why the connection broke. */
  async exchange(exchange: Exchange, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    if (this.#closed) throw this.#closed;
    this.#idle.abort();
    const id = this.#freeId(exchange.query[0]! << 8 | exchange.query[1]!);
    const message = frame(exchange.query);
    message.set([id >> 8, id & 255], 2);
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.#pending.set(id, { exchange, resolve, reject });
    const received = this.#received;
    const abort = () => {
      reject(signal.reason);
      // Nothing at all has come since: the peer is gone without a word, and the next question needs a new connection.
      if (this.#received === received) this.close(new Error(`${exchange.server.label} fell silent`));
    };
    signal.addEventListener("abort", abort);
    this.#writing = this.#writing.then(() => writeAll(this.#stream, message)).catch((error) => this.close(error));
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#pending.delete(id);
      if (this.#pending.size === 0 && !this.#closed) this.#closeWhenIdle();
    }
  }

  /** Ends the connection; what is under way rejects with `error`. */
  close(error: Error): void {
    if (this.#closed) return;
    this.#closed = error;
    this.#idle.abort();
    this.#onClose();
    this.#stream.close();
    for (const { reject } of this.#pending.values()) reject(error);
  }

  /** The question's own id, or the next one that is not under way here. */
  #freeId(id: number): number {
    while (this.#pending.has(id)) id = (id + 1) & 0xffff;
    return id;
  }

  async #readReplies(): Promise<void> {
    const reader = new FrameReader(this.#stream, () => 0);
    try {
      for (let reply = await reader.next(); reply; reply = await reader.next()) {
        this.#received++;
        this.#take(reply);
      }
      this.close(new Error("the server closed the TLS connection"));
    } catch (error) {
      this.close(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #take(reply: Uint8Array): void {
    const pending = reply.length < 2 ? undefined : this.#pending.get(reply[0]! << 8 | reply[1]!);
    if (!pending) return; // came too late: nobody waits for it any more
    reply.set(pending.exchange.query.subarray(0, 2));
    const fault = pending.exchange.fault(reply);
    if (fault === undefined) pending.resolve(reply);
    else pending.exchange.onIgnored(fault);
  }

  #closeWhenIdle(): void {
    this.#idle = new AbortController();
    this.#clock.sleep(IDLE_MS, this.#idle.signal).then(
      () => this.close(new Error("idle")),
      () => undefined, // used again, or closed
    );
  }
}
