/**
 * The response cache: what upstream said, shared by all threads, each of which reads and writes.
 *
 * Sets of eight slots, in three sizes of slot (`layout.ts`). A writer takes a set by making its sequence word odd with
 * one compare-exchange and lets go by making it even again; who finds it odd, or changed behind a read, has missed. So
 * nobody waits for anybody, and at worst a question is asked upstream once more.
 */
import {
  CACHE,
  CACHE_WORDS,
  LAYOUT,
  SEQUENCE_COUNT,
  SEQUENCE_OWNER,
  SET,
  SET_WORDS,
  SLOT,
  SLOT_SHARES,
  SLOT_WORDS,
  WAYS,
} from "./layout.ts";
import { wireToName } from "./name_text.ts";
import { mixHash, type ScannedName } from "./scanned_name.ts";

/** Durations in milliseconds. */
export interface CacheSettings {
  /** Answers that are kept, 256 to 1,000,000. Cannot change while running. */
  readonly entries: number;
  readonly minTtl: number;
  readonly maxTtl: number;
  /** Beats `minTtl` for negative answers. */
  readonly maxNegativeTtl: number;
  /** For how long after its end an answer may still be given when upstream fails; 0 is never. */
  readonly serveStale: number;
  readonly prefetch: boolean;
}

export const DEFAULT_CACHE: CacheSettings = {
  entries: 20_000,
  minTtl: 0,
  maxTtl: 3_600_000,
  maxNegativeTtl: 1_800_000,
  serveStale: 3_600_000,
  prefetch: true,
};
const MIN_ENTRIES = 256;
const MAX_ENTRIES = 1_000_000;

/** What a cached answer says. */
export const KIND = { NONE: 0, POSITIVE: 1, NODATA: 2, NXDOMAIN: 3, FAILURE: 4 } as const;
/** Bits of a packed question and of a key. */
export const ASKED = { DNSSEC_OK: 1, CHECKING_DISABLED: 2 } as const;

/** An empty cache. */
export function createCache(settings: CacheSettings = DEFAULT_CACHE): SharedArrayBuffer {
  const entries = Math.min(MAX_ENTRIES, Math.max(MIN_ENTRIES, Math.floor(settings.entries)));
  let words = CACHE_WORDS;
  const places = SLOT_WORDS.map((slotWords, size) => {
    const sets = Math.ceil(entries / SLOT_SHARES[size]! / WAYS);
    const first = words;
    words += sets * (SET_WORDS + WAYS * slotWords);
    return { sets, first };
  });
  const memory = new SharedArrayBuffer(words * 4);
  const control = new Int32Array(memory, 0, CACHE_WORDS);
  places.forEach(({ sets, first }, size) => {
    control[CACHE.SETS + size] = sets;
    control[CACHE.FIRST + size] = first;
  });
  control[CACHE.LAYOUT] = LAYOUT;
  changeCache(memory, settings);
  return memory;
}

/** Other settings, at once and for every thread; `entries` stays as it was. */
export function changeCache(memory: SharedArrayBuffer, settings: Omit<CacheSettings, "entries">): void {
  const control = new Int32Array(memory, 0, CACHE_WORDS);
  control[CACHE.MIN_TTL] = Math.ceil(settings.minTtl / 1000);
  control[CACHE.MAX_TTL] = Math.floor(settings.maxTtl / 1000);
  control[CACHE.MAX_NEGATIVE_TTL] = Math.floor(settings.maxNegativeTtl / 1000);
  control[CACHE.SERVE_STALE] = Math.floor(settings.serveStale / 1000);
  control[CACHE.PREFETCH] = settings.prefetch ? 1 : 0;
}

/** One thread's hold of the cache. */
export class SharedCache {
  readonly words: Int32Array;
  readonly floats: Float64Array;
  readonly bytes: Uint8Array;
  /** Who it is that takes sets, so that one who died can be told. */
  readonly owner: number;

  /** @param reader the thread's number, as for the table. @throws Error when another build made the memory. */
  constructor(memory: SharedArrayBuffer, reader: number) {
    this.words = new Int32Array(memory);
    this.floats = new Float64Array(memory);
    this.bytes = new Uint8Array(memory);
    this.owner = reader + 1;
    if (this.words[CACHE.LAYOUT] !== LAYOUT) throw new Error("The cache's memory was laid out by another version");
  }

  /** First word of the set in which a hash belongs, among the slots of a size. */
  setOf(size: number, hash: number): number {
    const sets = this.words[CACHE.SETS + size]!;
    const index = Math.floor((hash >>> 0) * sets / 0x100000000);
    return this.words[CACHE.FIRST + size]! + index * (SET_WORDS + WAYS * SLOT_WORDS[size]!);
  }

  /** Takes a set for writing; false when another thread has it. */
  take(set: number): boolean {
    const sequence = Atomics.load(this.words, set + SET.SEQUENCE);
    if ((sequence & 1) !== 0) return false;
    const taken = ((sequence + 1) & SEQUENCE_COUNT) | (this.owner << SEQUENCE_OWNER);
    return Atomics.compareExchange(this.words, set + SET.SEQUENCE, sequence, taken) === sequence;
  }

  /** Lets go of a set that was taken. */
  letGo(set: number): void {
    const taken = Atomics.load(this.words, set + SET.SEQUENCE);
    Atomics.store(this.words, set + SET.SEQUENCE, (taken + 1) & SEQUENCE_COUNT);
  }

