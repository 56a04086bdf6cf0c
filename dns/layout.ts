/**
 * Where everything lies in the two shared memories, stated once. All offsets are in words of 32 bits, in the byte order
 * of the machine (little endian: asserted below), unless a name ends in `_BYTES`.
 *
 * ```
 * name table: one SharedArrayBuffer
 * +---------+----------------------------------------+----------------------------------------+
 * | control | copy 0                                 | copy 1                                 |
 * +---------+----------------------------------------+----------------------------------------+
 *   |         header | rules | segment table | buckets | arena: segment 0 | segment 1 | ...
 *   |         readers take copy (generation & 1); the writer changes the other one
 *   generation, one word for each reader (the generation it reads, or IDLE), seed, sizes
 *
 * bucket (2 words):  head: offset of its first node, 0 = empty | filter: bit (hash >>> 27) of each node in it
 * node: hash | next | shape | size | children | ttl | name, padded to words | directory | data
 *       shape: name length (8 bits), record sets (8), flags (16)
 *       directory, for each record set: type (16), count (16) | offset of its data from the node (24), TIERED
 *       data: A and AAAA: the addresses one behind the other, then, if TIERED, a byte of tier for each;
 *             SOA: bytes of MNAME and of RNAME before the apex, MNAME, RNAME, minimum (32 bits, network order)
 *             others: for each record its length (16 bits, network order) and its RDATA, names uncompressed
 *
 * response cache: one SharedArrayBuffer
 * +---------+--------------------+---------------------+--------------------+
 * | control | sets of small slots | sets of medium slots | sets of large slots |
 * +---------+--------------------+---------------------+--------------------+
 * set:  sequence | inserted | hash of each of its 8 slots | slot 0 | ... | slot 7
 * slot: key | kind | ttl | data bytes | stored (64-bit float) | answers | authorities | heat | hits | nextAsk | failUntil | data
 *       data: the message from its byte 12 on: question, answer section, authority section
 * ```
 */

/** Changes whenever this file does, so that a worker of another build is refused. */
export const LAYOUT = 0x6d6f6f01;

/** The control page of both memories. */
export const CONTROL = {
  LAYOUT: 0,
  GENERATION: 1,
  SEED: 2,
  COPY_WORDS: 3,
  SEGMENTS: 4,
  BUCKETS: 5,
  READERS: 16,
} as const;
export const CONTROL_WORDS = 1024;
/** Threads that read at once: the control thread and its workers. */
export const MAX_READERS = 64;
/** A reader's word while it reads nothing. Generations start at 1. */
export const IDLE = 0;

/** Header of a copy. */
export const HEAD = {
  SERIAL: 1,
  /** Nodes in the buckets, empty non-terminals included. */
  NODES: 2,
  /** Nodes with an entry. */
  NAMES: 3,
  /** Buckets in use; grows and shrinks by one (linear hashing). */
  BUCKETS: 4,
  /** The power of two above BUCKETS, less one. */
  MASK: 5,
  /** The segment that is being filled, and the next free word in it (an offset in the copy). */
  SEGMENT: 6,
  CURSOR: 7,
  /** Segments ever used, and those of them that are free. */
  SEGMENTS: 8,
  FREE_SEGMENTS: 9,
  /** Words of all nodes. */
  LIVE: 10,
  /** The segment that is being emptied, or -1, and how far that has come. */
  CLEANING: 11,
  CLEANED: 12,
} as const;
export const HEAD_WORDS = 64;

/** The rules (`answer_rules.ts`) in a copy; `_BYTES` are byte offsets from the start of the rules. */
export const RULE = {
  SHORT_NAMES: 0,
  ALIASES: 1,
  NEGATIVE_TTL: 2,
  MAX_UDP: 3,
  /** 1: there is a secret of four words for cookies. */
  COOKIES: 4,
  SECRET: 5,
  NAMESPACE_BYTES: 36,
  HOME_BYTES: 128,
  VERSION_BYTES: 384,
  ID_BYTES: 640,
} as const;
export const RULE_WORDS = 256;

/** For each segment: words of live nodes in it, and words filled so far. */
export const SEGMENT_ENTRY = { LIVE: 0, FILLED: 1 } as const;
/** 256 KiB: the most that one name may take, and the least by which a copy grows. */
export const SEGMENT_SHIFT = 16;
export const SEGMENT_WORDS = 1 << SEGMENT_SHIFT;
export const MIN_BUCKETS = 64;

export const COPY = { HEAD: 0, RULES: HEAD_WORDS, SEGMENTS: HEAD_WORDS + RULE_WORDS } as const;

export const NODE = { HASH: 0, NEXT: 1, SHAPE: 2, SIZE: 3, CHILDREN: 4, TTL: 5, NAME: 6 } as const;
/** Nodes are a multiple of this many words, so that most replacements fit where the old one was. */
export const NODE_STEP = 4;

