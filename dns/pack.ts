/**
 * Name entries -> packed nodes, as they lie in the name table (`layout.ts`). May allocate: runs on the control thread,
 * once for each changed name.
 */
import { parseIp } from "./ip_address.ts";
import { DATA_OFFSET, FLAG, NODE, NODE_STEP, NOT_BELOW, SEGMENT_WORDS, TIERED } from "./layout.ts";
import type { Below, NameEntry, NameRecord } from "./name_table.ts";
import { writeWireName } from "./name_text.ts";
import { MAX_MESSAGE, TYPE, writeU16, writeU32 } from "./wire.ts";

/**
 * Most bytes of one record set that are kept: what a TCP message can carry beside the longest question and name.
 * Addresses that are nearest (lowest tier) are kept.
 */
const MAX_SET_BYTES = MAX_MESSAGE - 1024;
/** Bytes of a record in a message beside its data: pointer to the owner, type, class, TTL, length. */
const RECORD_OVERHEAD = 12;
/** Every type of record there is, each with a full set, and one record too long. */
const SCRATCH_BYTES = 10 * MAX_MESSAGE;

/** Where nodes are put together; the caller copies them out. */
const bytes = new Uint8Array(SCRATCH_BYTES & ~3);
const words = new Int32Array(bytes.buffer);

const BELOW: Readonly<Record<Below, number>> = {
  authoritative: FLAG.BELOW_AUTHORITATIVE,
  relay: FLAG.BELOW_RELAY,
  pending: FLAG.BELOW_PENDING,
};

/**
 * The node of an entry, still without hash, link and children. It is overwritten by the next call.
 *
 * @throws Error (one sentence) when the name, a target or an address cannot be written, or the whole is over 256 KiB.
 */
export function packEntry(entry: NameEntry): Int32Array {
  const nameEnd = writeWireName(entry.name, bytes, NODE.NAME * 4);
  const directory = alignWithZeros(nameEnd) >> 2;
  const types = typesOf(entry.records);
  let at = (directory + 2 * types.length) * 4;
  let sets = 0;
  for (const type of types) {
    const start = at;
    at = type === "A" || type === "AAAA" ? writeAddresses(entry, type, start) : writeOthers(entry, type, start);
    words[directory + 2 * sets] = TYPE[type] | (written << 16);
    words[directory + 2 * sets + 1] = ((start >> 2) & DATA_OFFSET) | (tiered ? TIERED : 0);
    at = alignWithZeros(at);
    sets++;
  }
  const size = roundUp(at >> 2);
  if (size > SEGMENT_WORDS) {
    throw new Error(`The name '${entry.name}' has more records than fit: ${size * 4} bytes of ${SEGMENT_WORDS * 4}`);
  }
  words.fill(0, at >> 2, size);
  words[NODE.HASH] = words[NODE.NEXT] = words[NODE.CHILDREN] = 0;
  words[NODE.SHAPE] = (nameEnd - NODE.NAME * 4) | (sets << 8) | entryFlags(entry, types);
  words[NODE.SIZE] = size;
  words[NODE.TTL] = clampTtl(entry.ttl);
  return words.subarray(0, size);
}

/** A node without an entry: an empty non-terminal, or a name that only the rules mark. */
export function packBareNode(name: Uint8Array, length: number): Int32Array {
  const size = roundUp(NODE.NAME + ((length + 3) >> 2));
  const node = new Int32Array(size);
  node[NODE.SHAPE] = length;
  node[NODE.SIZE] = size;
  new Uint8Array(node.buffer).set(name.subarray(0, length), NODE.NAME * 4);
  return node;
}

function roundUp(count: number): number {
  return (count + NODE_STEP - 1) & ~(NODE_STEP - 1);
}

/** Zeros up to the next whole word. */
function alignWithZeros(at: number): number {
  while ((at & 3) !== 0) bytes[at++] = 0;
  return at;
}

/** RFC 2181, 8: 31 bits. */
function clampTtl(seconds: number): number {
  return Math.min(0x7fffffff, Math.max(0, Math.floor(seconds)));
}

/** The types of records there are, each once, in the order in which they come. */
function typesOf(records: readonly NameRecord[]): NameRecord["type"][] {
  const types: NameRecord["type"][] = [];
  for (const { type } of records) if (!types.includes(type)) types.push(type);
  return types;
}

function entryFlags(entry: NameEntry, types: readonly NameRecord["type"][]): number {
  return FLAG.ENTRY | (entry.others === "upstream" ? FLAG.OTHERS_UPSTREAM : 0) | (entry.stale ? FLAG.STALE : 0) |
    (types.includes("SOA") ? FLAG.SOA : 0) | (types.includes("CNAME") ? FLAG.CNAME : 0) |
    (entry.below ? BELOW[entry.below] : 0);
}

/** What the writing of a set leaves beside its end: how many records, and whether they end with tiers. */
let written = 0;
let tiered = false;