  /** Whether a slot holds the answer to a question of this key. The name is compared four bytes at a time. */
  isFor(slot: number, key: number, name: ScannedName): boolean {
    const { words } = this;
    if (words[slot + SLOT.KEY] !== key) return false;
    const whole = name.length >> 2;
    const data = slot + SLOT.DATA;
    for (let i = 0; i < whole; i++) if (words[data + i] !== name.words.getInt32(i << 2, true)) return false;
    const rest = (name.length & 3) << 3;
    return rest === 0 || ((words[data + whole]! ^ name.words.getInt32(whole << 2, true)) & ((1 << rest) - 1)) === 0;
  }
}

/** One answer in the cache, for people. */
export interface CacheListing {
  readonly name: string;
  /** The type's number. */
  readonly type: number;
  readonly kind: "positive" | "nodata" | "nxdomain" | "failure";
  /** Seconds left, negative past the end. */
  readonly ttl: number;
  readonly stale: boolean;
  /** Answers given from it since it was stored. */
  readonly hits: number;
  readonly bytes: number;
  readonly dnssec: boolean;
  readonly checkingDisabled: boolean;
}

const KINDS = ["positive", "nodata", "nxdomain", "failure"] as const;

/** What the cache holds, set by set; what changes meanwhile may be missing. */
export function* listCache(memory: SharedArrayBuffer, now: number): Generator<CacheListing> {
  const cache = new SharedCache(memory, 0);
  for (const { set, size } of sets(cache)) {
    const sequence = Atomics.load(cache.words, set + SET.SEQUENCE);
    const listed = [];
    for (let way = 0; way < WAYS; way++) {
      if (cache.words[set + SET.HASHES + way] !== 0) listed.push(listSlot(cache, slotOf(set, size, way), now));
    }
    const whole = (sequence & 1) === 0 && Atomics.load(cache.words, set + SET.SEQUENCE) === sequence;
    if (whole) yield* listed;
  }
}

function listSlot(cache: SharedCache, slot: number, now: number): CacheListing {
  const { words } = cache;
  const key = words[slot + SLOT.KEY]!;
  const name = cache.bytes.slice((slot + SLOT.DATA) * 4, (slot + SLOT.DATA) * 4 + (key >>> 24));
  const ttl = words[slot + SLOT.TTL]! - Math.floor((now - cache.floats[(slot + SLOT.STORED) >> 1]!) / 1000);
  return {
    // While a writer is at it the bytes may be no name at all; such a set is not listed.
    name: isWhole(name) ? wireToName(name) : "",
    type: key & 0xffff,
    kind: KINDS[(words[slot + SLOT.KIND]! & 0xff) - 1] ?? "failure",
    ttl,
    stale: ttl <= 0,
    hits: words[slot + SLOT.HITS]!,
    bytes: words[slot + SLOT.LENGTH]!,
    dnssec: ((key >>> 16) & ASKED.DNSSEC_OK) !== 0,
    checkingDisabled: ((key >>> 16) & ASKED.CHECKING_DISABLED) !== 0,
  };
}

function isWhole(wire: Uint8Array): boolean {
  let at = 0;
  while (at < wire.length && wire[at] !== 0) at += wire[at]! + 1;
  return at === wire.length - 1;
}

/** How many answers of each kind the cache holds. */
export function cacheEntries(memory: SharedArrayBuffer): { positive: number; negative: number; failure: number } {
  const cache = new SharedCache(memory, 0);
  const count = { positive: 0, negative: 0, failure: 0 };
  for (const { set, size } of sets(cache)) {
    for (let way = 0; way < WAYS; way++) {
      if (cache.words[set + SET.HASHES + way] === 0) continue;
      const kind = cache.words[slotOf(set, size, way) + SLOT.KIND]! & 0xff;
      if (kind === KIND.POSITIVE) count.positive++;
      else if (kind === KIND.FAILURE) count.failure++;
      else count.negative++;
    }
  }
  return count;
}

/** Empties the cache. A set that a thread is writing keeps that one answer. */
export function flushCache(memory: SharedArrayBuffer): void {
  const cache = new SharedCache(memory, 0);
  for (const { set } of sets(cache)) {
    if (!cache.take(set)) continue;
    cache.words.fill(0, set + SET.HASHES, set + SET.HASHES + WAYS);
    cache.letGo(set);
  }
}

/** Frees what a thread that died had taken; call it when that thread is gone for certain. */
export function repairCache(memory: SharedArrayBuffer, reader: number): void {
  const cache = new SharedCache(memory, reader);
  for (const { set } of sets(cache)) {
    const sequence = Atomics.load(cache.words, set + SET.SEQUENCE);
    if ((sequence & 1) === 0 || sequence >>> SEQUENCE_OWNER !== cache.owner) continue;
    cache.words.fill(0, set + SET.HASHES, set + SET.HASHES + WAYS);
    cache.letGo(set);
  }
}

function* sets({ words }: SharedCache): Generator<{ set: number; size: number }> {
  for (let size = 0; size < SLOT_WORDS.length; size++) {
    const count = words[CACHE.SETS + size]!;
    const length = SET_WORDS + WAYS * SLOT_WORDS[size]!;
    for (let i = 0; i < count; i++) yield { set: words[CACHE.FIRST + size]! + i * length, size };
  }
}

/** The hash of a question; never 0, which marks an empty slot. */
export function questionHash(name: ScannedName, type: number, asked: number): number {
  return mixHash(name.hash(0) + Math.imul(type | (asked << 16), 0x9e3779b1)) || 1;
}

/** A slot's key word. */
export function questionKey(name: ScannedName, type: number, asked: number): number {
  return type | (asked << 16) | (name.length << 24);
}

/** First word of a slot of a set. */
export function slotOf(set: number, size: number, way: number): number {
  return set + SET_WORDS + way * SLOT_WORDS[size]!;
}
