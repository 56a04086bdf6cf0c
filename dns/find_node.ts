/** How a name is found in a copy of the table: the part that the writer and every reader share. */
import { COPY, HEAD, NODE } from "./layout.ts";
import type { ScannedName } from "./scanned_name.ts";

/** Where the buckets of a copy with so many reserved segments begin. */
export function bucketsStart(segments: number): number {
  return COPY.SEGMENTS + 2 * segments;
}

/** The bucket of a hash: an offset in the copy (linear hashing: those not yet split are found by one bit less). */
export function bucketOf(words: Int32Array, buckets: number, hash: number): number {
  const mask = words[HEAD.MASK]!;
  let bucket = hash & mask;
  if (bucket >= words[HEAD.BUCKETS]!) bucket &= mask >>> 1;
  return buckets + 2 * bucket;
}

/** The node of the suffix of `name` that begins at `label`, or 0. */
export function findNode(words: Int32Array, buckets: number, name: ScannedName, label: number): number {
  const hash = name.hash(label);
  const bucket = bucketOf(words, buckets, hash);
  if ((words[bucket + 1]! & (1 << (hash >>> 27))) === 0) return 0;
  for (let node = words[bucket]!; node !== 0; node = words[node + NODE.NEXT]!) {
    if (words[node + NODE.HASH] === hash && isNamed(words, node, name, name.labels[label]!)) return node;
  }
  return 0;
}

/** The node of `*` before the suffix of `name` that begins at `label`, or 0. */
export function findWildcard(words: Int32Array, buckets: number, name: ScannedName, label: number): number {
  const hash = name.wildcardHash(label);
  for (let node = words[bucketOf(words, buckets, hash)]!; node !== 0; node = words[node + NODE.NEXT]!) {
    if (words[node + NODE.HASH] === hash && isWildcardOf(words, node, name, name.labels[label]!)) return node;
  }
  return 0;
}

/** Compares four bytes at a time; both names are followed by zeros up to a whole word. */
function isNamed(words: Int32Array, node: number, name: ScannedName, at: number): boolean {
  const length = name.length - at;
  if ((words[node + NODE.SHAPE]! & 0xff) !== length) return false;
  const bytes = name.words;
  for (let i = 0, word = node + NODE.NAME; i < length; i += 4, word++) {
    if (words[word] !== bytes.getInt32(at + i, true)) return false;
  }
  return true;
}

function isWildcardOf(words: Int32Array, node: number, name: ScannedName, at: number): boolean {
  const length = name.length - at;
  if ((words[node + NODE.SHAPE]! & 0xff) !== length + 2) return false;
  if ((words[node + NODE.NAME]! & 0xffff) !== 0x2a01) return false;
  for (let i = 0; i < length; i++) {
    const at2 = i + 2;
    const byte = (words[node + NODE.NAME + (at2 >> 2)]! >>> ((at2 & 3) << 3)) & 0xff;
    if (byte !== name.bytes[at + i]) return false;
  }
  return true;
}
