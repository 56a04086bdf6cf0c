/** A reply whose question is ours -> the records that answer it, in the order of the chain, with TTLs clamped. */
import type { AnswerView } from "./answer_view.ts";
import { writeForeignRecord } from "./foreign_record.ts";
import { CACHE } from "./layout.ts";
import { isName, type RecordList } from "./reply_records.ts";
import { knowQuestion } from "./response.ts";
import { KIND } from "./shared_cache.ts";
import { CLASS_IN, expandName, lowerByte, MAX_MESSAGE, RCODE, readU16, readU32, TYPE } from "./wire.ts";

/** Aliases in one answer; more are a loop (BIND and unbound stop at 16 and 11). */
const MAX_CHAIN = 16;

/**
 * Fills `view.fresh` (whose question is in `view.taken`) from `reply`. False when the reply does not parse or makes no
 * sense: aliases without end, or a name that does not exist and has records.
 */
export function normalizeReply(
  view: AnswerView,
  type: number,
  dnssec: boolean,
  reply: Uint8Array,
  length: number,
): boolean {
  const { fresh, records, storing } = view;
  view.copyQuestion(view.taken, type);
  storing.bytes = fresh.bytes;
  storing.start = storing.at = fresh.start;
  storing.limit = MAX_MESSAGE;
  storing.knownCount = 0;
  knowQuestion(storing, view.taken);
  fresh.ttl = 0x7fffffff;
  fresh.answers = fresh.authorities = 0;
  fresh.ede = -1;
  const authority = records.read(reply, fresh.start, length, readU16(reply, 6));
  if (authority < 0) return false;
  const found = writeChain(view, type, dnssec, reply, length);
  if (found < 0 || (found > 0 && fresh.rcode === RCODE.NXDOMAIN)) return false;
  fresh.kind = found > 0 ? KIND.POSITIVE : fresh.rcode === RCODE.NXDOMAIN ? KIND.NXDOMAIN : KIND.NODATA;
  if (records.read(reply, authority, length, readU16(reply, 8)) < 0) return false;
  if (!writeAuthority(view, dnssec, reply, length)) return false;
  fresh.end = storing.at;
  return true;
}

/** Follows the aliases from the question; returns how many records its type has at the end, or -1. */
function writeChain(view: AnswerView, type: number, dnssec: boolean, reply: Uint8Array, length: number): number {
  const { records, link, taken } = view;
  link.set(taken.bytes);
  for (let step = 0; step <= MAX_CHAIN; step++) {
    if (!writeDnames(view, reply, length)) return -1;
    const found = writeSet(view, type, dnssec, reply, length);
    if (found !== 0) return found;
    const alias = findAlias(records, link, reply);
    if (alias < 0) return 0;
    if (!writeSet(view, TYPE.CNAME, dnssec, reply, length)) return -1;
    const size = expandName(reply, records.data(alias), length, link, 0);
    if (size < 0) return -1;
    for (let i = 0; i < size; i++) link[i] = lowerByte(link[i]!);
  }
  return -1;
}

function findAlias(records: RecordList, link: Uint8Array, reply: Uint8Array): number {
  for (let i = 0; i < records.count; i++) {
    if (records.type(reply, i) !== TYPE.CNAME || records.class(reply, i) !== CLASS_IN) continue;
    if (isName(reply, records.owner[i]!, link, 0)) return i;
  }
  return -1;
}

/** Writes the records of a type at the current link, with signatures when asked for; of aliases only the first. */
function writeSet(view: AnswerView, type: number, dnssec: boolean, reply: Uint8Array, length: number): number {
  const { records, link, fresh } = view;
  let found = 0;
  for (let i = 0; i < records.count; i++) {
    const is = records.type(reply, i);
    const wanted = is === type || type === TYPE.ANY;
    if (!wanted && !(dnssec && is === TYPE.RRSIG)) continue;
    if (type === TYPE.CNAME && wanted && found > 0) continue;
    if (records.class(reply, i) !== CLASS_IN || !isName(reply, records.owner[i]!, link, 0)) continue;
    if (!wanted && !covers(records, i, type, reply)) continue;
    if (!writeRecord(view, reply, length, i, clampTtl(view, records.ttl(reply, i)))) return -1;
    fresh.answers++;
    if (wanted) found++;
  }
  return found;
}

