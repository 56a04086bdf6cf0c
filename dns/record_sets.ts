/** The record sets of a node: where each type's records are. */
import { DATA_OFFSET, NODE, TIERED } from "./layout.ts";

/** Where a node's directory has the record set of a type: an offset in the copy, or 0. */
export function findSet(words: Int32Array, node: number, type: number): number {
  const shape = words[node + NODE.SHAPE]!;
  let at = node + NODE.NAME + (((shape & 0xff) + 3) >> 2);
  for (let sets = (shape >>> 8) & 0xff; sets > 0; sets--, at += 2) {
    if ((words[at]! & 0xffff) === type) return at;
  }
  return 0;
}

/** How many records the set at `at` of a directory has. */
export function setCount(words: Int32Array, at: number): number {
  return words[at]! >>> 16;
}

/** Byte offset in the copy of the data of the set at `at` of the directory of `node`. */
export function setData(words: Int32Array, node: number, at: number): number {
  return (node + (words[at + 1]! & DATA_OFFSET)) * 4;
}

/** Whether the addresses of a set lie in more than one tier. */
export function isTiered(words: Int32Array, at: number): boolean {
  return (words[at + 1]! & TIERED) !== 0;
}
