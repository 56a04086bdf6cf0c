import { COPY, HEAD, NODE, SEGMENT_ENTRY, SEGMENT_SHIFT, SEGMENT_WORDS } from "./layout.ts";

/** Segments kept free: one for the longest node, one to move nodes to, one for the ancestors of a new name. */
const SPARE_SEGMENTS = 3;
/** Emptying begins when more than one word in so many is dead: the arena is then at most 4/3 of what lives in it. */
const DEAD_SHARE = 4;

/**
 * The space of a copy in which its nodes lie: a log in segments. Nodes are written one behind the other; one that goes
 * is only marked (its size turns negative). A segment with nothing left in it is free again; when too much is dead, the
 * emptiest segment is emptied by moving its nodes to the front of the log, a few with each operation.
 * All state is in the copy's header and segment table.
 */
export class Arena {
  readonly #words: Int32Array;
  readonly #segments: number;
  readonly #start: number;

  /** @param start the first word of segment 0. */
  constructor(words: Int32Array, segments: number, start: number) {
    this.#words = words;
    this.#segments = segments;
    this.#start = start;
  }

  /** Makes an arena that is all zero an empty one. */
  format(): void {
    this.#words[HEAD.SEGMENTS] = 1;
    this.#words[HEAD.CURSOR] = this.#start;
    this.#words[HEAD.CLEANING] = -1;
  }

  /** Whether any node may still be added. */
  get hasRoom(): boolean {
    const words = this.#words;
    return this.#segments - words[HEAD.SEGMENTS]! + words[HEAD.FREE_SEGMENTS]! >= SPARE_SEGMENTS;
  }

  /** Offset of so many words; what was there is left as it is. The caller asked `hasRoom` first. */
  allocate(size: number): number {
    const words = this.#words;
    const segment = words[HEAD.SEGMENT]!;
    if (words[HEAD.CURSOR]! + size > this.#segmentStart(segment) + SEGMENT_WORDS) this.#nextSegment();
    const at = words[HEAD.CURSOR]!;
    words[HEAD.CURSOR] = at + size;
    words[HEAD.LIVE]! += size;
    words[this.#entry(words[HEAD.SEGMENT]!) + SEGMENT_ENTRY.LIVE]! += size;
    words[this.#entry(words[HEAD.SEGMENT]!) + SEGMENT_ENTRY.FILLED]! += size;
    return at;
  }

  /** Marks a node as dead. */
  release(node: number): void {
    const words = this.#words;
    const size = words[node + NODE.SIZE]!;
    const segment = (node - this.#start) >> SEGMENT_SHIFT;
    words[node + NODE.SIZE] = -size;
    words[HEAD.LIVE]! -= size;
    words[this.#entry(segment) + SEGMENT_ENTRY.LIVE]! -= size;
    this.#freeIfEmpty(segment);
  }

  /** The next node that should move to the front of the log, or 0 when the arena is dense enough. */
  nextToMove(): number {
    const words = this.#words;
    if (words[HEAD.CLEANING]! < 0 && !this.#chooseSegment()) return 0;
    const segment = words[HEAD.CLEANING]!;
    const start = this.#segmentStart(segment);
    const filled = words[this.#entry(segment) + SEGMENT_ENTRY.FILLED]!;
    while (words[HEAD.CLEANED]! < filled) {
      const node = start + words[HEAD.CLEANED]!;
      const size = words[node + NODE.SIZE]!;
      if (size > 0) return node;
      words[HEAD.CLEANED]! -= size;
    }
    words[HEAD.CLEANING] = -1;
    this.#freeIfEmpty(segment);
    return 0;
  }

  /** Bytes of segments that hold something. */
  get usedBytes(): number {
    return (this.#words[HEAD.SEGMENTS]! - this.#words[HEAD.FREE_SEGMENTS]!) * SEGMENT_WORDS * 4;
  }

  #chooseSegment(): boolean {
    const words = this.#words;
    const used = (words[HEAD.SEGMENTS]! - words[HEAD.FREE_SEGMENTS]!) * SEGMENT_WORDS;
    if ((used - words[HEAD.LIVE]! - SEGMENT_WORDS) * DEAD_SHARE <= used) return false;
    let emptiest = -1;
    for (let segment = 0; segment < words[HEAD.SEGMENTS]!; segment++) {
      if (segment === words[HEAD.SEGMENT] || words[this.#entry(segment) + SEGMENT_ENTRY.FILLED] === 0) continue;
      if (emptiest < 0 || this.#live(segment) < this.#live(emptiest)) emptiest = segment;
    }
    words[HEAD.CLEANING] = emptiest;
    words[HEAD.CLEANED] = 0;
    return emptiest >= 0;
  }

  #nextSegment() {
    const words = this.#words;
    let next = 0;
    if (words[HEAD.FREE_SEGMENTS]! > 0) {
      while (next === words[HEAD.SEGMENT] || words[this.#entry(next) + SEGMENT_ENTRY.FILLED] !== 0) next++;
      words[HEAD.FREE_SEGMENTS]!--;
    } else {
      next = words[HEAD.SEGMENTS]!++;
      if (next >= this.#segments) throw new RangeError("The name table is full: `hasRoom` was not asked");
    }
    words[HEAD.SEGMENT] = next;
    words[HEAD.CURSOR] = this.#segmentStart(next);
  }

  #freeIfEmpty(segment: number) {
    const words = this.#words;
    if (this.#live(segment) !== 0 || segment === words[HEAD.SEGMENT] || segment === words[HEAD.CLEANING]) return;
    words[this.#entry(segment) + SEGMENT_ENTRY.FILLED] = 0;
    words[HEAD.FREE_SEGMENTS]!++;
  }

  #live(segment: number): number {
    return this.#words[this.#entry(segment) + SEGMENT_ENTRY.LIVE]!;
  }

  #entry(segment: number): number {
    return COPY.SEGMENTS + 2 * segment;
  }

  #segmentStart(segment: number): number {
    return this.#start + segment * SEGMENT_WORDS;
  }
}
