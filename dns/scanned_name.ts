import { lowerByte, MAX_LABEL, MAX_LABELS, MAX_NAME } from "./wire.ts";

/**
 * A name taken apart for look-ups: lower case, in wire form, with the place of each label and a hash of each suffix.
 *
 * One pass over the labels finds the end; one pass copies four bytes at a time and lowers their case; one pass from the
 * root towards the host hashes label by label, so that the hash of every ancestor falls out on the way. Scratch memory
 * of one view: scanned anew for each question.
 *
 * ```
 *  3 w w w 7 e x a m p l e 3 c o m 0 (0 0 0 0)     bytes, zero for at least 4 bytes behind the root label
 *  ^       ^               ^       ^
 *  label 0 label 1         label 2 label 3 = count: the root          hash(i): of the suffix that begins at label i
 * ```
 */
export class ScannedName {
  readonly bytes: Uint8Array = new Uint8Array(MAX_NAME + 13);
  readonly words: DataView = new DataView(this.bytes.buffer);
  readonly #aligned = new Int32Array(this.bytes.buffer, 0, (MAX_NAME + 13) >> 2);
  /** Offset of each label, and of the root label behind the last. */
  readonly labels: Uint8Array = new Uint8Array(MAX_LABELS + 1);
  readonly #hashes = new Int32Array(MAX_LABELS + 1);
  /** Bytes with the root label; 0 before the first scan. */
  length = 0;
  /** Labels without the root. */
  count = 0;
  #hashed = false;
  readonly #seed: number;

  /** @param seed the table's (`CONTROL.SEED`): hashes of one name under different seeds have nothing in common. */
  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  /**
   * Reads the uncompressed name at `at` of a packet of `length` bytes, at least four of which must follow the name
   * (type and class). Returns where it ends, or -1.
   */
  scan(packet: Uint8Array, at: number, length: number): number {
    let end = at;
    let count = 0;
    this.count = 0;
    this.length = 0;
    for (;;) {
      if (end >= length) return -1;
      const label = packet[end]!;
      if (label === 0) break;
      if (label > MAX_LABEL || end + label - at >= MAX_NAME - 1) return -1;
      this.labels[count++] = end - at;
      end += label + 1;
    }
    const size = end + 1 - at;
    if (end + 5 > length) return -1;
    this.labels[count] = size - 1;
    const aligned = this.#aligned;
    let word = 0;
    for (let i = at; i < end; i += 4, word++) {
      aligned[word] = lowerWord(packet[i]! | (packet[i + 1]! << 8) | (packet[i + 2]! << 16) | (packet[i + 3]! << 24));
    }
    this.#close(size, count);
    return end + 1;
  }

  /** Takes a name in wire form that is known to be whole: `size` bytes of `from` at `at`. */
  copy(from: Uint8Array, at: number, size: number): void {
    for (let i = 0; i < size; i++) this.bytes[i] = lowerByte(from[at + i]!);
    this.seal();
  }

  /** Takes what was written into `bytes`: a whole name in wire form, in lower case. */
  seal(): void {
    let count = 0;
    let at = 0;
    for (; this.bytes[at] !== 0; at += this.bytes[at]! + 1) this.labels[count++] = at;
    this.labels[count] = at;
    this.#close(at + 1, count);
  }

  /** The hash of the suffix at a label (the whole name for 0), all its bits well mixed. */
  hash(label: number): number {
    if (!this.#hashed) this.#hashSuffixes();
    return mixHash(this.#hashes[label]!);
  }

  /** The hash of `*` put before the suffix at a label. */
  wildcardHash(label: number): number {
    if (!this.#hashed) this.#hashSuffixes();
    return mixHash(foldWord(this.#hashes[label]!, WILDCARD_LABEL));
  }

  /** Length in bytes of the suffix that begins at a label. */
  suffixLength(label: number): number {
    return this.length - this.labels[label]!;
  }

  #close(size: number, count: number) {
    this.words.setInt32(size - 1, 0, true);
    this.words.setInt32(size + 3, 0, true);
    this.length = size;
    this.count = count;
    this.#hashed = false;
  }

  #hashSuffixes() {
    const words = this.words;
    let hash = this.#seed;
    for (let i = this.count; i >= 0; i--) {
      let at = this.labels[i]!;
      const size = i === this.count ? 0 : this.bytes[at]! + 1;
      const end = at + size;
      for (; at + 4 <= end; at += 4) hash = foldWord(hash, words.getInt32(at, true));
      if (at < end) hash = foldWord(hash, words.getInt32(at, true) & ((1 << ((end - at) << 3)) - 1));
      this.#hashes[i] = hash;
    }
    this.#hashed = true;
  }
}

/** The label `*` as a word: its length byte, then the character. */
const WILDCARD_LABEL = 0x2a01;

/** Four bytes in lower case at once: the top bit of each byte that is A-Z becomes its 0x20. */
function lowerWord(word: number): number {
  const low = word & 0x7f7f7f7f;
  const upper = ~word & 0x80808080 & ((low + 0x3f3f3f3f) ^ (low + 0x25252525));
  return word | (upper >>> 2);
}

/** One step of MurmurHash3 (x86, 32 bits; public domain): a word into a hash. */
function foldWord(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  hash ^= k;
  return (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
}

/** MurmurHash3's last step: every bit of the hash depends on every bit before. */
export function mixHash(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
