import { CONTROL, IDLE } from "./layout.ts";
import { bucketsStart } from "./find_node.ts";
import { copyWords, readerWord, tableControl } from "./table_regions.ts";

/**
 * A reader's side of the name table: which copy to read, and until when it stays as it is. Between `enter` and `leave`
 * `words` is one whole generation that nobody changes. One for each thread.
 */
export class TableReader {
  /** The copy being read: valid between `enter` and `leave`. */
  words: Int32Array;
  /** The same copy as bytes. */
  bytes: Uint8Array;
  /** Where the buckets begin in `words`. */
  readonly buckets: number;
  /** Of the hash of names. */
  readonly seed: number;
  readonly #control: Int32Array;
  readonly #word: number;
  readonly #words: [Int32Array, Int32Array];
  readonly #bytes: [Uint8Array, Uint8Array];
  #depth = 0;

  /** @param reader a number of its own for each thread: 0 is the control thread, workers count from 1. */
  constructor(memory: SharedArrayBuffer, reader: number) {
    this.#control = tableControl(memory);
    this.#word = readerWord(reader);
    this.buckets = bucketsStart(this.#control[CONTROL.SEGMENTS]!);
    this.seed = this.#control[CONTROL.SEED]!;
    this.#words = [copyWords(memory, 0), copyWords(memory, 1)];
    this.#bytes = [bytesOf(this.#words[0]), bytesOf(this.#words[1])];
    [this.words, this.bytes] = [this.#words[0], this.#bytes[0]];
  }

  /** Takes the live generation. May be nested: the outermost call decides which. */
  enter(): void {
    if (this.#depth++ > 0) return;
    const control = this.#control;
    let generation = Atomics.load(control, CONTROL.GENERATION);
    // Said before it is used, and looked at again: the writer either sees our word or we see its next generation.
    for (;;) {
      Atomics.store(control, this.#word, generation);
      const now = Atomics.load(control, CONTROL.GENERATION);
      if (now === generation) break;
      generation = now;
    }
    this.words = this.#words[generation & 1]!;
    this.bytes = this.#bytes[generation & 1]!;
  }

  /** Lets the writer have the copy. */
  leave(): void {
    if (--this.#depth === 0) Atomics.store(this.#control, this.#word, IDLE);
  }
}

function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
