/**
 * The questions we ask upstream, and which packets count as replies to them. An OPT record is hop by hop (RFC 6891):
 * ours says 1232 bytes and carries our loop mark; nothing of the client's (cookie, ECS, NSID) goes along but DO and CD.
 */

/** Packed as `answer` leaves it: type (2 bytes), flags, a reserved byte, the name in wire form. Equal ones are equal bytes. */
export type UpstreamQuestion = Uint8Array;
const QUESTION_FLAGS = { dnssecOk: 1, checkingDisabled: 2 } as const;
const NAME_OFFSET = 4;
const CLASS_IN = 1;

/** 1280 (IPv6's least MTU) - 48 (IPv6 and UDP headers): never fragmented (DNS flag day 2020). */
export const UPSTREAM_UDP_SIZE = 1232;
const HEADER = 12;
const OPT = 41;
/** RFC 6891, 9: 65001 to 65534 are for local use. */
export const LOOP_MARK_OPTION = 65077;

const PADDING_OPTION = 12;
/** RFC 8467, 4.1: encrypted queries are a multiple of this long, so that their length does not give the name away. */
const PADDED_TO = 128;

/** What goes into the OPT record of a query. */
export interface QueryOptions {
  /** By which we know it when it comes back. */
  readonly mark: Uint8Array;
  /** For queries that travel encrypted. */
  readonly padded: boolean;
}

/**
 * A query with RD and AD set: AD asks that the reply's AD bit be meaningful (RFC 6840, 5.7). Without `options` it has no
 * OPT record, for servers that do not know it.
 */
export function composeQuery(question: UpstreamQuestion, id: number, options: QueryOptions | undefined): Uint8Array {
  const flags = question[2]!;
  const end = HEADER + question.length - NAME_OFFSET + 4;
  const data = options ? optionData(options, end + 11) : new Uint8Array(0);
  const packet = new Uint8Array(end + (options ? 11 + data.length : 0));
  const view = new DataView(packet.buffer);
  view.setUint16(0, id);
  view.setUint16(2, 0x0120 | (flags & QUESTION_FLAGS.checkingDisabled ? 0x10 : 0));
  view.setUint16(4, 1);
  packet.set(question.subarray(NAME_OFFSET), HEADER);
  view.setUint16(end - 4, question[0]! << 8 | question[1]!);
  view.setUint16(end - 2, CLASS_IN);
  if (!options) return packet;
  view.setUint16(10, 1);
  view.setUint16(end + 1, OPT);
  view.setUint16(end + 3, UPSTREAM_UDP_SIZE);
  view.setUint16(end + 7, flags & QUESTION_FLAGS.dnssecOk ? 0x8000 : 0);
  view.setUint16(end + 9, data.length);
  packet.set(data, end + 11);
  return packet;
}

/** The options of an OPT record that begin at `at` of the packet. */
function optionData({ mark, padded }: QueryOptions, at: number): Uint8Array {
  const marked = 4 + mark.length;
  const length = padded ? Math.ceil((at + marked + 4) / PADDED_TO) * PADDED_TO - at : marked;
  const data = new Uint8Array(length);
  const view = new DataView(data.buffer);
  view.setUint16(0, LOOP_MARK_OPTION);
  view.setUint16(2, mark.length);
  data.set(mark, 4);
  if (padded) {
    view.setUint16(marked, PADDING_OPTION);
    view.setUint16(marked + 2, length - marked - 4);
  }
  return data;
}

/** Why a packet is not the reply to a query of ours: such packets are ignored and counted (RFC 5452, 9.1). */
export type ReplyFault = "short" | "id" | "direction" | "question";

/** Judges `reply` as the reply to `query`, a packet of `composeQuery` or a client's own; undefined when it is one. */
export function replyFault(query: Uint8Array, reply: Uint8Array): ReplyFault | undefined {
  if (reply.length < HEADER) return "short";
  if (reply[0] !== query[0] || reply[1] !== query[1]) return "id";
  // QR set, and the same opcode.
  if ((reply[2]! & 0x80) === 0 || ((reply[2]! ^ query[2]!) & 0x78) !== 0) return "direction";
  const questions = reply[4]! << 8 | reply[5]!;
  // Servers that fail early leave the question out; nothing but the failure is taken from that.
  if (questions === 0 && rcodeOf(reply) !== 0) return undefined;
  if (questions !== 1) return "question";
  const end = questionEnd(query);
  if (reply.length < end) return "question";
  for (let i = HEADER; i < end; i++) if (lower(reply[i]!) !== lower(query[i]!)) return "question";
  return undefined;
}

/** As `replyFault`, for a client's own packet that we only carry: id, direction and opcode must fit. */
export function relayedReplyFault(query: Uint8Array, reply: Uint8Array): ReplyFault | undefined {
  if (reply.length < HEADER) return "short";
  if (reply[0] !== query[0] || reply[1] !== query[1]) return "id";
  return (reply[2]! & 0x80) === 0 || ((reply[2]! ^ query[2]!) & 0x78) !== 0 ? "direction" : undefined;
}

/** Where the one question of a well-formed query ends. */
function questionEnd(query: Uint8Array): number {
  let at = HEADER;
  while (at < query.length && query[at] !== 0) at += query[at]! + 1;
  return at + 5;
}

function lower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

/** The lower four bits of the response code. */
export function rcodeOf(packet: Uint8Array): number {
  return packet[3]! & 15;
}

const RCODE_NAMES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN"];

/** The response code in words. */
export function rcodeName(packet: Uint8Array): string {
  return RCODE_NAMES[rcodeOf(packet)] ?? `RCODE${rcodeOf(packet)}`;
}

/** Whether the reply says something of the name (NOERROR, NXDOMAIN), rather than of the server. */
export function isConclusive(packet: Uint8Array): boolean {
  return rcodeOf(packet) === 0 || rcodeOf(packet) === 3;
}

/** Whether the server did not understand the query: FORMERR or NOTIMP, as one without EDNS says (RFC 6891, 7). */
export function isNotUnderstood(packet: Uint8Array): boolean {
  return rcodeOf(packet) === 1 || rcodeOf(packet) === 4;
}

/** Whether TC is set: more than fitted. */
export function isTruncated(packet: Uint8Array): boolean {
  return (packet[2]! & 2) !== 0;
}
