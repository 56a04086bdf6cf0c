/** Reading the shared cache: lock-free, into a thread's own memory, and only what was whole. */
import type { CachedReply } from "./cached_reply.ts";
import { CACHE, SET, SLOT, SLOT_WORDS, WAYS } from "./layout.ts";
import type { ScannedName } from "./scanned_name.ts";
import { KIND, questionHash, questionKey, type SharedCache, slotOf } from "./shared_cache.ts";
import { HEADER } from "./wire.ts";

/** What there is of a question in the cache. */
export const CACHED = {
  NOTHING: 0,
  /** Within its TTL. */
  FRESH: 1,
  /** Past its TTL; upstream is to be tried first. */
  STALE: 2,
  /** Past its TTL; upstream failed not long ago, so it may be given at once (RFC 8767, 5). */
  STALE_AT_ONCE: 3,
} as const;

/** Why upstream should be asked in the background. */
export const REFRESH = { NONE: 0, PREFETCH: 1, STALE: 2 } as const;

/** TTL of stale answers at the most, seconds (RFC 8767, 4). */
export const STALE_TTL = 30;
/**
 * How long one who was told to ask again in the background has for it, milliseconds. A stale name is asked for at least
 * every 5 s; an ask may have begun 1.8 s before its failure was noted.
 */
export const ASK_AGAIN_MS = 3_000;
/** Answers from an entry since it was stored that make it worth asking again before it ends. */
const HOT = 2;
const MAX_HEAT = 7;
const MAX_HITS = 0xffff;
/** A thread's clock may be a batch behind another's; a wall clock that was set back further ends what it stored. */
const CLOCK_SLACK_MS = 10_000;

/** 24 days: longer than anything is kept. */
const MAX_AGE = 0x7fffffff;

/** Loads on arm64 may move behind later ones; a store between keeps them in order. On x86-64 they never do. */
const FENCE = Deno.build.arch === "x86_64" ? undefined : new Int32Array(1);

/** The slot that the last read found, for `countHit` and `claimRefresh`. One for each view. */
export class CacheCursor {
  slot = 0;
}

/**
 * Looks a question up; with anything but `NOTHING` the answer is in `reply`.
 *
 * @param now one float, milliseconds: in memory, because a number of that size is an object when it is passed on.
 */
export function readCache(
  cache: SharedCache,
  cursor: CacheCursor,
  reply: CachedReply,
  name: ScannedName,
  type: number,
  asked: number,
  now: Float64Array,
): number {
  const { words } = cache;
  const hash = questionHash(name, type, asked);
  const key = questionKey(name, type, asked);
  for (let size = 0; size < SLOT_WORDS.length; size++) {
    const set = cache.setOf(size, hash);
    const sequence = Atomics.load(words, set + SET.SEQUENCE);
    if ((sequence & 1) !== 0) continue;
    for (let way = 0; way < WAYS; way++) {
      if (words[set + SET.HASHES + way] !== hash) continue;
      const slot = slotOf(set, size, way);
      if (!cache.isFor(slot, key, name)) continue;
      const state = copyOut(cache, slot, size, reply, now);
      if (FENCE) Atomics.store(FENCE, 0, 0);
      if (Atomics.load(words, set + SET.SEQUENCE) !== sequence) return CACHED.NOTHING;
      cursor.slot = slot;
      reply.key = key;
      reply.start = HEADER + name.length + 4;
      return state;
    }
  }
  return CACHED.NOTHING;
}

function copyOut(cache: SharedCache, slot: number, size: number, reply: CachedReply, now: Float64Array): number {
  const { words } = cache;
  const kind = words[slot + SLOT.KIND]!;
  const length = words[slot + SLOT.LENGTH]!;
  // Garbage while another thread writes; the sequence tells, but not before the copy.
  if (length < 0 || length > (SLOT_WORDS[size]! - SLOT.DATA) * 4) return CACHED.NOTHING;
  reply.kind = kind & 0xff;
  reply.authentic = (kind & 0x100) !== 0;
  reply.rcode = (kind >>> 16) & 0xff;
  reply.ede = (kind >>> 24) - 1;
  reply.ttl = words[slot + SLOT.TTL]!;
  reply.stored[0] = cache.floats[(slot + SLOT.STORED) >> 1]!;
  reply.answers = words[slot + SLOT.ANSWERS]!;
  reply.authorities = words[slot + SLOT.AUTHORITIES]!;
  reply.end = HEADER + length;
  const to = reply.words;
  const count = (length + 3) >> 2;
  for (let i = 0, from = slot + SLOT.DATA, into = HEADER >> 2; i < count; i++) to[into + i] = words[from + i]!;
  const state = stateOf(words, slot, reply, ageOf(reply, now));
  reply.stale = state !== CACHED.FRESH;
  return state;
}

/** Milliseconds since the answer was stored, at most what 31 bits hold. */
function ageOf(reply: CachedReply, now: Float64Array): number {
  return Math.max(-MAX_AGE, Math.min(MAX_AGE, Math.floor(now[0]! - reply.stored[0]!))) | 0;
}

function stateOf(words: Int32Array, slot: number, reply: CachedReply, age: number): number {
  const { ttl, kind } = reply;
  reply.age = age > 0 ? (age / 1000) | 0 : 0;
  if (age < -CLOCK_SLACK_MS) return CACHED.NOTHING;
  // With a TTL of 0 it is for those who ask in the very moment (RFC 1035, 3.2.1).
  if (reply.age < ttl || age === 0) return CACHED.FRESH;
  if (kind === KIND.FAILURE || ttl === 0 || reply.age >= ttl + words[CACHE.SERVE_STALE]!) return CACHED.NOTHING;
  return age < words[slot + SLOT.FAIL_UNTIL]! ? CACHED.STALE_AT_ONCE : CACHED.STALE;
}

/** Counts an answer given from the slot under the cursor. Lost counts under contention do no harm. */
export function countHit(cache: SharedCache, cursor: CacheCursor): void {
  const { words } = cache;
  const { slot } = cursor;
  if (words[slot + SLOT.HEAT]! < MAX_HEAT) words[slot + SLOT.HEAT]!++;
  if (words[slot + SLOT.HITS]! < MAX_HITS) words[slot + SLOT.HITS]!++;
}

/**
 * Whether the caller is the one who should ask upstream in the background for the answer it gives: a hot one in the
 * last tenth of its life, or a stale one. Nobody else is told so for 5 seconds.
 */
export function claimRefresh(cache: SharedCache, cursor: CacheCursor, reply: CachedReply, now: Float64Array): number {
  const { words } = cache;
  const at = cursor.slot + SLOT.NEXT_ASK;
  const age = ageOf(reply, now);
  if (!reply.stale) {
    const hot = words[CACHE.PREFETCH] !== 0 && reply.kind === KIND.POSITIVE && words[cursor.slot + SLOT.HITS]! >= HOT;
    if (!hot || age < reply.ttl * 900) return REFRESH.NONE;
  }
  const next = Atomics.load(words, at);
  if (age < next) return REFRESH.NONE;
  if (Atomics.compareExchange(words, at, next, age + ASK_AGAIN_MS) !== next) return REFRESH.NONE;
  return reply.stale ? REFRESH.STALE : REFRESH.PREFETCH;
}