type AddressRecord = Extract<NameRecord, { type: "A" | "AAAA" }>;

/** Nearest first, no address twice; returns where they end. */
function writeAddresses(entry: NameEntry, type: "A" | "AAAA", at: number): number {
  const size = type === "A" ? 4 : 16;
  const most = Math.floor(MAX_SET_BYTES / (size + RECORD_OVERHEAD));
  const records = nearestFirst(entry.records.filter((record): record is AddressRecord => record.type === type));
  const known = new Set<string>();
  const tiers: number[] = [];
  for (const record of records) {
    const { address } = record;
    if (known.has(address) || tiers.length === most) continue;
    known.add(address);
    if (type !== "A" || !writeIpv4(address, at)) writeIp(entry.name, type, address, size, at);
    at += size;
    tiers.push(tierOf(record));
  }
  written = tiers.length;
  tiered = tiers.at(-1) !== tiers[0];
  if (tiered) { for (const tier of tiers) bytes[at++] = tier; }
  return at;
}

function nearestFirst(records: AddressRecord[]): AddressRecord[] {
  return records.some((record) => record.tier) ? records.sort((one, other) => tierOf(one) - tierOf(other)) : records;
}

function tierOf({ tier = 0 }: AddressRecord): number {
  return Math.min(255, Math.max(0, tier));
}

/** Writes the plain form `a.b.c.d`; false when it is something else. */
function writeIpv4(text: string, at: number): boolean {
  let part = 0;
  let value = -1;
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? 0x2e : text.charCodeAt(i);
    if (code === 0x2e) {
      if (value < 0 || part === 4) return false;
      bytes[at + part++] = value;
      value = -1;
    } else {
      if (code < 0x30 || code > 0x39 || value === 0) return false;
      value = (value < 0 ? 0 : value * 10) + code - 0x30;
      if (value > 255) return false;
    }
  }
  return part === 4;
}

function writeIp(name: string, type: "A" | "AAAA", address: string, size: number, at: number): void {
  const parsed = parseIp(address);
  if (parsed?.length !== size) throw new Error(`The name '${name}' has '${address}', which is no ${type} address`);
  bytes.set(parsed, at);
}

/** Each record of a type behind its length, in the order given; returns where they end. */
function writeOthers(entry: NameEntry, type: NameRecord["type"], at: number): number {
  const start = at;
  tiered = false;
  written = 0;
  for (const record of entry.records) {
    if (record.type !== type) continue;
    const end = writeData(record, at + 2);
    if (end - start + RECORD_OVERHEAD * (written + 1) > MAX_SET_BYTES) break;
    writeU16(bytes, at, end - at - 2);
    at = end;
    written++;
  }
  return at;
}

/** RDATA at `at`, names uncompressed; returns where it ends. */
function writeData(record: NameRecord, at: number): number {
  switch (record.type) {
    case "CNAME":
    case "PTR":
    case "NS":
      return writeWireName(record.target, bytes, at);
    case "SRV":
      writeU16(bytes, at, record.priority);
      writeU16(bytes, at + 2, record.weight);
      writeU16(bytes, at + 4, record.port);
      return writeWireName(record.target, bytes, at + 6);
    case "TXT":
      return writeTexts(record.strings, at);
    case "SOA": {
      const mname = at + 2;
      const rname = writeWireName(record.mname, bytes, mname);
      const end = writeWireName(record.rname, bytes, rname);
      bytes[at] = lengthBeforeApex(mname, rname);
      bytes[at + 1] = lengthBeforeApex(rname, end);
      writeU32(bytes, end, clampTtl(record.minimum));
      return end + 4;
    }
    default:
      throw new Error(`Records of type ${record.type} are not written one by one`);
  }
}

/** How many bytes of the name from `at` to `end` come before the name of the node at hand; `NOT_BELOW` if it is not below. */
function lengthBeforeApex(at: number, end: number): number {
  const apex = NODE.NAME * 4;
  let length = 0;
  while (bytes[apex + length] !== 0) length += bytes[apex + length]! + 1;
  const start = end - length - 1;
  for (let label = at; label <= start; label += bytes[label]! + 1) {
    if (label < start) continue;
    let same = 0;
    while (same <= length && bytes[start + same] === bytes[apex + same]) same++;
    return same > length ? start - at : NOT_BELOW;
  }
  return NOT_BELOW;
}

/** Strings of any length as character strings of at most 255 bytes (RFC 1035, 3.3), as far as one record goes. */
function writeTexts(texts: readonly string[], at: number): number {
  const start = at;
  for (const text of texts) {
    const encoded = new TextEncoder().encode(text);
    for (let from = 0; from === 0 || from < encoded.length; from += 255) {
      const piece = encoded.subarray(from, from + 255);
      if (at + 1 + piece.length - start > MAX_SET_BYTES - RECORD_OVERHEAD) return at;
      bytes[at] = piece.length;
      bytes.set(piece, at + 1);
      at += 1 + piece.length;
    }
  }
  return at;
}
