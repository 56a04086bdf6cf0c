/**
 * A small world for tests of the bytes side: a name table, a cache, upstream replies by hand, and questions asked and
 * answers read with `dns-packet`, which knows nothing of our code.
 */
import { type Answer, decode, encode, type Packet, type Question, type RecordType } from "dns-packet";
import { acceptFailure, acceptReply, type Verdict } from "../../dns/accept_reply.ts";
import { ALLOWED, answer, MISS, UPSTREAM_DONE } from "../../dns/answer.ts";
import type { AnswerRules } from "../../dns/answer_rules.ts";
import { AnswerView } from "../../dns/answer_view.ts";
import type { NameEntry, NameRecord } from "../../dns/name_table.ts";
import { nameToWire, wireToName } from "../../dns/name_text.ts";
import { type CacheSettings, createCache, DEFAULT_CACHE } from "../../dns/shared_cache.ts";
import { TableWriter } from "../../dns/shared_table.ts";
import { createTable } from "../../dns/table_memory.ts";

export const RULES: AnswerRules = {
  shortNames: "fallback",
  aliases: "direct",
  search: ["corp.example"],
  namespace: "default",
  domains: ["cluster.local"],
  negativeTtl: 5000,
  zones: [],
  own: [],
  version: "moorline test",
  id: "vm-1",
};

export const START = Date.UTC(2026, 0, 1);

export function entry(name: string, records: readonly NameRecord[], more: Partial<NameEntry> = {}): NameEntry {
  return { name, ttl: 30, records, others: "nodata", ...more };
}

export function a(...addresses: string[]): NameRecord[] {
  return addresses.map((address) => ({ type: address.includes(":") ? "AAAA" : "A", address }));
}

/** The apex of a cluster's domain, as the mesh builds it. */
export function apex(domain = "cluster.local"): NameEntry {
  return entry(domain, [
    { type: "SOA", mname: `ns.dns.${domain}`, rname: `hostmaster.${domain}`, minimum: 5 },
    { type: "NS", target: `ns.dns.${domain}` },
  ], { below: "authoritative" });
}

/** What a question may say beside name and type. */
export interface Asking {
  readonly id?: number;
  readonly rd?: boolean;
  readonly ad?: boolean;
  readonly cd?: boolean;
  readonly class?: string;
  /** UDP size of the OPT record; without it (and `options`) there is none. */
  readonly edns?: number;
  readonly dnssecOk?: boolean;
  readonly version?: number;
  readonly options?: readonly { code: number; data: Uint8Array }[];
}

/** A query as bytes; written by hand, so that class, bits and options can be anything. */
export function query(name: string, type: string | number, asking: Asking = {}): Uint8Array {
  const wire = Uint8Array.from(mixedCaseWire(name));
  const hasOpt = asking.edns !== undefined || asking.options !== undefined || asking.dnssecOk === true;
  const options = (asking.options ?? []).flatMap(({ code, data }) => [...u16(code), ...u16(data.length), ...data]);
  const flags2 = (asking.rd ?? true) ? 1 : 0;
  const flags3 = (asking.ad ? 0x20 : 0) | (asking.cd ? 0x10 : 0);
  const opt = hasOpt
    ? [
      0,
      ...u16(41),
      ...u16(asking.edns ?? 1232),
      0,
      asking.version ?? 0,
      asking.dnssecOk ? 0x80 : 0,
      0,
      ...u16(options.length),
      ...options,
    ]
    : [];
  return Uint8Array.from([
    ...u16(asking.id ?? 0x1234),
    flags2,
    flags3,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    hasOpt ? 1 : 0,
    ...wire,
    ...u16(typeNumber(type)),
    ...u16({ IN: 1, CH: 3, HS: 4, ANY: 255 }[asking.class ?? "IN"]!),
    ...opt,
  ]);
}

/** As `nameToWire`, keeping case. */
function mixedCaseWire(name: string): Uint8Array {
  const wire = nameToWire(name);
  const letters = name === "." ? "" : name.replace(/\.$/, "");
  for (let i = 0; i < letters.length; i++) if (letters[i] !== ".") wire[i + 1] = letters.charCodeAt(i);
  return wire;
}

export function u16(value: number): [number, number] {
  return [value >> 8, value & 0xff];
}

/** Types that `dns-packet` has no name for. */
const LATE_TYPES: Record<string, number> = { SVCB: 64, HTTPS: 65, TKEY: 249, TSIG: 250 };

