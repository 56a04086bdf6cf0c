/**
 * The numbers of the DNS protocol, and the three ways to walk over a name that others wrote. Buffers come from the
 * caller and nothing is allocated: numbers in, numbers out, and `-1` for what does not parse.
 */

/** Bytes before the first question (RFC 1035, 4.1.1). */
export const HEADER = 12;
/** Longest name in wire form, with the root label (RFC 1035, 3.1). */
export const MAX_NAME = 255;
export const MAX_LABEL = 63;
/** Most labels that fit: 127 of one byte, each with its length byte, and the root. */
export const MAX_LABELS = 127;
/** Longest message over TCP, without its two length bytes (RFC 1035, 4.2.2). */
export const MAX_MESSAGE = 65_535;
/** What a client without EDNS can take over UDP (RFC 1035, 4.2.1). */
export const PLAIN_UDP = 512;

export const CLASS_IN = 1;
export const CLASS_CH = 3;

/** Types that some rule names (IANA DNS parameters). */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  SIG: 24,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  SVCB: 64,
  HTTPS: 65,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const;

export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  /** Extended: its upper eight bits travel in the OPT record (RFC 6891, 9). */
  BADVERS: 16,
} as const;

/** Extended DNS errors that we give (RFC 8914, 4). */
export const EDE = {
  NONE: -1,
  OTHER: 0,
  STALE_ANSWER: 3,
  CACHED_ERROR: 13,
  NOT_READY: 14,
  PROHIBITED: 18,
  STALE_NXDOMAIN: 19,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
} as const;

/** EDNS options that we read (RFC 7873, RFC 7828, RFC 8914). */
export const OPTION = { COOKIE: 10, KEEPALIVE: 11, EDE: 15 } as const;

/** Two bytes in network order; the caller has checked that they are there. */
export function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** Four bytes in network order, unsigned. */
export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/**
 * Where the name that begins at `at` ends within the message (behind its root label or its pointer), or -1 when it
 * runs out of the message or uses a label type that does not exist. Pointers are not followed.
 */
export function skipName(bytes: Uint8Array, at: number, length: number): number {
  while (at < length) {
    const label = bytes[at]!;
    if (label === 0) return at + 1;
    if (label >= 0xc0) return at + 2 <= length ? at + 2 : -1;
    if (label > MAX_LABEL) return -1;
    at += label + 1;
  }
  return -1;
}

/**
 * Writes the name at `at` of a message into `into` at `start`, uncompressed and with its case, and returns its length;
 * -1 when it does not parse. A pointer must point before the label run it ends (so that loops cannot be, RFC 1035,
 * 4.1.4).
 */
export function expandName(bytes: Uint8Array, at: number, length: number, into: Uint8Array, start: number): number {
  let size = 0;
  let floor = at;
  while (at < length) {
    const label = bytes[at]!;
    if (label === 0) {
      into[start + size] = 0;
      return size + 1;
    }
    if (label >= 0xc0) {
      if (at + 1 >= length) return -1;
      const target = ((label & 0x3f) << 8) | bytes[at + 1]!;
      if (target >= floor || target < HEADER) return -1;
      at = floor = target;
      continue;
    }
    if (label > MAX_LABEL || at + 1 + label > length || size + label + 2 > MAX_NAME) return -1;
    for (let i = 0; i <= label; i++) into[start + size + i] = bytes[at + i]!;
    size += label + 1;
    at += label + 1;
  }
  return -1;
}

/** The byte in lower case, if it is an ASCII letter (names compare so: RFC 4343). Length bytes (0-63) are unchanged. */
export function lowerByte(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}
