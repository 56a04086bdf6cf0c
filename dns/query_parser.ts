/** A client's packet -> what it asks and how, or why it is not a question that we answer ourselves. */
import type { ScannedName } from "./scanned_name.ts";
import { CLASS_IN, HEADER, OPTION, PLAIN_UDP, readU16, skipName, TYPE } from "./wire.ts";

/** What a packet turned out to be. */
export const PARSED = {
  /** One question, of opcode QUERY. */
  QUESTION: 0,
  /** No DNS query at all, or a response: must not be answered. */
  NO_QUERY: 1,
  /** No question, or it does not parse: FORMERR. */
  MALFORMED: 2,
  /** EDNS of a version that we do not speak (RFC 6891, 6.1.3). */
  BAD_VERSION: 3,
  /** Another opcode, transfers, several questions, records beside the question: not for us to answer. */
  UNUSUAL: 4,
} as const;

/** The fields of the query at hand. One for each view, filled anew by `parseQuery`. */
export class ParsedQuery {
  bytes: Uint8Array = new Uint8Array(0);
  length = 0;
  /** Where the first question ends; 0 when none was read. */
  questionEnd = 0;
  type = 0;
  class = 0;
  hasOpt = false;
  /** Bytes that the client can take over UDP. */
  udpSize = PLAIN_UDP;
  dnssecOk = false;
  /** Where the client's cookie of 8 bytes is (RFC 7873); 0 when there is none. */
  cookieAt = 0;
  /** Whether the client asked how long a TCP connection may stay idle (RFC 7828). */
  asksKeepalive = false;
  version = 0;
}

/** Reads a packet of `length` bytes into `query`, and its question's name into `name`. Never throws. */
export function parseQuery(query: ParsedQuery, name: ScannedName, packet: Uint8Array, length: number): number {
  query.bytes = packet;
  query.length = length;
  query.questionEnd =
    query.type =
    query.class =
    query.cookieAt =
    query.version =
      0;
  query.hasOpt = query.dnssecOk = query.asksKeepalive = false;
  query.udpSize = PLAIN_UDP;
  if (length < HEADER || (packet[2]! & 0x80) !== 0) return PARSED.NO_QUERY;
  const questions = readU16(packet, 4);
  if (questions === 0) return PARSED.MALFORMED;
  const end = name.scan(packet, HEADER, length);
  if (end < 0) return PARSED.MALFORMED;
  query.type = readU16(packet, end);
  query.class = readU16(packet, end + 2);
  query.questionEnd = end + 4;
  const before = readU16(packet, 6) + readU16(packet, 8);
  const additionals = readU16(packet, 10);
  if ((packet[2]! & 0x78) !== 0 || questions > 1) {
    // Not for us to judge; but who sent an OPT record is to find one in a refusal (RFC 6891, 6.1.1).
    if (questions === 1) parseRecords(query, before, additionals);
    return PARSED.UNUSUAL;
  }
  if (before + additionals !== 0) {
    const others = parseRecords(query, before, additionals);
    if (others !== PARSED.QUESTION) return others;
    if (query.version > 0) return PARSED.BAD_VERSION;
  }
  return query.class === CLASS_IN && isUnusualType(query.type) ? PARSED.UNUSUAL : PARSED.QUESTION;
}

/** Types that ask for more than records of a name: transfers and key exchange (RFC 2930 for nsupdate with GSS-TSIG). */
function isUnusualType(type: number): boolean {
  return type === TYPE.AXFR || type === TYPE.IXFR || type === TYPE.TKEY || type === TYPE.TSIG;
}

/** Walks the records behind the question. Only one OPT among the additional ones is usual. */
function parseRecords(query: ParsedQuery, before: number, additionals: number): number {
  const { bytes, length } = query;
  let at = query.questionEnd;
  let unusual = before > 0;
  for (let i = 0; i < before + additionals; i++) {
    const start = at;
    at = skipName(bytes, at, length);
    if (at < 0 || at + 10 > length) return PARSED.MALFORMED;
    const type = readU16(bytes, at);
    const end = at + 10 + readU16(bytes, at + 8);
    if (end > length) return PARSED.MALFORMED;
    if (type !== TYPE.OPT || i < before) unusual = true;
    else if (query.hasOpt || bytes[start] !== 0 || !parseOpt(query, at, end)) return PARSED.MALFORMED;
    at = end;
  }
  return unusual ? PARSED.UNUSUAL : PARSED.QUESTION;
}

/** Reads the OPT record whose type is at `at` (RFC 6891, 6.1.2). False when an option does not fit. */
function parseOpt(query: ParsedQuery, at: number, end: number): boolean {
  const { bytes } = query;
  query.hasOpt = true;
  query.udpSize = Math.max(PLAIN_UDP, readU16(bytes, at + 2));
  query.version = bytes[at + 5]!;
  query.dnssecOk = (bytes[at + 6]! & 0x80) !== 0;
  at += 10;
  while (at < end) {
    if (at + 4 > end) return false;
    const option = readU16(bytes, at);
    const size = readU16(bytes, at + 2);
    at += 4;
    if (at + size > end) return false;
    if (option === OPTION.COOKIE) {
      // RFC 7873, 5.2.2: 8 bytes of the client's, then none or 8 to 32 of ours.
      if (size !== 8 && (size < 16 || size > 40)) return false;
      query.cookieAt = at;
    } else if (option === OPTION.KEEPALIVE) query.asksKeepalive = true;
    at += size;
  }
  return true;
}
