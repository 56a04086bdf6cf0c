/** A cached answer -> records of a response, their TTLs less what has gone of them. */
import type { CachedReply } from "./cached_reply.ts";
import { STALE_TTL } from "./cache_read.ts";
import { writeForeignRecord } from "./foreign_record.ts";
import { knowQuestion, type Response } from "./response.ts";
import type { ScannedName } from "./scanned_name.ts";
import { HEADER, readU16, readU32, skipName, writeU32 } from "./wire.ts";

/**
 * Writes all records of `reply`, as many as fit. Behind the question it was cached for they are copied as they lie; in a
 * chain that began in the mesh their names are compressed anew.
 */
export function writeCached(response: Response, reply: CachedReply, question: ScannedName): void {
  if (response.at === reply.start && response.owner === HEADER) copyRecords(response, reply);
  else appendRecords(response, reply, question);
}

function copyRecords(response: Response, reply: CachedReply): void {
  const { bytes, limit } = response;
  const from = reply.bytes;
  const records = reply.answers + reply.authorities;
  let at = reply.start;
  for (let i = 0; i < records; i++) {
    const fixed = skipName(from, at, reply.end);
    const end = fixed + 10 + readU16(from, fixed + 8);
    if (end > limit) {
      if (i < reply.answers) response.truncated = true;
      break;
    }
    for (let j = at; j < end; j++) bytes[j] = from[j]!;
    writeU32(bytes, fixed + 4, agedTtl(reply, readU32(from, fixed + 4)));
    if (i < reply.answers) response.answers++;
    else response.authorities++;
    at = end;
  }
  response.at = at;
}

function appendRecords(response: Response, reply: CachedReply, question: ScannedName): void {
  const from = reply.bytes;
  const records = reply.answers + reply.authorities;
  knowQuestion(response, question);
  let at = reply.start;
  for (let i = 0; i < records; i++) {
    const fixed = skipName(from, at, reply.end);
    at = writeForeignRecord(response, from, at, reply.end, agedTtl(reply, readU32(from, fixed + 4)));
    if (at <= 0) {
      if (i < reply.answers) response.truncated = true;
      return;
    }
    if (i < reply.answers) response.answers++;
    else response.authorities++;
  }
}

function agedTtl(reply: CachedReply, ttl: number): number {
  if (reply.stale) return Math.min(STALE_TTL, ttl);
  return ttl > reply.age ? ttl - reply.age : 0;
}
