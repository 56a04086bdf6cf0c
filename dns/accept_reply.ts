/**
 * What upstream said -> the cache. A reply is taken apart and only what answers the question is kept: the chain of
 * aliases from the asked name, the records at its end, and what proves a negative answer. Everything else a server may
 * add is of no use to the client, and could be about names that the server has no say in (RFC 2181, 5.4.1).
 */
import type { AnswerView } from "./answer_view.ts";
import { noteFailure, writeCache } from "./cache_write.ts";
import { normalizeReply } from "./normalize_reply.ts";
import { ASKED, KIND, questionKey } from "./shared_cache.ts";
import { EDE, HEADER, lowerByte, MAX_MESSAGE, OPTION, RCODE, readU16, skipName, TYPE } from "./wire.ts";

/** What became of a reply. */
export const USABLE = 1;
/** It does not belong to the question: keep waiting for the one that does. */
export const MISMATCH = 2;
/** More than UDP could carry: ask again over TCP. */
export const TRUNCATED = 3;
/** The server failed or refused (`view.replyRcode`, `view.replyEde`): try another one. */
export const FAILED = 4;
/** It does not parse, or contradicts itself: try another server. */
export const BROKEN = 5;
export type Verdict = typeof USABLE | typeof MISMATCH | typeof TRUNCATED | typeof FAILED | typeof BROKEN;

/** Seconds for which a failure is remembered (RFC 9520, 3.2: at least 1, at most 300). */
const FAILURE_TTL = 5;
/** A packed question: type (2 bytes), flags, a reserved byte, the name. */
export const QUESTION_NAME = 4;

/**
 * Judges `reply` as the reply to a packed question (the caller has compared the id), and when it is usable puts it into
 * the cache and keeps it for the run of `answer` that follows with the same `now`.
 */
export function acceptReply(
  view: AnswerView,
  question: Uint8Array,
  questionLength: number,
  reply: Uint8Array,
  length: number,
  now: number,
): Verdict {
  view.replyRcode = RCODE.SERVFAIL;
  view.replyEde = EDE.NONE;
  if (length < HEADER || length > MAX_MESSAGE || (reply[2]! & 0xf8) !== 0x80) return MISMATCH;
  const rcode = reply[3]! & 15;
  const questions = readU16(reply, 4);
  if (questions === 0 && rcode !== RCODE.NOERROR) return fail(view, rcode);
  if (questions !== 1 || !isQuestion(question, questionLength, reply, length)) return MISMATCH;
  if ((reply[2]! & 2) !== 0) return TRUNCATED;
  const end = HEADER + questionLength - QUESTION_NAME + 4;
  const extended = readExtended(view, reply, end, length);
  if (extended < 0) return BROKEN;
  if (extended > 0 || (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN)) return fail(view, rcode | extended);
  const { fresh, taken } = view;
  taken.copy(question, QUESTION_NAME, questionLength - QUESTION_NAME);
  const type = readU16(question, 0);
  const asked = question[2]!;
  fresh.kind = KIND.NONE;
  fresh.stored[0] = now;
  fresh.key = questionKey(taken, type, asked);
  fresh.authentic = (reply[3]! & 0x20) !== 0;
  fresh.rcode = rcode;
  if (!normalizeReply(view, type, (asked & ASKED.DNSSEC_OK) !== 0, reply, length)) {
    fresh.kind = KIND.NONE;
    return BROKEN;
  }
  writeCache(view.cache, fresh, taken, type, asked);
  return USABLE;
}

/**
 * Notes that no server answered a question: for 5 seconds it is not asked again, or, where an old answer is, that one
 * is given at once for 30 seconds.
 *
 * @param rcode what the client is told, SERVFAIL or what the last server said.
 * @param ede the extended error (RFC 8914), -1 for none.
 */
export function acceptFailure(
  view: AnswerView,
  question: Uint8Array,
  questionLength: number,
  rcode: number,
  ede: number,
  now: number,
): void {
  const { fresh, taken } = view;
  taken.copy(question, QUESTION_NAME, questionLength - QUESTION_NAME);
  const type = readU16(question, 0);
  const asked = question[2]!;
  fresh.kind = KIND.NONE;
  if (noteFailure(view.cache, taken, type, asked, now)) return;
  fresh.kind = KIND.FAILURE;
  fresh.rcode = rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN ? RCODE.SERVFAIL : rcode & 0xff;
  fresh.ede = Math.min(ede, 200);
  fresh.ttl = FAILURE_TTL;
  fresh.stored[0] = now;
  fresh.key = questionKey(taken, type, asked);
  fresh.authentic = false;
  fresh.answers = fresh.authorities = 0;
  view.copyQuestion(taken, type);
  writeCache(view.cache, fresh, taken, type, asked);
}

function fail(view: AnswerView, rcode: number): Verdict {
  view.replyRcode = rcode;
  return FAILED;
}

/** Whether the reply's question is ours; case does not matter (RFC 4343). */
function isQuestion(question: Uint8Array, questionLength: number, reply: Uint8Array, length: number): boolean {
  const size = questionLength - QUESTION_NAME;
  if (HEADER + size + 4 > length) return false;
  for (let i = 0; i < size; i++) if (lowerByte(reply[HEADER + i]!) !== question[QUESTION_NAME + i]) return false;
  const at = HEADER + size;
  return reply[at] === question[0] && reply[at + 1] === question[1] && readU16(reply, at + 2) === 1;
}

/**
 * Walks all records. Returns the extended bits of the response code (those above the lowest four), or -1 when a record
 * does not parse; leaves the first extended error in `view.replyEde`.
 */
function readExtended(view: AnswerView, reply: Uint8Array, at: number, length: number): number {
  let extended = 0;
  const before = readU16(reply, 6) + readU16(reply, 8);
  const count = before + readU16(reply, 10);
  for (let i = 0; i < count; i++) {
    at = skipName(reply, at, length);
    if (at < 0 || at + 10 > length) return -1;
    const end = at + 10 + readU16(reply, at + 8);
    if (end > length) return -1;
    if (i >= before && readU16(reply, at) === TYPE.OPT) {
      extended = reply[at + 4]! << 4;
      readEde(view, reply, at + 10, end);
    }
    at = end;
  }
  return extended;
}

function readEde(view: AnswerView, reply: Uint8Array, at: number, end: number): void {
  while (at + 6 <= end) {
    const size = readU16(reply, at + 2);
    if (readU16(reply, at) === OPTION.EDE && size >= 2) {
      view.replyEde = readU16(reply, at + 4);
      return;
    }
    at += 4 + size;
  }
}
