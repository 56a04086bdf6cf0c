/** Records that no table holds: loopback addresses, answers to ANY, the server's own names. */
import type { AnswerView } from "./answer_view.ts";
import { closeData, RECORD_HEAD, type Response, writeBytes, writeRecordHead } from "./response.ts";
import { CLASS_CH, TYPE, writeU16 } from "./wire.ts";

/** Seconds; `localhost` never changes. */
const LOOPBACK_TTL = 3600;
const LOOPBACK_V4 = Uint8Array.of(127, 0, 0, 1);
const LOOPBACK_V6 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
/** RFC 8482, 4.2: this CPU, and no operating system. */
const ANY_DATA = new TextEncoder().encode("\x07RFC8482\x00");

/** The loopback address of the type that is asked for; false when it is another type. */
export function writeLoopback(view: AnswerView): boolean {
  const { type } = view.query;
  if (type !== TYPE.A && type !== TYPE.AAAA) return false;
  writeRecord(
    view.response,
    type,
    LOOPBACK_TTL,
    type === TYPE.A ? LOOPBACK_V4 : LOOPBACK_V6,
    0,
    type === TYPE.A ? 4 : 16,
  );
  return true;
}

/** One small record instead of all that the name has (RFC 8482): nobody gains by asking for ANY. */
export function writeAnyAnswer(view: AnswerView, ttl: number): void {
  writeRecord(view.response, TYPE.HINFO, ttl, ANY_DATA, 0, ANY_DATA.length);
}

/** The text at byte `at` of the table, as the answer to a TXT question of class CH. */
export function writeChaosText(view: AnswerView, at: number): void {
  const { bytes } = view.table;
  const { response, query } = view;
  if (query.type !== TYPE.TXT && query.type !== TYPE.ANY) return;
  const start = response.at;
  if (writeRecord(response, TYPE.TXT, 0, bytes, at, bytes[at]! + 1)) writeU16(response.bytes, start + 4, CLASS_CH);
}

function writeRecord(
  response: Response,
  type: number,
  ttl: number,
  data: Uint8Array,
  at: number,
  size: number,
): boolean {
  if (response.at + RECORD_HEAD + size > response.limit) {
    response.truncated = true;
    return false;
  }
  writeRecordHead(response, response.owner, type, ttl);
  const start = response.at;
  writeBytes(response, data, at, size);
  closeData(response, start);
  response.answers++;
  return true;
}
