/**
 * Name entries -> packed nodes, as they lie in the name table (`layout.ts`). May allocate: runs on the control thread,
 * once for each changed name.
 */
import { parseIp } from "./ip_address.ts";
import { DATA_OFFSET, FLAG, NODE, NODE_STEP, SEGMENT_WORDS, TIERED } from "./layout.ts";
import type { Below, NameEntry, NameRecord } from "./name_table.ts";
import { nameToWire } from "./name_text.ts";
import { MAX_MESSAGE, TYPE, writeU16, writeU32 } from "./wire.ts";

/**
 * Most bytes of one record set that are kept: what a TCP message can carry beside the longest question and name.
 * Addresses that are nearest (lowest tier) are kept.
 */
const MAX_SET_BYTES = MAX_MESSAGE - 1024;
/** Bytes of an address record beside its address: pointer to the owner, type, class, TTL, length. */
const RECORD_OVERHEAD = 12;

const BELOW: Readonly<Record<Below, number>> = {
  authoritative: FLAG.BELOW_AUTHORITATIVE,
  relay: FLAG.BELOW_RELAY,
  pending: FLAG.BELOW_PENDING,
};

/** A record set on its way into a node: so many records, their data, and whether it ends with tiers. */
interface PackedSet {
  readonly type: number;
  readonly count: number;
  readonly data: Uint8Array;
  readonly tiered: boolean;
}

/**
 * The node of an entry, still without hash, link and children.
 *
 * @throws Error (one sentence) when the name, a target or an address cannot be written, or the whole is over 256 KiB.
 */
export function packEntry(entry: NameEntry): Int32Array {
  const name = nameToWire(entry.name);
  const sets = packSets(entry);
  const nameWords = (name.length + 3) >> 2;
  let words = NODE.NAME + nameWords + 2 * sets.length;
  const offsets = sets.map((set) => {
    const offset = words;
    words += (set.data.length + 3) >> 2;
    return offset;
  });
  const size = roundUp(words);
  if (size > SEGMENT_WORDS || sets.length > 255) {
    throw new Error(
      `The name '${entry.name}' has more records than fit: ${size * 4} bytes, ${SEGMENT_WORDS * 4} is the most`,
    );
  }
  const node = new Int32Array(size);
  const bytes = new Uint8Array(node.buffer);
  node[NODE.SHAPE] = name.length | (sets.length << 8) | entryFlags(entry);
  node[NODE.SIZE] = size;
  node[NODE.TTL] = clampTtl(entry.ttl);
  bytes.set(name, NODE.NAME * 4);
  sets.forEach((set, i) => {
    const at = NODE.NAME + nameWords + 2 * i;
    node[at] = set.type | (set.count << 16);
    node[at + 1] = (offsets[i]! & DATA_OFFSET) | (set.tiered ? TIERED : 0);
    bytes.set(set.data, offsets[i]! * 4);
  });
  return node;
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

function roundUp(words: number): number {
  return (words + NODE_STEP - 1) & ~(NODE_STEP - 1);
}

/** RFC 2181, 8: 31 bits. */
function clampTtl(seconds: number): number {
  return Math.min(0x7fffffff, Math.max(0, Math.floor(seconds)));
}

function entryFlags(entry: NameEntry): number {
  const has = (type: NameRecord["type"]) => entry.records.some((record) => record.type === type);
  return FLAG.ENTRY | (entry.others === "upstream" ? FLAG.OTHERS_UPSTREAM : 0) | (entry.stale ? FLAG.STALE : 0) |
    (has("SOA") ? FLAG.SOA : 0) | (has("CNAME") ? FLAG.CNAME : 0) | (entry.below ? BELOW[entry.below] : 0);
}

function packSets(entry: NameEntry): PackedSet[] {
  const byType = new Map<NameRecord["type"], NameRecord[]>();
  for (const record of entry.records) {
    const set = byType.get(record.type);
    if (set) set.push(record);
    else byType.set(record.type, [record]);
  }
  return [...byType].map(([type, records]) =>
    type === "A" || type === "AAAA" ? packAddresses(entry.name, type, records) : packOthers(type, records)
  ).filter((set) => set.count > 0);
}

/** Nearest first, no address twice. */
function packAddresses(name: string, type: "A" | "AAAA", records: readonly NameRecord[]): PackedSet {
  const size = type === "A" ? 4 : 16;
  const tiers = new Map<string, { bytes: Uint8Array; tier: number }>();
  for (const record of records) {
    if (record.type !== "A" && record.type !== "AAAA") continue;
    const bytes = parseIp(record.address);
    if (bytes?.length !== size) {
      throw new Error(`The name '${name}' has '${record.address}', which is no ${type} address`);
    }
    const tier = Math.min(255, Math.max(0, record.tier ?? 0));
    const known = tiers.get(bytes.join());
    if (!known || known.tier > tier) tiers.set(bytes.join(), { bytes, tier });
  }
  const most = Math.floor(MAX_SET_BYTES / (size + RECORD_OVERHEAD));
  const kept = [...tiers.values()].sort((a, b) => a.tier - b.tier).slice(0, most);
  const tiered = kept.some(({ tier }) => tier !== kept[0]!.tier);
  const data = new Uint8Array(kept.length * (size + (tiered ? 1 : 0)));
  kept.forEach(({ bytes, tier }, i) => {
    data.set(bytes, i * size);
    if (tiered) data[kept.length * size + i] = tier;
  });
  return { type: TYPE[type], count: kept.length, data, tiered };
}

/** Each record behind its length, in the order given. */
function packOthers(type: NameRecord["type"], records: readonly NameRecord[]): PackedSet {
  const data: number[] = [];
  let count = 0;
  for (const record of records) {
    const bytes = recordData(record);
    if (data.length + bytes.length + 2 + RECORD_OVERHEAD * (count + 1) > MAX_SET_BYTES) break;
    data.push(bytes.length >> 8, bytes.length & 0xff);
    for (const byte of bytes) data.push(byte);
    count++;
  }
  return { type: TYPE[type], count, data: Uint8Array.from(data), tiered: false };
}

/** RDATA, names uncompressed. */
function recordData(record: NameRecord): Uint8Array {
  switch (record.type) {
    case "CNAME":
    case "PTR":
    case "NS":
      return nameToWire(record.target);
    case "SRV": {
      const target = nameToWire(record.target);
      const data = new Uint8Array(6 + target.length);
      writeU16(data, 0, record.priority);
      writeU16(data, 2, record.weight);
      writeU16(data, 4, record.port);
      data.set(target, 6);
      return data;
    }
    case "TXT":
      return concat(record.strings.flatMap(characterStrings));
    case "SOA": {
      const minimum = new Uint8Array(4);
      writeU32(minimum, 0, clampTtl(record.minimum));
      return concat([nameToWire(record.mname), nameToWire(record.rname), minimum]);
    }
    default:
      throw new Error(`Records of type ${record.type} are not packed one by one`);
  }
}

/** A string of any length as character strings of at most 255 bytes (RFC 1035, 3.3). */
function characterStrings(text: string): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += 255) {
    const piece = bytes.subarray(at, at + 255);
    pieces.push(Uint8Array.of(piece.length, ...piece));
  }
  return pieces;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
