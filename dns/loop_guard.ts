/**
 * Recognises our own questions when they come back: a forwarder that asks us what we asked it would otherwise go round
 * for ever (one question was seen to become 256). Each query of ours carries eight random bytes of this process in a
 * local EDNS option; forwarders that strip it are held by the coalescing of equal questions instead.
 */
import type { Random } from "./time.ts";
import { LOOP_MARK_OPTION } from "./upstream_query.ts";

const MARK_BYTES = 8;
const HEADER = 12;

export class LoopGuard {
  /** What our queries carry. */
  readonly mark: Uint8Array;
  readonly #option: Uint8Array;

  constructor(random: Random) {
    this.mark = Uint8Array.from({ length: MARK_BYTES }, () => Math.floor(random() * 256));
    this.#option = Uint8Array.of(LOOP_MARK_OPTION >> 8, LOOP_MARK_OPTION & 255, 0, MARK_BYTES, ...this.mark);
  }

  /** Whether `query` is one of ours that came back. Looks for the option's bytes; a chance hit has odds of 2^-96. */
  isOurs(query: Uint8Array): boolean {
    if (query[10] === 0 && query[11] === 0) return false; // no additional records, no OPT
    const option = this.#option;
    for (let at = query.indexOf(option[0]!, HEADER); at >= 0; at = query.indexOf(option[0]!, at + 1)) {
      let same = 1;
      while (same < option.length && query[at + same] === option[same]) same++;
      if (same === option.length) return true;
    }
    return false;
  }
}