/** Flags of a node, as they stand in its shape. */
export const FLAG = {
  ENTRY: 1 << 16,
  /** `others: "upstream"`. */
  OTHERS_UPSTREAM: 1 << 17,
  STALE: 1 << 18,
  SOA: 1 << 19,
  CNAME: 1 << 20,
  BELOW_AUTHORITATIVE: 1 << 21,
  BELOW_RELAY: 1 << 22,
  BELOW_PENDING: 1 << 23,
  /** `*` below it has an entry. */
  WILDCARD_CHILD: 1 << 24,
  /** From the rules: never answered from the mesh. */
  OWN: 1 << 25,
  /** From the rules: a search domain. */
  SEARCH: 1 << 26,
  /** From the rules: has upstream servers of its own. */
  ZONE: 1 << 27,
  /** From the rules: a cluster's domain. */
  DOMAIN: 1 << 28,
} as const;
export const BELOW_FLAGS = FLAG.BELOW_AUTHORITATIVE | FLAG.BELOW_RELAY | FLAG.BELOW_PENDING;
/** What an entry brings with it; the other flags outlive it. */
export const ENTRY_FLAGS = FLAG.ENTRY | FLAG.OTHERS_UPSTREAM | FLAG.STALE | FLAG.SOA | FLAG.CNAME | BELOW_FLAGS;
export const RULE_FLAGS = FLAG.OWN | FLAG.SEARCH | FLAG.ZONE | FLAG.DOMAIN;

/** How many record sets a node has, in its shape. */
export const SET_COUNT = 0xff00;

/** In a directory's second word: the data ends with a tier for each address. */
export const TIERED = 1 << 24;
export const DATA_OFFSET = TIERED - 1;

/** In a SOA's data, in place of how many bytes of a name come before the apex: it does not lie below it. */
export const NOT_BELOW = 0xff;

/** Header words of a set of cache slots. `INSERTED` counts what was put in, so that heat fades. */
export const SET = { SEQUENCE: 0, INSERTED: 1, HASHES: 4 } as const;
/** A sequence counts in its lower bits, odd while a thread writes; that thread is in the upper ones. */
export const SEQUENCE_COUNT = 0xffffff;
export const SEQUENCE_OWNER = 24;
export const SET_WORDS = 16;
export const WAYS = 8;

export const SLOT = {
  /** Type (16 bits), DO and CD (8), length of the name (8). */
  KEY: 0,
  /** Kind (8 bits), AD (8), rcode (8), extended error + 1 (8). */
  KIND: 1,
  /** Seconds. */
  TTL: 2,
  /** Bytes of data. */
  LENGTH: 3,
  /** A 64-bit float: milliseconds since 1970. */
  STORED: 4,
  ANSWERS: 6,
  AUTHORITIES: 7,
  /** Answers given from it, over refreshes, up to 7: what eviction goes by. */
  HEAT: 8,
  /** Answers given from it since it was stored. */
  HITS: 9,
  /** Milliseconds after `STORED` before which nobody asks upstream again in the background. */
  NEXT_ASK: 10,
  /** Milliseconds after `STORED` until which a stale answer is given without asking upstream first. */
  FAIL_UNTIL: 11,
  DATA: 12,
} as const;

/** Words of a slot of each size. Most answers fit 208 bytes, all that came over UDP fit 1,488; longer ones are rare. */
export const SLOT_WORDS = [64, 384, 4096] as const;
/** Of `entries`, one in 8 is medium, one in 256 large: 20,000 are at most 10 MB, which fill as they are used. */
export const SLOT_SHARES = [1, 8, 256] as const;

/** Control words of the cache: settings (seconds), then for each slot size its count of sets and its first word. */
export const CACHE = {
  LAYOUT: 0,
  MIN_TTL: 1,
  MAX_TTL: 2,
  MAX_NEGATIVE_TTL: 3,
  SERVE_STALE: 4,
  PREFETCH: 5,
  SETS: 8,
  FIRST: 12,
} as const;
export const CACHE_WORDS = 64;

function assertLayout(holds: boolean, what: string): void {
  if (!holds) throw new Error(`The shared memory's layout does not hold: ${what}`);
}

assertLayout(new Uint8Array(new Uint32Array([1]).buffer)[0] === 1, "this machine is not little endian");
assertLayout(CONTROL.READERS + MAX_READERS <= CONTROL_WORDS, "readers fit the control page");
assertLayout(RULE.ID_BYTES + 256 <= RULE_WORDS * 4, "rules fit their place");
assertLayout(RULE.SECRET * 4 + 16 <= RULE.NAMESPACE_BYTES, "the cookie secret does not reach the namespace");
assertLayout(SET.HASHES + WAYS <= SET_WORDS, "a set's header holds the hashes of its slots");
assertLayout(SLOT_WORDS.every((words) => words % 2 === 0), "64-bit floats in slots are aligned");
assertLayout(SLOT.STORED % 2 === 0 && SET_WORDS % 2 === 0 && CACHE_WORDS % 2 === 0, "64-bit floats are aligned");
assertLayout((ENTRY_FLAGS & RULE_FLAGS) === 0, "flags of entries and rules are apart");
