import { MAX_OBJECT_BYTES } from "./json_items.ts";
import { StreamBroken } from "./stream_broken.ts";

const NEWLINE = 0x0a;
/** A watch event wraps its object in `{"type":"MODIFIED","object":...}`. */
const MAX_LINE_BYTES = MAX_OBJECT_BYTES + 64;

/** Cuts a watch's byte stream into its events: one JSON value a line. */
export class JsonLines {
  readonly #limit: number;
  readonly #decoder = new TextDecoder();
  #pieces: Uint8Array[] = [];
  #size = 0;

  constructor(limit: number = MAX_LINE_BYTES) {
    this.#limit = limit;
  }

  /** Bytes of a line that has not ended. */
  get pending(): number {
    return this.#size;
  }

  /**
   * Takes the next bytes, in chunks of any size, and gives the values of the lines that they complete. The chunk is kept
   * until then. What is left when the stream ends is a line that was cut off: it comes again with the next watch.
   *
   * @throws StreamBroken when a line is too long, SyntaxError when it is no JSON; which object it was is then unknown, so list again.
   */
  *push(chunk: Uint8Array): Generator<unknown, void, void> {
    for (let from = 0;;) {
      const end = chunk.indexOf(NEWLINE, from);
      this.#keep(chunk.subarray(from, end < 0 ? chunk.length : end));
      if (end < 0) return;
      const text = this.#take();
      from = end + 1;
      if (text.trim() !== "") yield JSON.parse(text);
    }
  }

  #keep(piece: Uint8Array) {
    this.#size += piece.length;
    if (this.#size > this.#limit) {
      throw new StreamBroken(`a watch event is longer than the ${this.#limit} bytes allowed`);
    }
    if (piece.length > 0) this.#pieces.push(piece);
  }

  #take(): string {
    const pieces = this.#pieces;
    let text = "";
    if (pieces.length === 1) text = this.#decoder.decode(pieces[0]);
    else if (pieces.length > 1) {
      // Joined before decoding: a character may lie across two chunks.
      const whole = new Uint8Array(this.#size);
      let offset = 0;
      for (const piece of pieces) {
        whole.set(piece, offset);
        offset += piece.length;
      }
      text = this.#decoder.decode(whole);
    }
    this.#pieces = [];
    this.#size = 0;
    return text;
  }
}
