/**
 * One of the two copies of the name table, as the writer sees it: nodes by name in a hash that grows by one bucket at a
 * time (linear hashing), in an arena that is written from front to back, segment by segment.
 *
 * Every operation costs what it touches. Whether a name exists follows from its entry and from the count of existing
 * names right below it, so empty non-terminals come and go by themselves (RFC 8020). Both copies are given the same
 * operations in the same order and so always hold the same words.
 */
import { Arena } from "./arena.ts";
import { ENTRY_FLAGS, FLAG, HEAD, MIN_BUCKETS, NODE, RULE_FLAGS } from "./layout.ts";
import { packBareNode } from "./pack.ts";
import { ScannedName } from "./scanned_name.ts";
import { bucketOf, bucketsStart, findNode } from "./find_node.ts";

/** What the operations need: the words of one copy, and where its parts begin. */
export interface TableCopy {
  readonly words: Int32Array;
  readonly arena: Arena;
  /** Where the buckets begin. */
  readonly buckets: number;
  readonly mostBuckets: number;
  /** Scratch: the name of the operation under way. */
  readonly name: ScannedName;
}

/** @param words of this copy alone, with room for so many segments and buckets. */
export function openCopy(words: Int32Array, segments: number, mostBuckets: number, seed: number): TableCopy {
  const buckets = bucketsStart(segments);
  const arena = new Arena(words, segments, buckets + 2 * mostBuckets);
  return { words, arena, buckets, mostBuckets, name: new ScannedName(seed) };
}

/** Makes a copy that is all zero an empty table. */
export function formatCopy(copy: TableCopy, serial: number): void {
  copy.words[HEAD.SERIAL] = serial;
  copy.words[HEAD.BUCKETS] = MIN_BUCKETS;
  copy.words[HEAD.MASK] = 2 * MIN_BUCKETS - 1;
  copy.arena.format();
}

/** Puts the packed `node` (of `packEntry`) in the place of whatever its name had before. */
export function putNode(copy: TableCopy, node: Int32Array): void {
  const { words, name } = copy;
  const length = node[NODE.SHAPE]! & 0xff;
  name.copy(new Uint8Array(node.buffer, node.byteOffset), NODE.NAME * 4, length);
  const old = findNode(copy.words, copy.buckets, name, 0);
  const existed = old !== 0 && exists(words, old);
  if (old === 0 || (words[old + NODE.SHAPE]! & FLAG.ENTRY) === 0) words[HEAD.NAMES]!++;
  if (old === 0) insertNode(copy, node, name.hash(0));
  else replaceNode(copy, old, node, name.hash(0));
  if (!existed) countChild(copy, 1);
}

/** Takes the entry of a name away. Unknown names are ignored. */
export function removeEntry(copy: TableCopy, wire: Uint8Array): void {
  const { words, name } = copy;
  name.copy(wire, 0, wire.length);
  const node = findNode(words, copy.buckets, name, 0);
  if (node === 0 || (words[node + NODE.SHAPE]! & FLAG.ENTRY) === 0) return;
  words[HEAD.NAMES]!--;
  // The directory's count goes with the entry's flags; the words behind the name stay unused until the node moves.
  words[node + NODE.SHAPE] = words[node + NODE.SHAPE]! & ~ENTRY_FLAGS & ~0xff00;
  const gone = !exists(words, node);
  dropIfBare(copy, node);
  if (gone) countChild(copy, -1);
}

/** Sets and clears flags of the rules on a name, which need not have an entry. */
export function markName(copy: TableCopy, wire: Uint8Array, flags: number): void {
  const { words, name } = copy;
  name.copy(wire, 0, wire.length);
  let node = findNode(words, copy.buckets, name, 0);
  if (node === 0) {
    if (flags === 0) return;
    node = insertNode(copy, packBareNode(wire, wire.length), name.hash(0));
  }
  words[node + NODE.SHAPE] = (words[node + NODE.SHAPE]! & ~RULE_FLAGS) | flags;
  dropIfBare(copy, node);
}

/** Whether the node's name exists: it has an entry, or some name below it has. */
function exists(words: Int32Array, node: number): boolean {
  return (words[node + NODE.SHAPE]! & FLAG.ENTRY) !== 0 || words[node + NODE.CHILDREN]! !== 0;
}

/** Tells the ancestors of the name under way that it came to be (1) or went (-1), as far up as that changes anything. */
function countChild(copy: TableCopy, change: 1 | -1): void {
  const { words, name } = copy;
  for (let label = 1; label < name.count; label++) {
    const at = name.labels[label]!;
    let parent = findNode(words, copy.buckets, name, label);
    if (parent === 0) {
      const bare = packBareNode(name.bytes.subarray(at), name.suffixLength(label));
      parent = insertNode(copy, bare, name.hash(label));
    }
    const existed = exists(words, parent);
    words[parent + NODE.CHILDREN]! += change;
    if (isAsterisk(name, label - 1)) {
      const shape = words[parent + NODE.SHAPE]!;
      words[parent + NODE.SHAPE] = change > 0 ? shape | FLAG.WILDCARD_CHILD : shape & ~FLAG.WILDCARD_CHILD;
    }
    if (exists(words, parent) === existed) return;
    dropIfBare(copy, parent);
  }
}

