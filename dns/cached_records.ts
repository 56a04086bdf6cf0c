/** A cached answer -> records of a response, their TTLs less what has gone of them. */
import type { AnswerView } from "./answer_view.ts";
import { STALE_TTL } from "./cache_read.ts";
import type { CachedReply } from "./cached_reply.ts";
import { writeForeignRecord } from "./foreign_record.ts";
import { knowQuestion, type Response } from "./response.ts";
import { HEADER, readU16, readU32, skipName, TYPE, writeU32 } from "./wire.ts";

/** Bytes of a record behind its owner: type, class, TTL, length of the data. */
const FIXED = 10;
/** Bytes of an owner that is a pointer. */
const POINTER = 2;

/**
 * Writes all records of `view.upstream`, as many as fit. Behind the question it was cached for they are copied as they
 * lie; in a chain that began in the mesh their names are compressed anew. Addresses are shuffled: what is cached would
 * otherwise send every client to the same one for as long as it lives.
 */
export function writeCached(view: AnswerView): void {
  const { response, upstream } = view;
  const alike = response.at === upstream.start && response.owner === HEADER;
  if (!alike) knowQuestion(response, view.asked);
  const records = upstream.answers + upstream.authorities;
  let at = upstream.start;
  for (let i = 0; i < records;) {
    const size = recordSize(upstream, at);
    const run = countAddresses(upstream, at, size, upstream.answers - i);
    if (run > 1) view.order.begin(run, view.random[0]!);
    for (let place = 0; place < run; place++, i++) {
      const from = run > 1 ? at + view.order.at(place) * size : at;
      const isAnswer = i < upstream.answers;
      const fits = alike ? copyRecord(response, upstream, from, size) : appendRecord(response, upstream, from);
      if (!fits) {
        response.truncated ||= isAnswer;
        return;
      }
      if (isAnswer) response.answers++;
      else response.authorities++;
    }
    at += run * size;
  }
}

function recordSize(reply: CachedReply, at: number): number {
  const fixed = skipName(reply.bytes, at, reply.end);
  return fixed + FIXED + readU16(reply.bytes, fixed + 8) - at;
}

/** How many records from `at` on are addresses of one name and one size; 1 for anything else. */
function countAddresses(reply: CachedReply, at: number, size: number, most: number): number {
  const { bytes } = reply;
  const owner = readU16(bytes, at);
  const type = readU16(bytes, at + POINTER);
  if (owner < 0xc000 || (type !== TYPE.A && type !== TYPE.AAAA)) return 1;
  let count = 1;
  for (let next = at + size; count < most; next += size, count++) {
    if (readU16(bytes, next) !== owner || readU16(bytes, next + POINTER) !== type) break;
    if (readU16(bytes, next + POINTER + 8) !== size - POINTER - FIXED) break;
  }
  return count;
}

/** Copies a record whose pointers are right where it goes to, too. */
function copyRecord(response: Response, reply: CachedReply, from: number, size: number): boolean {
  const { bytes, at } = response;
  if (at + size > response.limit) return false;
  const source = reply.bytes;
  for (let i = 0; i < size; i++) bytes[at + i] = source[from + i]!;
  const ttl = skipName(source, from, reply.end) + 4;
  writeU32(bytes, at + ttl - from, agedTtl(reply, readU32(source, ttl)));
  response.at = at + size;
  return true;
}

/** Writes a record with its names compressed anew. */
function appendRecord(response: Response, reply: CachedReply, from: number): boolean {
  const ttl = readU32(reply.bytes, skipName(reply.bytes, from, reply.end) + 4);
  return writeForeignRecord(response, reply.bytes, from, reply.end, agedTtl(reply, ttl)) > 0;
}

function agedTtl(reply: CachedReply, ttl: number): number {
  if (reply.stale) return Math.min(STALE_TTL, ttl);
  return ttl > reply.age ? ttl - reply.age : 0;
}
