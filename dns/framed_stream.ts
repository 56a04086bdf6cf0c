/** DNS messages over a byte stream: each behind its length in two bytes (RFC 1035, 4.2.2). */

/** What is used of a connection: `Deno.Conn`, or what a test makes. */
export interface ByteStream {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** Length and message in one buffer, so that they leave in one segment (RFC 7766, 8). */
export function frame(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(2 + message.length);
  framed[0] = message.length >> 8;
  framed[1] = message.length & 255;
  framed.set(message, 2);
  return framed;
}

/** Writes all of `bytes`; rejects when the peer is gone. */
export async function writeAll(stream: ByteStream, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await stream.write(bytes.subarray(sent));
}

/** Several pipelined questions in one read; a longer message makes the buffer grow to its size. */
const FIRST_BUFFER_BYTES = 4_096;

/** Cuts a stream into messages. */
export class FrameReader {
  readonly #stream: ByteStream;
  readonly #monotonic: () => number;
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #start = 0;
  #end = 0;
  #begunAt: number | undefined;

  constructor(stream: ByteStream, monotonic: () => number) {
    this.#stream = stream;
    this.#monotonic = monotonic;
  }

  /** When the first byte of a message came whose last is still missing; undefined between messages. */
  get begunAt(): number | undefined {
    return this.#begunAt;
  }

  /** The next message, in memory of its own; undefined at the end of the stream, a message cut short included. */
  async next(): Promise<Uint8Array | undefined> {
    while (true) {
      const held = this.#end - this.#start;
      const length = held < 2 ? 0 : this.#buffer[this.#start]! << 8 | this.#buffer[this.#start + 1]!;
      if (held >= 2 && held >= 2 + length) {
        const message = this.#buffer.slice(this.#start + 2, this.#start + 2 + length);
        this.#start += 2 + length;
        this.#begunAt = this.#start < this.#end ? this.#monotonic() : undefined;
        return message;
      }
      this.#makeRoom(2 + length);
      const count = await this.#stream.read(this.#buffer.subarray(this.#end));
      if (count === null) return undefined;
      this.#begunAt ??= this.#monotonic();
      this.#end += count;
    }
  }

  /** Moves what is held to the front, of a larger buffer if `needed` bytes would not fit. */
  #makeRoom(needed: number) {
    const held = this.#buffer.subarray(this.#start, this.#end);
    const size = Math.max(FIRST_BUFFER_BYTES, needed);
    if (size !== this.#buffer.length) {
      const larger = new Uint8Array(size);
      larger.set(held);
      this.#buffer = larger;
    } else this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end = held.length;
    this.#start = 0;
  }
}
