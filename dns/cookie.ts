/** Server cookies (RFC 9018): a keyed hash over the client's cookie, the time and who it is. Kept by nobody. */
import type { AnswerView } from "./answer_view.ts";
import { COPY, RULE } from "./layout.ts";
import { readU32, writeU32 } from "./wire.ts";

/** Version 1, reserved zeros (RFC 9018, 4.1 and 4.2). */
const VERSION = 0x01000000;
/** Where the digest of the client's address lies in the client bits. */
const CLIENT_SHIFT = 8;

/** SipHash's four words of 64 bits as pairs of 32 (low, high), and two pairs of scratch. */
const state = new Uint32Array(8);

/**
 * Writes client and server cookie, 24 bytes, at `at` of the response. We ask for no cookie and check none: a client
 * that sees its own come back knows that nobody else answered it.
 */
export function writeCookie(view: AnswerView, at: number): void {
  const { query, response } = view;
  const { bytes } = response;
  for (let i = 0; i < 8; i++) bytes[at + i] = query.bytes[query.cookieAt + i]!;
  writeU32(bytes, at + 8, VERSION);
  writeU32(bytes, at + 12, Math.floor(view.now[0]! / 1000));
  const secret = COPY.RULES + RULE.SECRET;
  const { words } = view.table;
  begin(words[secret]!, words[secret + 1]!, words[secret + 2]!, words[secret + 3]!);
  absorb(swap(readU32(bytes, at)), swap(readU32(bytes, at + 4)));
  absorb(swap(readU32(bytes, at + 8)), swap(readU32(bytes, at + 12)));
  // The client's address, digested by the server to 24 bits, and the length of all.
  absorb(view.client >>> CLIENT_SHIFT, 20 << 24);
  state[4]! ^= 0xff;
  for (let i = 0; i < 4; i++) round();
  writeU32(bytes, at + 16, swap(state[0]! ^ state[2]! ^ state[4]! ^ state[6]!));
  writeU32(bytes, at + 20, swap(state[1]! ^ state[3]! ^ state[5]! ^ state[7]!));
}

/** SipHash-2-4 (Aumasson, Bernstein 2012). */
function begin(k0: number, k1: number, k2: number, k3: number): void {
  state[0] = k0 ^ 0x70736575;
  state[1] = k1 ^ 0x736f6d65;
  state[2] = k2 ^ 0x6e646f6d;
  state[3] = k3 ^ 0x646f7261;
  state[4] = k0 ^ 0x6e657261;
  state[5] = k1 ^ 0x6c796765;
  state[6] = k2 ^ 0x79746573;
  state[7] = k3 ^ 0x74656462;
}

function absorb(low: number, high: number): void {
  state[6]! ^= low;
  state[7]! ^= high;
  round();
  round();
  state[0]! ^= low;
  state[1]! ^= high;
}

function round(): void {
  add(0, 2);
  rotate(2, 13);
  mix(2, 0);
  rotate(0, 32);
  add(4, 6);
  rotate(6, 16);
  mix(6, 4);
  add(0, 6);
  rotate(6, 21);
  mix(6, 0);
  add(4, 2);
  rotate(2, 17);
  mix(2, 4);
  rotate(4, 32);
}

function add(to: number, from: number): void {
  const low = state[to]! + state[from]!;
  state[to + 1] = state[to + 1]! + state[from + 1]! + (low > 0xffffffff ? 1 : 0);
  state[to] = low;
}

function mix(to: number, from: number): void {
  state[to]! ^= state[from]!;
  state[to + 1]! ^= state[from + 1]!;
}

function rotate(at: number, bits: number): void {
  const low = state[at]!;
  const high = state[at + 1]!;
  if (bits === 32) {
    state[at] = high;
    state[at + 1] = low;
    return;
  }
  state[at] = (low << bits) | (high >>> (32 - bits));
  state[at + 1] = (high << bits) | (low >>> (32 - bits));
}

function swap(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
