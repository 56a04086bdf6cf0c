/**
 * TCP (RFC 7766): questions may be pipelined and are answered in the order in which the answers are there. Connections
 * are limited in number, idleness, slowness and questions under way, so that nobody can hold the server by doing nothing.
 */
import { type ByteStream, frame, FrameReader, writeAll } from "./framed_stream.ts";
import { type Answer, Drain, type Serving } from "./serving.ts";

/** What is used of a `Deno.Listener`, which may have been made elsewhere. */
export interface StreamListener {
  readonly addr: Deno.Addr;
  accept(): Promise<ByteStream & { readonly remoteAddr: Deno.Addr }>;
  close(): void;
}

/** Contract. 256 connections x (4 KiB to read + 64 questions x 64 KiB at worst to answer) stay below 1.1 GiB. */
export const MOST_CONNECTIONS = 256;
/** Contract: nothing asked and nothing under way for so long ends a connection (RFC 7766, 6.2.3). */
export const IDLE_MS = 10_000;
/** Contract: a message that was begun is whole by then. An answer that is not taken is given as long as idleness. */
export const BEGUN_MS = 5_000;
/** Questions under way on one connection; further ones wait in the kernel's buffer (RFC 7766, 6.2.1.1). */
const MOST_PIPELINED = 64;
/** How exact the limits are: a tenth of the shorter one. */
const SWEEP_MS = 500;
/** After an accept that failed (out of descriptors): time for others to end. */
const PAUSE_MS = 100;

/** Serves until `signal` aborts; then answers what is under way, closes everything and resolves. */
export async function serveStreams(listener: StreamListener, serving: Serving, signal: AbortSignal): Promise<void> {
  const connections = new Set<Connection>();
  const drain = new Drain();
  let closed = false;
  let sweeping: Promise<void> | undefined;
  const stop = async () => {
    await drain.empty(serving.clock);
    closed = true;
    listener.close();
    for (const connection of connections) connection.close();
  };
  const stopped = new Promise<void>((resolve, reject) => {
    if (signal.aborted) stop().then(resolve, reject);
    else signal.addEventListener("abort", () => stop().then(resolve, reject), { once: true });
  });
  while (!closed) {
    try {
      const stream = await listener.accept();
      if (!makeRoom(connections)) {
        stream.close();
        continue;
      }
      const connection = new Connection(stream, serving, drain);
      connections.add(connection);
      connection.serve().finally(() => connections.delete(connection));
      sweeping ??= sweep(connections, serving, signal).finally(() => sweeping = undefined);
    } catch (error) {
      if (closed) break;
      serving.log("warn", "accepting a connection failed", { error: String(error) });
      await serving.clock.sleep(PAUSE_MS);
    }
  }
  await Promise.all([stopped, sweeping]);
}

/** At the limit the connection that has been idle longest goes; false when none is idle. */
function makeRoom(connections: Set<Connection>): boolean {
  if (connections.size < MOST_CONNECTIONS) return true;
  let oldest: Connection | undefined;
  for (const connection of connections) {
    if (connection.idleSince !== undefined && connection.idleSince < (oldest?.idleSince ?? Infinity)) {
      oldest = connection;
    }
  }
  oldest?.close();
  if (oldest) connections.delete(oldest);
  return oldest !== undefined;
}

/** Closes what is overdue, for as long as there are connections: an idle server does not wake up. */
async function sweep(connections: Set<Connection>, { clock }: Serving, signal: AbortSignal): Promise<void> {
  while (connections.size > 0) {
    try {
      await clock.sleep(SWEEP_MS, signal);
    } catch {
      return; // stopped
    }
    for (const connection of connections) if (connection.isOverdue(clock.monotonic())) connection.close();
  }
}

/** One client's connection. */
class Connection {
  readonly #stream: ByteStream & { readonly remoteAddr: Deno.Addr };
  readonly #serving: Serving;
  readonly #drain: Drain;
  readonly #reader: FrameReader;
  #closed = false;
  #underWay = 0;
  #lastActive: number;
  #resume: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #writeSince: number | undefined;

  constructor(stream: ByteStream & { readonly remoteAddr: Deno.Addr }, serving: Serving, drain: Drain) {
    this.#stream = stream;
    this.#serving = serving;
    this.#drain = drain;
    this.#reader = new FrameReader(stream, () => serving.clock.monotonic());
    this.#lastActive = serving.clock.monotonic();
  }

  /** When it last did anything; undefined while a question is under way or half read. */
  get idleSince(): number | undefined {
    return this.#underWay === 0 && this.#reader.begunAt === undefined ? this.#lastActive : undefined;
  }

  /** Whether one of its limits has passed. */
  isOverdue(now: number): boolean {
    if (now - (this.idleSince ?? Infinity) >= IDLE_MS) return true;
    if (this.#writeSince !== undefined && now - this.#writeSince >= IDLE_MS) return true;
    const waits = this.#underWay >= MOST_PIPELINED; // then it is we who do not read
    return !waits && now - (this.#reader.begunAt ?? Infinity) >= BEGUN_MS;
  }

  /** Reads and answers until either side has enough. Never rejects. */
  async serve(): Promise<void> {
    const asker = this.#serving.asker((this.#stream.remoteAddr as Deno.NetAddr).hostname, "tcp");
    try {
      for (let query = await this.#reader.next(); query; query = await this.#reader.next()) {
        this.#underWay++;
        this.#drain.begin();
        this.#answer(this.#serving.respond(query, asker));
        if (this.#underWay >= MOST_PIPELINED) await new Promise<void>((resolve) => this.#resume = resolve);
        if (this.#closed) break;
      }
      // A client may send its questions, close its half and still read (RFC 7766, 6.2.3).
      while (this.#underWay > 0 && !this.#closed) await new Promise<void>((resolve) => this.#resume = resolve);
    } catch {
      // The peer reset the connection, or we closed it: nobody is left to be told.
    }
    this.close();
  }

  async #answer(answer: Answer | Promise<Answer>): Promise<void> {
    const messages = await answer;
    if (messages instanceof Uint8Array) await this.#send(messages);
    else if (messages) { for await (const message of messages) if (!await this.#send(message)) break; }
    this.#underWay--;
    this.#drain.end();
    this.#lastActive = this.#serving.clock.monotonic();
    this.#resume?.();
  }

  /** One message after the other; false when nobody is there to take it. */
  async #send(message: Uint8Array): Promise<boolean> {
    this.#writing = this.#writing.then(() => this.#write(message));
    await this.#writing;
    return !this.#closed;
  }

  async #write(message: Uint8Array): Promise<void> {
    if (this.#closed) return;
    this.#writeSince = this.#serving.clock.monotonic();
    try {
      await writeAll(this.#stream, frame(message));
    } catch {
      this.close(); // the client left without its answer
    }
    this.#writeSince = undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#resume?.();
    this.#stream.close();
  }
}