function isAsterisk(name: ScannedName, label: number): boolean {
  const at = name.labels[label]!;
  return name.bytes[at] === 1 && name.bytes[at + 1] === 0x2a;
}

/** Forgets a node that nothing needs any more. */
function dropIfBare(copy: TableCopy, node: number): void {
  const { words } = copy;
  if (exists(words, node) || (words[node + NODE.SHAPE]! & RULE_FLAGS) !== 0) return;
  const hash = words[node + NODE.HASH]!;
  const bucket = bucketOf(words, copy.buckets, hash);
  relink(words, bucket, node, words[node + NODE.NEXT]!);
  refilter(words, bucket);
  copy.arena.release(node);
  words[HEAD.NODES]!--;
  if (words[HEAD.NODES]! * 4 < words[HEAD.BUCKETS]! && words[HEAD.BUCKETS]! > MIN_BUCKETS) mergeBucket(copy);
}

function insertNode(copy: TableCopy, node: Int32Array, hash: number): number {
  const { words } = copy;
  const at = copy.arena.allocate(node.length);
  words.set(node, at);
  words[at + NODE.HASH] = hash;
  link(words, bucketOf(words, copy.buckets, hash), at);
  words[HEAD.NODES]!++;
  // Three nodes to four buckets: a look-up reads 1.4 nodes when the name is there, next to none when it is not.
  if (words[HEAD.NODES]! * 4 > words[HEAD.BUCKETS]! * 3 && words[HEAD.BUCKETS]! < copy.mostBuckets) splitBucket(copy);
  return at;
}

/** Writes `node` over `old`, or elsewhere when it has another size; children and flags of the rules stay. */
function replaceNode(copy: TableCopy, old: number, node: Int32Array, hash: number): void {
  const { words } = copy;
  const next = words[old + NODE.NEXT]!;
  const children = words[old + NODE.CHILDREN]!;
  const kept = words[old + NODE.SHAPE]! & ~ENTRY_FLAGS & ~0xffff;
  let at = old;
  if (words[old + NODE.SIZE] !== node.length) {
    at = copy.arena.allocate(node.length);
    relink(words, bucketOf(words, copy.buckets, hash), old, at);
    copy.arena.release(old);
  }
  words.set(node, at);
  words[at + NODE.HASH] = hash;
  words[at + NODE.NEXT] = next;
  words[at + NODE.CHILDREN] = children;
  words[at + NODE.SHAPE]! |= kept;
}

/** Moves nodes out of the segment that is being emptied: about `budget` words, so that no operation waits for it. */
export function cleanCopy(copy: TableCopy, budget: number): void {
  const { words, arena } = copy;
  for (let moved = 0; moved < budget;) {
    const node = arena.nextToMove();
    if (node === 0) return;
    const size = words[node + NODE.SIZE]!;
    const to = arena.allocate(size);
    words.copyWithin(to, node, node + size);
    relink(words, bucketOf(words, copy.buckets, words[node + NODE.HASH]!), node, to);
    arena.release(node);
    moved += size;
  }
}

function link(words: Int32Array, bucket: number, node: number): void {
  words[node + NODE.NEXT] = words[bucket]!;
  words[bucket] = node;
  words[bucket + 1]! |= 1 << (words[node + NODE.HASH]! >>> 27);
}

/** Puts `to` where the bucket's chain had `node`. */
function relink(words: Int32Array, bucket: number, node: number, to: number): void {
  let at = bucket;
  while (words[at] !== node) at = words[at]! + NODE.NEXT;
  words[at] = to;
}

function refilter(words: Int32Array, bucket: number): void {
  let filter = 0;
  for (let node = words[bucket]!; node !== 0; node = words[node + NODE.NEXT]!) {
    filter |= 1 << (words[node + NODE.HASH]! >>> 27);
  }
  words[bucket + 1] = filter;
}

/** Linear hashing grows: the bucket below the new one gives up the nodes whose next bit is set. */
function splitBucket(copy: TableCopy): void {
  const { words } = copy;
  const count = words[HEAD.BUCKETS]!;
  if (count > words[HEAD.MASK]!) words[HEAD.MASK] = 2 * words[HEAD.MASK]! + 1;
  const half = (words[HEAD.MASK]! + 1) >>> 1;
  const from = copy.buckets + 2 * (count - half);
  let node = words[from]!;
  words[HEAD.BUCKETS] = count + 1;
  words.fill(0, from, from + 2);
  words.fill(0, copy.buckets + 2 * count, copy.buckets + 2 * count + 2);
  while (node !== 0) {
    const next = words[node + NODE.NEXT]!;
    link(words, bucketOf(words, copy.buckets, words[node + NODE.HASH]!), node);
    node = next;
  }
}

/** Linear hashing shrinks: the last bucket goes back into the one it came from. */
function mergeBucket(copy: TableCopy): void {
  const { words } = copy;
  const last = words[HEAD.BUCKETS]! - 1;
  let node = words[copy.buckets + 2 * last]!;
  words[HEAD.BUCKETS] = last;
  if (last <= (words[HEAD.MASK]! + 1) >>> 1) words[HEAD.MASK] = words[HEAD.MASK]! >>> 1;
  while (node !== 0) {
    const next = words[node + NODE.NEXT]!;
    link(words, bucketOf(words, copy.buckets, words[node + NODE.HASH]!), node);
    node = next;
  }
}
