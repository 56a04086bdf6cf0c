/** The records of a message that somebody else wrote: where they are, and whether each is whole. */
import { expandName, lowerByte, readU16, readU32, skipName } from "./wire.ts";

/** The least a record takes is 11 bytes, so this is as many as a message can hold. */
const MAX_RECORDS = 5_958;

/** The records of one section or several, by the offsets of their owners and of their fixed parts. */
export class RecordList {
  readonly owner: Uint16Array = new Uint16Array(MAX_RECORDS);
  /** Where the type is: behind the owner. */
  readonly fixed: Uint16Array = new Uint16Array(MAX_RECORDS);
  count = 0;
  readonly #name = new Uint8Array(256);

  /** Reads `count` records from `at` on. Returns where they end, or -1 when one does not parse. */
  read(message: Uint8Array, at: number, length: number, count: number): number {
    this.count = 0;
    if (count > MAX_RECORDS) return -1;
    for (let i = 0; i < count; i++) {
      const fixed = skipName(message, at, length);
      if (fixed < 0 || fixed + 10 > length || expandName(message, at, length, this.#name, 0) < 0) return -1;
      const end = fixed + 10 + readU16(message, fixed + 8);
      if (end > length) return -1;
      this.owner[i] = at;
      this.fixed[i] = fixed;
      at = end;
    }
    this.count = count;
    return at;
  }

  type(message: Uint8Array, i: number): number {
    return readU16(message, this.fixed[i]!);
  }

  class(message: Uint8Array, i: number): number {
    return readU16(message, this.fixed[i]! + 2);
  }

  /** Seconds; what does not fit 31 bits counts as 0 (RFC 2181, 8). */
  ttl(message: Uint8Array, i: number): number {
    const ttl = readU32(message, this.fixed[i]! + 4);
    return ttl > 0x7fffffff ? 0 : ttl;
  }

  data(i: number): number {
    return this.fixed[i]! + 10;
  }

  dataLength(message: Uint8Array, i: number): number {
    return readU16(message, this.fixed[i]! + 8);
  }
}

/**
 * Whether the name at `at` of a message, which may be compressed and was found to parse, is the uncompressed lower-case
 * name at `start` of `name`, or (with `above`) one of its ancestors.
 */
export function isName(message: Uint8Array, at: number, name: Uint8Array, start: number, above = false): boolean {
  const labels = (bytes: Uint8Array, from: number, compressed: boolean): number => {
    let count = 0;
    for (let p = from; bytes[p] !== 0;) {
      if (compressed && bytes[p]! >= 0xc0) p = ((bytes[p]! & 0x3f) << 8) | bytes[p + 1]!;
      else [count, p] = [count + 1, p + bytes[p]! + 1];
    }
    return count;
  };
  for (let skip = above ? labels(name, start, false) - labels(message, at, true) : 0; skip > 0; skip--) {
    start += name[start]! + 1;
  }
  for (;;) {
    let label = message[at]!;
    while (label >= 0xc0) {
      at = ((label & 0x3f) << 8) | message[at + 1]!;
      label = message[at]!;
    }
    if (label !== name[start]) return false;
    if (label === 0) return true;
    for (let i = 1; i <= label; i++) if (lowerByte(message[at + i]!) !== name[start + i]!) return false;
    at += label + 1;
    start += label + 1;
  }
}