export function typeNumber(type: string | number): number {
  if (typeof type === "number") return type;
  if (type in LATE_TYPES) return LATE_TYPES[type]!;
  const packet = encode({ type: "query", questions: [{ name: "x", type: type as RecordType }] });
  return (packet[packet.length - 4]! << 8) | packet[packet.length - 3]!;
}

/** A decoded answer, with what `dns-packet` does not say. */
export interface Reply extends Packet {
  readonly bytes: Uint8Array;
  readonly aa: boolean;
  readonly tc: boolean;
  readonly rd: boolean;
  readonly ra: boolean;
  readonly ad: boolean;
  readonly cd: boolean;
  /** The lower four bits, with the extended ones of OPT. */
  readonly rcode: number;
  readonly answers: Answer[];
  readonly authorities: Answer[];
  readonly additionals: Answer[];
  readonly opt:
    | { readonly size: number; readonly dnssecOk: boolean; readonly options: Map<number, Uint8Array> }
    | undefined;
  /** Codes of extended errors. */
  readonly ede: number[];
}

/** How `dns-packet` gives an OPT record. */
interface OptRecord {
  readonly udpPayloadSize: number;
  readonly extendedRcode: number;
  readonly flag_do: boolean;
  readonly options: readonly { readonly code: number; readonly data?: Uint8Array }[];
}

export function read(bytes: Uint8Array): Reply {
  const packet = decode(Buffer.from(bytes)) as Packet & {
    answers: Answer[];
    authorities: Answer[];
    additionals: Answer[];
  };
  const raw = packet.additionals.find((record) => record.type === "OPT") as unknown as OptRecord | undefined;
  const options = new Map<number, Uint8Array>();
  for (const option of raw?.options ?? []) options.set(option.code, new Uint8Array(option.data ?? []));
  const ede = options.get(15);
  return {
    ...packet,
    bytes,
    aa: (bytes[2]! & 4) !== 0,
    tc: (bytes[2]! & 2) !== 0,
    rd: (bytes[2]! & 1) !== 0,
    ra: (bytes[3]! & 0x80) !== 0,
    ad: (bytes[3]! & 0x20) !== 0,
    cd: (bytes[3]! & 0x10) !== 0,
    rcode: (bytes[3]! & 15) | ((raw?.extendedRcode ?? 0) << 4),
    additionals: packet.additionals.filter((record) => record.type !== "OPT"),
    opt: raw && { size: raw.udpPayloadSize, dnssecOk: raw.flag_do, options },
    ede: ede ? [(ede[0]! << 8) | ede[1]!] : [],
  };
}

export class World {
  readonly table: SharedArrayBuffer;
  readonly cache: SharedArrayBuffer;
  readonly writer: TableWriter;
  readonly view: AnswerView;
  readonly out = new Uint8Array(65_535);
  readonly refused: string[] = [];
  now = START;
  random = 0x2545f491;

  constructor(
    entries: readonly NameEntry[] = [],
    rules: Partial<AnswerRules> = {},
    cache: Partial<CacheSettings> = {},
  ) {
    this.table = createTable({ bytes: 8 << 20, seed: 7, serial: 100 });
    this.cache = createCache({ ...DEFAULT_CACHE, entries: 1024, ...cache });
    this.writer = new TableWriter(this.table, { onRefused: (name, reason) => this.refused.push(`${name}: ${reason}`) });
    this.writer.setRules({ ...RULES, ...rules });
    this.view = new AnswerView(this.table, this.cache, 0);
    this.publish(...entries);
  }

  publish(...put: NameEntry[]): void {
    this.writer.publish({ put, remove: [] });
  }

  setRules(rules: Partial<AnswerRules>): void {
    this.writer.setRules({ ...RULES, ...rules });
  }

  remove(...remove: string[]): void {
    this.writer.publish({ put: [], remove });
  }

  /** Runs `answer` on a packet: the length, MISS, DROP or RELAY. */
  run(packet: Uint8Array, client: number = ALLOWED): number {
    return answer(packet, packet.length, this.out, this.view, this.now, this.random, client);
  }

  /** Asks and reads the answer; what must be asked upstream first is an error here. */
  ask(name: string, type: string | number = "A", asking: Asking = {}, client: number = ALLOWED): Reply {
    const length = this.run(query(name, type, asking), client);
    if (length <= 0) {
      throw new Error(`${name} ${type} gave ${length}, wanted upstream: ${length === MISS ? this.wanted() : ""}`);
    }
    return read(this.out.slice(0, length));
  }

