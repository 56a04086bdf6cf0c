/**
 * Composes a response in the caller's buffer: header and question as they came, then record after record, each whole or
 * not at all. Nothing is allocated.
 *
 * Answers that do not fit set TC and leave as many records as do; what is left out of the other sections is optional
 * and left out by whole record sets, without TC (RFC 2181, 9).
 */
import type { ScannedName } from "./scanned_name.ts";
import { expandName, HEADER, lowerByte, MAX_NAME, writeU16, writeU32 } from "./wire.ts";

/** Names that later ones may point to. More are written out. */
const MAX_KNOWN = 64;
/** Offsets that a pointer can hold (RFC 1035, 4.1.4). */
export const POINTER_LIMIT = 0x4000;
/** Owner as a pointer, type, class, TTL, length of the data. */
export const RECORD_HEAD = 12;

/** The response being written. One for each view, begun anew by `beginResponse`. */
export class Response {
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the next byte goes, and where records must end. */
  at = 0;
  limit = 0;
  /** Where the question ends: what `rewind` goes back to. */
  start = 0;
  answers = 0;
  authorities = 0;
  additionals = 0;
  truncated = false;
  /** Offset of the name that the next records belong to: the question's, or the target of the last alias. */
  owner = HEADER;
  /** Offsets of labels that names may be compressed against. */
  readonly known: Uint16Array = new Uint16Array(MAX_KNOWN);
  knownCount = 0;
  /** Scratch for names on their way from another message. */
  readonly name: Uint8Array = new Uint8Array(MAX_NAME + 1);
}

/** Copies header and question of the query; records may go up to `limit`. */
export function beginResponse(
  response: Response,
  out: Uint8Array,
  query: Uint8Array,
  questionEnd: number,
  limit: number,
): void {
  for (let i = 0; i < questionEnd; i++) out[i] = query[i]!;
  response.bytes = out;
  response.start = questionEnd;
  response.limit = limit;
  rewind(response);
}

/** Forgets all records written so far. */
export function rewind(response: Response): void {
  response.at = response.start;
  response.answers = response.authorities = response.additionals = 0;
  response.truncated = false;
  response.owner = HEADER;
  response.knownCount = 0;
}

/** Lets later names point to the question's labels. Only needed before the first name is written. */
export function knowQuestion(response: Response, question: ScannedName): void {
  if (response.knownCount > 0) return;
  const count = Math.min(question.count, MAX_KNOWN);
  for (let i = 0; i < count; i++) response.known[i] = HEADER + question.labels[i]!;
  response.knownCount = count;
}

/**
 * Type, class IN and TTL behind the owner, which is written as a pointer, and room for the length of the data. The
 * caller has checked that 12 bytes fit.
 */
export function writeRecordHead(response: Response, owner: number, type: number, ttl: number): void {
  const { bytes, at } = response;
  bytes[at] = 0xc0 | (owner >>> 8);
  bytes[at + 1] = owner;
  bytes[at + 2] = type >>> 8;
  bytes[at + 3] = type;
  bytes[at + 4] = 0;
  bytes[at + 5] = 1;
  writeU32(bytes, at + 6, ttl);
  response.at = at + 12;
}

/** Writes the length of the data that began at `start` in front of it. */
export function closeData(response: Response, start: number): void {
  writeU16(response.bytes, start - 2, response.at - start);
}

/**
 * Writes the uncompressed name at `at` of `from`, compressed against what the response has (case does not matter).
 * False when it does not fit: the caller takes the whole record back.
 */
export function writeName(response: Response, from: Uint8Array, at: number): boolean {
  const { bytes, limit } = response;
  const known = response.knownCount;
  let out = response.at;
  for (;;) {
    const label = from[at]!;
    if (label === 0) {
      if (out + 1 > limit) return false;
      bytes[out++] = 0;
      break;
    }
    const earlier = findKnown(response, known, from, at);
    if (earlier !== 0) {
      if (out + 2 > limit) return false;
      writeU16(bytes, out, 0xc000 | earlier);
      out += 2;
      break;
    }
    if (out + label + 1 > limit) return false;
    if (out < POINTER_LIMIT && response.knownCount < MAX_KNOWN) response.known[response.knownCount++] = out;
    for (let i = 0; i <= label; i++) bytes[out++] = from[at + i]!;
    at += label + 1;
  }
  response.at = out;
  return true;
}

/** Writes bytes as they are: addresses, texts, and names that must not be compressed (targets of SRV: RFC 2782). */
export function writeBytes(response: Response, from: Uint8Array, at: number, size: number): boolean {
  const { bytes } = response;
  if (response.at + size > response.limit) return false;
  for (let i = 0; i < size; i++) bytes[response.at + i] = from[at + i]!;
  response.at += size;
  return true;
}

/** Writes a pointer to a name that stands at `offset`. False when it does not fit. */
export function writePointer(response: Response, offset: number): boolean {
  const { bytes, at } = response;
  if (at + 2 > response.limit) return false;
  bytes[at] = 0xc0 | (offset >>> 8);
  bytes[at + 1] = offset;
  response.at = at + 2;
  return true;
}

/** Forgets what was written from `at` on, and the names in it: a record that did not fit. */
export function takeBack(response: Response, at: number, known: number): false {
  response.at = at;
  response.knownCount = known;
  return false;
}

/** Offset of an earlier name that equals the one at `at` of `from`, or 0. */
function findKnown(response: Response, count: number, from: Uint8Array, at: number): number {
  for (let i = 0; i < count; i++) {
    const offset = response.known[i]!;
    if (response.bytes[offset] === from[at] && sameName(response.bytes, offset, from, at)) return offset;
  }
  return 0;
}

/** Compares a name in our own message, which may end in a pointer, with an uncompressed one. */
function sameName(bytes: Uint8Array, offset: number, from: Uint8Array, at: number): boolean {
  for (;;) {
    let label = bytes[offset]!;
    while (label >= 0xc0) {
      offset = ((label & 0x3f) << 8) | bytes[offset + 1]!;
      label = bytes[offset]!;
    }
    if (label !== from[at]) return false;
    if (label === 0) return true;
    for (let i = 1; i <= label; i++) {
      if (lowerByte(bytes[offset + i]!) !== lowerByte(from[at + i]!)) return false;
    }
    offset += label + 1;
    at += label + 1;
  }
}

/** Where the name at `offset` of our own message really begins: what a pointer may point to. */
export function nameStart(response: Response, offset: number): number {
  const { bytes } = response;
  while (bytes[offset]! >= 0xc0) offset = ((bytes[offset]! & 0x3f) << 8) | bytes[offset + 1]!;
  return offset;
}

/** Writes a name of another message (where it may be compressed). False when it does not parse or fit. */
export function writeForeignName(response: Response, message: Uint8Array, at: number, length: number): boolean {
  return expandName(message, at, length, response.name, 0) > 0 && writeName(response, response.name, 0);
}
