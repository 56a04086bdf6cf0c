/** The end of every response: the OPT record with what the client is told beside the answer, then header and counts. */
import { type AnswerView, NO_TEXT, SOURCE } from "./answer_view.ts";
import { DEFAULT_MAX_UDP } from "./answer_rules.ts";
import { TCP } from "./client_bits.ts";
import { writeCookie } from "./cookie.ts";
import { COPY, RULE } from "./layout.ts";
import { rewind } from "./response.ts";
import { EDE, HEADER, MAX_MESSAGE, OPTION, RCODE, TYPE, writeU16, writeU32 } from "./wire.ts";

/** OPT without options: root, type, size, flags, length. */
const OPT_BYTES = 11;
/** Client and server cookie behind an option's head (RFC 9018, 4). */
const COOKIE_BYTES = 4 + 24;
/** How long a TCP connection may stay idle, in units of 100 ms (RFC 7828): 10 s. */
const KEEPALIVE_BYTES = 4 + 2;
const KEEPALIVE_UNITS = 100;
/** An extended error without text. */
const EDE_BYTES = 4 + 2;

/** Most bytes of the response in `out`: what client, transport and rules allow. */
export function mostBytes(view: AnswerView, out: Uint8Array): number {
  if (isTcp(view)) return Math.min(out.length, MAX_MESSAGE);
  return Math.min(out.length, view.query.udpSize, ourSize(view));
}

/** Bytes that the OPT record of the response at hand takes, room for an extended error without text included. */
export function optBytes(view: AnswerView): number {
  if (!view.query.hasOpt) return 0;
  return OPT_BYTES + EDE_BYTES + (givesCookie(view) ? COOKIE_BYTES : 0) + (givesKeepalive(view) ? KEEPALIVE_BYTES : 0);
}

/** Ends a response without records: REFUSED. @param reason one of `REASON`. @param ede extended error with its text. */
export function refuse(view: AnswerView, reason: number, ede: number, text: Uint8Array): number {
  view.reason = reason;
  view.source = SOURCE.REFUSED;
  return fail(view, RCODE.REFUSED, ede, text);
}

/** Ends a response without records. */
export function fail(view: AnswerView, rcode: number, ede: number, text: Uint8Array = NO_TEXT): number {
  rewind(view.response);
  view.ede = ede;
  view.edeText = text;
  return finish(view, rcode, false);
}

/**
 * Ends the response and returns its length.
 *
 * @param authoritative AA: the mesh answered. @param authentic AD: upstream said so, and the client asked.
 */
export function finish(view: AnswerView, rcode: number, authoritative: boolean, authentic = false): number {
  const { response, query } = view;
  const { bytes } = response;
  if (query.hasOpt) {
    writeOpt(view, rcode);
    response.additionals++;
  }
  const asked = query.bytes;
  // QR; opcode and RD as they came; AA; TC.
  bytes[2] = 0x80 | (asked[2]! & 0x79) | (authoritative ? 4 : 0) | (response.truncated ? 2 : 0);
  // RA; CD as it came; AD.
  bytes[3] = 0x80 | (asked[3]! & 0x10) | (authentic ? 0x20 : 0) | (rcode & 15);
  writeU16(bytes, 4, response.start > HEADER ? 1 : 0);
  writeU16(bytes, 6, response.answers);
  writeU16(bytes, 8, response.authorities);
  writeU16(bytes, 10, response.additionals);
  view.rcode = rcode;
  return response.at;
}

function writeOpt(view: AnswerView, rcode: number): void {
  const { response, query } = view;
  const { bytes } = response;
  const start = response.at;
  bytes[start] = 0;
  writeU16(bytes, start + 1, TYPE.OPT);
  writeU16(bytes, start + 3, ourSize(view));
  // Extended response code, version 0, DO as it came.
  writeU32(bytes, start + 5, ((rcode >>> 4) << 24) | (query.dnssecOk ? 0x8000 : 0));
  response.at = start + OPT_BYTES;
  if (givesCookie(view)) {
    writeOption(view, OPTION.COOKIE, COOKIE_BYTES - 4);
    writeCookie(view, response.at);
    response.at += COOKIE_BYTES - 4;
  }
  if (givesKeepalive(view)) {
    writeOption(view, OPTION.KEEPALIVE, KEEPALIVE_BYTES - 4);
    writeU16(bytes, response.at, KEEPALIVE_UNITS);
    response.at += KEEPALIVE_BYTES - 4;
  }
  if (view.ede !== EDE.NONE) writeEde(view);
  writeU16(bytes, start + 9, response.at - start - OPT_BYTES);
}

function writeOption(view: AnswerView, option: number, size: number): void {
  const { response } = view;
  writeU16(response.bytes, response.at, option);
  writeU16(response.bytes, response.at + 2, size);
  response.at += 4;
}

/** RFC 8914, 2: the code, and the text where there is room for it. */
function writeEde(view: AnswerView): void {
  const { response, edeText } = view;
  const { bytes } = response;
  const fits = response.at + EDE_BYTES + edeText.length <= mostBytes(view, bytes);
  const size = fits ? edeText.length : 0;
  writeOption(view, OPTION.EDE, 2 + size);
  writeU16(bytes, response.at, view.ede);
  for (let i = 0; i < size; i++) bytes[response.at + 2 + i] = edeText[i]!;
  response.at += 2 + size;
}

function givesCookie(view: AnswerView): boolean {
  return view.query.cookieAt !== 0 && view.table.words[COPY.RULES + RULE.COOKIES] === 1;
}

function givesKeepalive(view: AnswerView): boolean {
  return view.query.asksKeepalive && isTcp(view);
}

function isTcp(view: AnswerView): boolean {
  return (view.client & TCP) !== 0;
}

/** Most bytes that we send over UDP, and take. */
function ourSize(view: AnswerView): number {
  return view.table.words[COPY.RULES + RULE.MAX_UDP]! || DEFAULT_MAX_UDP;
}
