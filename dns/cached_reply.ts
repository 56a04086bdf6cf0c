import { HEADER, MAX_MESSAGE } from "./wire.ts";

/**
 * One upstream answer in a thread's own memory: copied out of the shared cache, or just accepted. Laid out like a
 * message whose header is missing: question (name in lower case) from byte 12, then answer and authority sections.
 */
export class CachedReply {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /** One of `KIND`. */
  kind = 0;
  /** The whole response code. */
  rcode = 0;
  /** Whether upstream set AD (RFC 6840, 5.7). */
  authentic = false;
  /** The extended error of a failure, or -1. */
  ede = -1;
  /** Seconds for which it holds from `stored` on. */
  ttl = 0;
  /** Milliseconds since 1970; a float in memory of its own, so that setting it allocates nothing. */
  readonly stored: Float64Array = new Float64Array(1);
  answers = 0;
  authorities = 0;
  /** Where the answer section begins, and where all ends. */
  start = 0;
  end = 0;
  /** The question's key, as the cache has it. */
  key = 0;
  /** Seconds since `stored`: what has gone from each TTL. */
  age = 0;
  /** Past its TTL, given because upstream fails. */
  stale = false;

  /** @param size most bytes of question and records. */
  constructor(size: number = MAX_MESSAGE) {
    this.words = new Int32Array((HEADER + size + 7) >> 2);
    this.bytes = new Uint8Array(this.words.buffer);
  }
}