/** Whether the signature is one of records of that type (RFC 4034, 3.1.1). */
function covers(records: RecordList, i: number, type: number, reply: Uint8Array): boolean {
  return records.dataLength(reply, i) >= 2 && readU16(reply, records.data(i)) === type;
}

/** Writes the DNAMEs above the current link, from which its alias is made (RFC 6672). */
function writeDnames(view: AnswerView, reply: Uint8Array, length: number): boolean {
  const { records, link, fresh } = view;
  for (let i = 0; i < records.count; i++) {
    if (records.type(reply, i) !== TYPE.DNAME || records.class(reply, i) !== CLASS_IN) continue;
    const owner = records.owner[i]!;
    if (isName(reply, owner, link, 0) || !isName(reply, owner, link, 0, true)) continue;
    if (!writeRecord(view, reply, length, i, clampTtl(view, records.ttl(reply, i)))) return false;
    fresh.answers++;
  }
  return true;
}

/** What proves a negative answer: the zone's SOA, and for those who asked for DNSSEC its denials and signatures. */
function writeAuthority(view: AnswerView, dnssec: boolean, reply: Uint8Array, length: number): boolean {
  const { records, fresh, link } = view;
  const negative = fresh.kind !== KIND.POSITIVE;
  let proven = false;
  for (let i = 0; i < records.count; i++) {
    const type = records.type(reply, i);
    const isSoa = type === TYPE.SOA && negative;
    const isProof = dnssec && (type === TYPE.NSEC || type === TYPE.NSEC3 || isProofSignature(records, i, type, reply));
    if (records.class(reply, i) !== CLASS_IN || !(isSoa || isProof)) continue;
    if (isSoa && (proven || !isName(reply, records.owner[i]!, link, 0, true))) continue;
    const ttl = isSoa ? negativeTtl(view, reply, i) : clampTtl(view, records.ttl(reply, i));
    if (!writeRecord(view, reply, length, i, ttl)) return false;
    fresh.authorities++;
    proven ||= isSoa;
  }
  // RFC 2308, 5: a negative answer without SOA is not for keeping.
  if (negative && !proven) fresh.ttl = 0;
  return true;
}

function isProofSignature(records: RecordList, i: number, type: number, reply: Uint8Array): boolean {
  return type === TYPE.RRSIG &&
    (covers(records, i, TYPE.NSEC, reply) || covers(records, i, TYPE.NSEC3, reply) ||
      covers(records, i, TYPE.SOA, reply));
}

function writeRecord(view: AnswerView, reply: Uint8Array, length: number, i: number, ttl: number): boolean {
  view.fresh.ttl = Math.min(view.fresh.ttl, ttl);
  return writeForeignRecord(view.storing, reply, view.records.owner[i]!, length, ttl) > 0;
}

function clampTtl(view: AnswerView, ttl: number): number {
  const { words } = view.cache;
  return Math.max(words[CACHE.MIN_TTL]!, Math.min(words[CACHE.MAX_TTL]!, ttl));
}

/** RFC 2308, 5: the smaller of the SOA's TTL and its MINIMUM field. */
function negativeTtl(view: AnswerView, reply: Uint8Array, i: number): number {
  const { records, cache } = view;
  const end = records.data(i) + records.dataLength(reply, i);
  if (records.dataLength(reply, i) < 22) return 0;
  const ttl = Math.min(records.ttl(reply, i), readU32(reply, end - 4));
  return Math.min(cache.words[CACHE.MAX_NEGATIVE_TTL]!, Math.max(cache.words[CACHE.MIN_TTL]!, ttl));
}
