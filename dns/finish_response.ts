/** The end of every response: the OPT record with what the client is told beside the answer, then header and counts. */
import type { AnswerView } from "./answer_view.ts";
import { writeCookie } from "./cookie.ts";
import { COPY, RULE } from "./layout.ts";
import { EDE, OPTION, TYPE, writeU16, writeU32 } from "./wire.ts";

/** OPT without options: root, type, size, flags, length. */
const OPT_BYTES = 11;
/** Client and server cookie behind an option's head (RFC 9018, 4). */
const COOKIE_BYTES = 4 + 24;
/** How long a TCP connection may stay idle, in units of 100 ms (RFC 7828): 10 s. */
const KEEPALIVE_BYTES = 4 + 2;
const KEEPALIVE_UNITS = 100;
/** An extended error without text. */
const EDE_BYTES = 4 + 2;

/** Bytes that the OPT record of the response at hand takes, room for an extended error without text included. */
export function optBytes(view: AnswerView, overTcp: boolean): number {
  const { query } = view;
  if (!query.hasOpt) return 0;
  return OPT_BYTES + EDE_BYTES + (givesCookie(view) ? COOKIE_BYTES : 0) +
    (overTcp && query.asksKeepalive ? KEEPALIVE_BYTES : 0);
}

/**
 * Closes the response; `response.limit` may be raised to the whole size by then. Returns its length.
 *
 * @param authoritative AA: the mesh answered. @param authentic AD: upstream said so, and the client asked.
 */
export function finishResponse(
  view: AnswerView,
  rcode: number,
  authoritative: boolean,
  authentic: boolean,
  overTcp: boolean,
  most: number,
): number {
  const { response, query } = view;
  const { bytes } = response;
  if (query.hasOpt) {
    writeOpt(view, rcode, overTcp, most);
    response.additionals++;
  }
  const asked = query.bytes;
  // QR; opcode and RD as they came; AA; TC.
  bytes[2] = 0x80 | (asked[2]! & 0x79) | (authoritative ? 4 : 0) | (response.truncated ? 2 : 0);
  // RA; CD as it came; AD.
  bytes[3] = 0x80 | (asked[3]! & 0x10) | (authentic ? 0x20 : 0) | (rcode & 15);
  writeU16(bytes, 4, response.start > 12 ? 1 : 0);
  writeU16(bytes, 6, response.answers);
  writeU16(bytes, 8, response.authorities);
  writeU16(bytes, 10, response.additionals);
  view.rcode = rcode;
  return response.at;
}

function writeOpt(view: AnswerView, rcode: number, overTcp: boolean, most: number): void {
  const { response, query } = view;
  const { bytes } = response;
  const start = response.at;
  bytes[start] = 0;
  writeU16(bytes, start + 1, TYPE.OPT);
  writeU16(bytes, start + 3, view.table.words[COPY.RULES + RULE.MAX_UDP]! || 1232);
  // Extended response code, version 0, DO as it came.
  writeU32(bytes, start + 5, ((rcode >>> 4) << 24) | (query.dnssecOk ? 0x8000 : 0));
  response.at = start + OPT_BYTES;
  if (givesCookie(view)) {
    writeU16(bytes, response.at, OPTION.COOKIE);
    writeU16(bytes, response.at + 2, COOKIE_BYTES - 4);
    writeCookie(view, response.at + 4);
    response.at += COOKIE_BYTES;
  }
  if (overTcp && query.asksKeepalive) {
    writeU16(bytes, response.at, OPTION.KEEPALIVE);
    writeU16(bytes, response.at + 2, 2);
    writeU16(bytes, response.at + 4, KEEPALIVE_UNITS);
    response.at += KEEPALIVE_BYTES;
  }
  if (view.ede !== EDE.NONE) writeEde(view, most);
  writeU16(bytes, start + 9, response.at - start - OPT_BYTES);
}

/** RFC 8914, 2: the code, and the text where there is room for it. */
function writeEde(view: AnswerView, most: number): void {
  const { response, edeText } = view;
  const { bytes, at } = response;
  const size = at + EDE_BYTES + edeText.length <= most ? edeText.length : 0;
  writeU16(bytes, at, OPTION.EDE);
  writeU16(bytes, at + 2, 2 + size);
  writeU16(bytes, at + 4, view.ede);
  for (let i = 0; i < size; i++) bytes[at + 6 + i] = edeText[i]!;
  response.at = at + EDE_BYTES + size;
}

function givesCookie(view: AnswerView): boolean {
  return view.query.cookieAt !== 0 && view.table.words[COPY.RULES + RULE.COOKIES] === 1;
}