  /** The question that a MISS left, as `name/TYPE number`, with DO and CD. */
  wanted(): string {
    const { question, questionLength } = this.view;
    const flags = ["", " DO", " CD", " DO CD"][question[2]!];
    return `${wireToName(question.subarray(0, questionLength), 4)}/${(question[0]! << 8) | question[1]!}${flags}`;
  }

  /** The question that a MISS left. */
  question(): Uint8Array {
    return this.view.question.slice(0, this.view.questionLength);
  }

  /** Takes in an upstream reply to `question`. */
  accept(question: Uint8Array, reply: Uint8Array): Verdict {
    return acceptReply(this.view, question, question.length, reply, reply.length, this.now);
  }

  fail(question: Uint8Array, rcode = 2, ede = 22): void {
    acceptFailure(this.view, question, question.length, rcode, ede, this.now);
  }

  /** Asks; when upstream must be asked, `upstream` says what it replies (undefined: nobody answers), up to 4 times. */
  resolve(
    name: string,
    type: string | number,
    upstream: (wanted: string) => Upstream | undefined,
    asking: Asking = {},
  ): Reply {
    const packet = query(name, type, asking);
    let length = this.run(packet);
    for (let round = 0; length === MISS && round < 4; round++) {
      const question = this.question();
      const reply = upstream(this.wanted());
      if (reply) this.accept(question, replyTo(question, reply));
      else this.fail(question);
      length = this.run(packet, ALLOWED | UPSTREAM_DONE);
    }
    if (length <= 0) throw new Error(`${name} ${type} gave ${length}`);
    return read(this.out.slice(0, length));
  }
}

/** What an upstream server replies; sections in `dns-packet`'s form. */
export interface Upstream {
  readonly rcode?: number;
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
  readonly tc?: boolean;
  readonly ad?: boolean;
}

/** The reply to a packed question. */
export function replyTo(question: Uint8Array, upstream: Upstream): Uint8Array {
  const type = (question[0]! << 8) | question[1]!;
  const packet = encode({
    type: "response",
    id: 0x4321,
    flags: 0x180 | (upstream.tc ? 0x200 : 0) | (upstream.ad ? 0x20 : 0) | (upstream.rcode ?? 0),
    questions: [{ name: wireToName(question, 4), type: typeName(type) } as Question],
    answers: [...upstream.answers ?? []],
    authorities: [...upstream.authorities ?? []],
    additionals: [...upstream.additionals ?? []],
  });
  return new Uint8Array(packet);
}

function typeName(type: number): RecordType {
  const names = [
    "A",
    "AAAA",
    "CNAME",
    "SRV",
    "PTR",
    "TXT",
    "SOA",
    "NS",
    "MX",
    "ANY",
    "HTTPS",
    "CAA",
    "NAPTR",
    "DS",
  ] as RecordType[];
  return names.find((name) => typeNumber(name) === type) ?? `UNKNOWN_${type}` as RecordType;
}

/** An SOA record for the authority section of a reply. */
export function soa(name: string, ttl = 60, minimum = 60): Answer {
  const data = { mname: `ns.${name}`, rname: `root.${name}`, serial: 1, refresh: 1, retry: 1, expire: 1, minimum };
  return { type: "SOA", name, ttl, data };
}

/** A record as a line of a zone file: `name TTL TYPE data`. */
export function line(record: Answer): string {
  const ttl = "ttl" in record ? record.ttl : "";
  return `${record.name} ${ttl} ${record.type} ${dataText(record)}`;
}

function dataText(record: Answer): string {
  const { data } = record as { data: unknown };
  if (Array.isArray(data)) return data.map((part) => JSON.stringify(new TextDecoder().decode(part))).join(" ");
  if (data instanceof Uint8Array) return [...data].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return typeof data === "object" && data !== null ? Object.values(data).join(" ") : String(data);
}

/** All of a reply but its header, one line a record, `;` before authority and additional ones, order of addresses aside. */
export function lines(reply: Reply): string[] {
  return [
    ...reply.answers.map(line).sort(byAddress),
    ...reply.authorities.map((record) => `; ${line(record)}`),
    ...reply.additionals.map((record) => `;; ${line(record)}`).sort(byAddress),
  ];
}

/** Sorts neighbours that are addresses; all else stays where it is. */
function byAddress(one: string, other: string): number {
  const isAddress = (text: string) => / A{1,4} /.test(text);
  return isAddress(one) && isAddress(other) ? (one < other ? -1 : 1) : 0;
}

const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

/** The response code in words. */
export function rcode(reply: Reply): string {
  return RCODES[reply.rcode] ?? String(reply.rcode);
}
