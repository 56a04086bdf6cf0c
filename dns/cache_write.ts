/** Writing the shared cache: what upstream said, and that it said nothing. */
import { ASK_AGAIN_MS } from "./cache_read.ts";
import type { CachedReply } from "./cached_reply.ts";
import { CACHE, SET, SLOT, SLOT_WORDS, WAYS } from "./layout.ts";
import type { ScannedName } from "./scanned_name.ts";
import { KIND, questionHash, questionKey, type SharedCache, slotOf } from "./shared_cache.ts";
import { HEADER } from "./wire.ts";

/** For how long a failure makes stale answers come at once (RFC 8767, 5: failure recheck timer), milliseconds. */
const STALE_AT_ONCE_MS = 30_000;
/**
 * How long after a failure that took longer than one's turn (ASK_AGAIN_MS) the next ask may begin, milliseconds: three
 * dead servers with the default time-out take 3.8 s, and 5 s may lie between two asks.
 */
const OVERDUE_MS = 1_000;
/** Heat fades by one whenever so many answers were put into a set: what nobody asks for any more goes at last. */
const FADE_EVERY = 64;

/** Keeps `reply`, the answer to the question `name`, `type`, `asked`. False when it is too long or a set is taken. */
export function writeCache(
  cache: SharedCache,
  reply: CachedReply,
  name: ScannedName,
  type: number,
  asked: number,
): boolean {
  const hash = questionHash(name, type, asked);
  const key = questionKey(name, type, asked);
  const length = reply.end - HEADER;
  let written = false;
  for (let size = 0; size < SLOT_WORDS.length; size++) {
    const fits = !written && length <= (SLOT_WORDS[size]! - SLOT.DATA) * 4;
    const set = cache.setOf(size, hash);
    const way = findWay(cache, set, size, hash, key, name);
    if (!fits && way < 0) continue;
    if (!cache.take(set)) continue;
    if (fits) {
      fill(cache, set, size, chooseWay(cache, set, size, hash, key, name, reply.stored[0]!), hash, key, reply);
      written = true;
    } else cache.words[set + SET.HASHES + way] = 0;
    cache.letGo(set);
  }
  return written;
}

/**
 * Notes that upstream failed. Where there is an answer, even a stale one, it stays, and when stale is given at once for
 * a while: true. Otherwise the caller writes the failure itself.
 */
export function noteFailure(cache: SharedCache, name: ScannedName, type: number, asked: number, now: number): boolean {
  const { words, floats } = cache;
  const hash = questionHash(name, type, asked);
  const key = questionKey(name, type, asked);
  for (let size = 0; size < SLOT_WORDS.length; size++) {
    const set = cache.setOf(size, hash);
    const way = findWay(cache, set, size, hash, key, name);
    if (way < 0 || !cache.take(set)) continue;
    const slot = slotOf(set, size, way);
    const age = now - floats[(slot + SLOT.STORED) >> 1]!;
    const useful = cache.isFor(slot, key, name) && (words[slot + SLOT.KIND]! & 0xff) !== KIND.FAILURE &&
      age < lifetime(words, slot);
    if (useful) {
      words[slot + SLOT.FAIL_UNTIL] = Math.floor(age) + STALE_AT_ONCE_MS;
      // Who is asking at this moment has said so; his turn is not made longer.
      const next = words[slot + SLOT.NEXT_ASK]!;
      if (next <= age) words[slot + SLOT.NEXT_ASK] = Math.floor(age) + (next === 0 ? ASK_AGAIN_MS : OVERDUE_MS);
    }
    cache.letGo(set);
    if (useful) return true;
  }
  return false;
}

/** Milliseconds from `STORED` after which nobody may use a slot's answer. */
function lifetime(words: Int32Array, slot: number): number {
  const ttl = words[slot + SLOT.TTL]!;
  const stale = ttl === 0 || (words[slot + SLOT.KIND]! & 0xff) === KIND.FAILURE ? 0 : words[CACHE.SERVE_STALE]!;
  return (ttl + stale) * 1000;
}

function findWay(cache: SharedCache, set: number, size: number, hash: number, key: number, name: ScannedName): number {
  for (let way = 0; way < WAYS; way++) {
    if (cache.words[set + SET.HASHES + way] === hash && cache.isFor(slotOf(set, size, way), key, name)) return way;
  }
  return -1;
}

/**
 * Where a new answer goes: where the question's old one is, into an empty slot, over one that is past all use, else
 * over the one that was asked for least, the oldest of several. What was asked for only once, as in a scan of many
 * names, goes before what is asked for again and again.
 */
function chooseWay(
  cache: SharedCache,
  set: number,
  size: number,
  hash: number,
  key: number,
  name: ScannedName,
  now: number,
): number {
  const { words, floats } = cache;
  const known = findWay(cache, set, size, hash, key, name);
  if (known >= 0) return known;
  let chosen = 0;
  let heat = Infinity;
  let oldest = Infinity;
  // Begins at another slot each time, so that answers stored in one moment take turns.
  const first = words[set + SET.INSERTED]!;
  for (let i = 0; i < WAYS; i++) {
    const way = (first + i) % WAYS;
    if (words[set + SET.HASHES + way] === 0) return way;
    const slot = slotOf(set, size, way);
    const stored = floats[(slot + SLOT.STORED) >> 1]!;
    const slotHeat = now - stored >= lifetime(words, slot) ? -1 : words[slot + SLOT.HEAT]!;
    if (slotHeat > heat || (slotHeat === heat && stored >= oldest)) continue;
    [chosen, heat, oldest] = [way, slotHeat, stored];
  }
  fade(words, set, size);
  return chosen;
}

function fade(words: Int32Array, set: number, size: number): void {
  const inserted = words[set + SET.INSERTED]! + 1;
  words[set + SET.INSERTED] = inserted % FADE_EVERY;
  if (inserted < FADE_EVERY) return;
  for (let way = 0; way < WAYS; way++) {
    const at = slotOf(set, size, way) + SLOT.HEAT;
    if (words[at]! > 0) words[at]!--;
  }
}

/** Writes a slot of a set that was taken. A refreshed answer keeps its heat. */
function fill(
  cache: SharedCache,
  set: number,
  size: number,
  way: number,
  hash: number,
  key: number,
  reply: CachedReply,
): void {
  const { words } = cache;
  const slot = slotOf(set, size, way);
  const refreshed = words[set + SET.HASHES + way] === hash && words[slot + SLOT.KEY] === key;
  const length = reply.end - HEADER;
  words[set + SET.HASHES + way] = hash;
  words[slot + SLOT.KEY] = key;
  words[slot + SLOT.KIND] = reply.kind | (reply.authentic ? 0x100 : 0) | (reply.rcode << 16) | ((reply.ede + 1) << 24);
  words[slot + SLOT.TTL] = reply.ttl;
  words[slot + SLOT.LENGTH] = length;
  cache.floats[(slot + SLOT.STORED) >> 1] = reply.stored[0]!;
  words[slot + SLOT.ANSWERS] = reply.answers;
  words[slot + SLOT.AUTHORITIES] = reply.authorities;
  if (!refreshed) words[slot + SLOT.HEAT] = 0;
  words[slot + SLOT.HITS] = words[slot + SLOT.NEXT_ASK] = words[slot + SLOT.FAIL_UNTIL] = 0;
  const from = reply.words;
  const count = (length + 3) >> 2;
  for (let i = 0, to = slot + SLOT.DATA; i < count; i++) words[to + i] = from[(HEADER >> 2) + i]!;
}
