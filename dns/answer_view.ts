import { CacheCursor } from "./cache_read.ts";
import { CachedReply } from "./cached_reply.ts";
import { SLOT, SLOT_WORDS } from "./layout.ts";
import { Found } from "./lookup.ts";
import { ParsedQuery } from "./query_parser.ts";
import { RecordOrder } from "./record_order.ts";
import { RecordList } from "./reply_records.ts";
import { Response } from "./response.ts";
import { ScannedName } from "./scanned_name.ts";
import { SharedCache } from "./shared_cache.ts";
import { TableReader } from "./table_reader.ts";
import { CLASS_IN, HEADER, MAX_NAME, writeU16 } from "./wire.ts";

/** Where an answer came from, for counters. */
export const SOURCE = { MESH: 0, CACHE: 1, STALE: 2, UPSTREAM: 3, REFUSED: 4 } as const;
/** Names of the sources, by number. */
export const SOURCES = ["mesh", "cache", "stale", "upstream", "refused"] as const;

/** Which rule decided, for those who ask why. */
export const REASON = {
  NONE: 0,
  EXACT: 1,
  WILDCARD: 2,
  EMPTY: 3,
  UNKNOWN: 4,
  PENDING: 5,
  UNREADABLE: 6,
  SHORT_NAME: 7,
  SEARCH_DOMAIN: 8,
  SPECIAL: 9,
  UPSTREAM: 10,
  NOT_ALLOWED: 11,
  PROTOCOL: 12,
} as const;
/** The rules in words, by number. */
export const REASONS = [
  "none",
  "the name itself",
  "a wildcard",
  "names below it exist",
  "unknown in a zone of the mesh",
  "the mesh has not been read yet",
  "its namespace may not be read",
  "a short name",
  "a search domain was stripped",
  "a special-use name",
  "upstream",
  "the client is not allowed to ask",
  "protocol",
] as const;

/** No text with an extended error. */
export const NO_TEXT: Uint8Array = new Uint8Array(0);
/** Targets of SRV records whose addresses are added. */
const MAX_TARGETS = 32;
const MAX_CACHED = (SLOT_WORDS[SLOT_WORDS.length - 1]! - SLOT.DATA) * 4;

/**
 * All that one thread needs to answer: its hold of the shared memories, and scratch memory that is used over and over,
 * so that an answer allocates nothing. One question at a time.
 */
export class AnswerView {
  readonly table: TableReader;
  readonly cache: SharedCache;

  /** After `MISS`, or with `refresh`: what to ask upstream, packed. Copy it before the next answer. */
  readonly question: Uint8Array = new Uint8Array(4 + MAX_NAME);
  questionLength = 0;
  /** Where in `question` the longest zone with servers of its own begins, or -1. */
  questionZone = -1;
  /** After `MISS`: there is a stale answer, which a run with UPSTREAM_FAILED gives. */
  stale = false;
  /** One of `REFRESH`: the caller should ask `question` upstream in the background. */
  refresh = 0;
  /** One of `SOURCE`, and the response code, of the last answer; the type that was asked for. */
  source: number = SOURCE.MESH;
  rcode = 0;
  type = 0;
  /** One of `REASON`. */
  reason: number = REASON.NONE;
  /** After `FAILED`: what the server said. */
  replyRcode = 0;
  replyEde = -1;

  // From here on: the scratch of the functions under `answer`.
  readonly query: ParsedQuery = new ParsedQuery();
  readonly response: Response = new Response();
  /** The name that is asked for, the target that a chain has reached, the long form of a short name. */
  readonly asked: ScannedName;
  readonly chain: ScannedName;
  readonly alias: ScannedName;
  readonly askedFound: Found = new Found();
  readonly chainFound: Found = new Found();
  readonly aliasFound: Found = new Found();
  readonly order: RecordOrder = new RecordOrder();
  readonly targets: Uint16Array = new Uint16Array(MAX_TARGETS);
  targetCount = 0;
  /** The answer at hand out of the cache; `upstream` is this one or `fresh`. */
  readonly cached: CachedReply = new CachedReply(MAX_CACHED);
  readonly cursor: CacheCursor = new CacheCursor();
  upstream: CachedReply = this.cached;
  /** Numbers that are too large for a field in memory of their own: setting a field would allocate. */
  readonly now: Float64Array = new Float64Array(1);
  readonly random: Int32Array = new Int32Array(1);
  client = 0;
  /** Extended error to give with the answer, or -1, and its text. */
  ede = -1;
  edeText: Uint8Array = NO_TEXT;

  // The scratch of `acceptReply`.
  /** The reply that was accepted last, or the failure that was. */
  readonly fresh: CachedReply = new CachedReply();
  readonly taken: ScannedName;
  readonly link: Uint8Array = new Uint8Array(MAX_NAME + 13);
  readonly records: RecordList = new RecordList();
  readonly storing: Response = new Response();

  /** @param reader a number of its own for each thread: 0 is the control thread, workers count from 1. */
  constructor(table: SharedArrayBuffer, cache: SharedArrayBuffer, reader: number) {
    this.table = new TableReader(table, reader);
    this.cache = new SharedCache(cache, reader);
    const { seed } = this.table;
    this.asked = new ScannedName(seed);
    this.chain = new ScannedName(seed);
    this.alias = new ScannedName(seed);
    this.taken = new ScannedName(seed);
  }

  /**
   * Keeps to one generation of the table until `release`: for a batch. Not on the control thread while it publishes,
   * which waits for that.
   */
  hold(): void {
    this.table.enter();
  }

  /** Ends `hold`. */
  release(): void {
    this.table.leave();
  }

  /** Makes `name` and `type` the question of `fresh`, which has no records then. */
  copyQuestion(name: ScannedName, type: number): void {
    const { fresh } = this;
    for (let i = 0; i < name.length; i++) fresh.bytes[HEADER + i] = name.bytes[i]!;
    writeU16(fresh.bytes, HEADER + name.length, type);
    writeU16(fresh.bytes, HEADER + name.length + 2, CLASS_IN);
    fresh.start = fresh.end = HEADER + name.length + 4;
  }
}
