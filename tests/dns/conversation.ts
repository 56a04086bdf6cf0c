/**
 * DNS behaviour as conversations in text files (`conversations/*.txt`), played in virtual time against the whole
 * service: real servers and caches, only the sockets and the clock are ours.
 *
 * ```
 * given upstream 10.0.0.2 10.0.0.3             # also: timeout 2s | zone consul 10.0.0.9 | search corp.example
 * given rule shortNames first                  # also: cache serveStale 1h | allow loopback | alice at 192.0.2.9
 * given name cluster.local authoritative       # an entry of the name table; its records follow, TTL first
 *   30 SOA ns.dns.cluster.local hostmaster.cluster.local 5
 *
 * alice asks www.example A                     # more words: tcp, do, cd, ad, size 512; anyone may ask, any name will do
 * 10.0.0.2 is asked www.example A              # more words: tcp, tls, do, cd. Who is asked unmentioned fails the play
 * 1.5s pass
 * 10.0.0.2 answers NOERROR                     # more words: tc, aa, ad, wrong-id, wrong-question; then records
 *   www.example 60 A 192.0.2.1
 *   authority example 60 SOA ns.example host.example 1 2 3 4 60
 * alice gets NOERROR                           # more words: aa, ad, tc, ede 22; then exactly these records
 *   www.example 60 A 192.0.2.1
 * alice waits                                  # has got nothing so far
 * the names change                             # then `name` and `no name` lines, indented
 * ```
 */
import { Buffer } from "node:buffer";
import type * as dnsPacket from "dns-packet";
import type { NameEntry, NameRecord } from "../../dns/name_table.ts";

/** One line with the indented lines below it. */
export interface Step {
  readonly line: number;
  readonly words: readonly string[];
  readonly below: readonly (readonly string[])[];
}

export function parseConversation(text: string): Step[] {
  const steps: { line: number; words: string[]; below: string[][] }[] = [];
  text.split("\n").forEach((raw, index) => {
    const words = raw.replace(/(^|\s)#.*$/, "").split(/\s+/).filter((word) => word !== "");
    if (words.length === 0) return;
    if (/^\s/.test(raw)) steps.at(-1)!.below.push(words);
    else steps.push({ line: index + 1, words, below: [] });
  });
  return steps;
}

/** `1.5s`, `200ms`, `1h` in milliseconds. */
export function duration(text: string): number {
  const match = /^([\d.]+)(ms|s|m|h)$/.exec(text);
  if (!match) throw new Error(`${text} is no duration`);
  return Math.round(Number(match[1]) * { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[match[2] as "ms"]);
}

/** An entry of the name table from `NAME [authoritative|relay|pending] [upstream]` and its records `TTL TYPE DATA`. */
export function nameEntry(words: readonly string[], records: readonly (readonly string[])[]): NameEntry {
  const [name, ...more] = words;
  const below = (["authoritative", "relay", "pending"] as const).find((word) => more.includes(word));
  return {
    name: name!,
    ttl: Number(records[0]?.[0] ?? 30),
    records: records.map(([, type, ...data]) => meshRecord(type!, data)),
    others: more.includes("upstream") ? "upstream" : "nodata",
    ...below ? { below } : {},
  };
}

function meshRecord(type: string, data: readonly string[]): NameRecord {
  const [first = "", second = "", third = "", fourth = ""] = data;
  switch (type) {
    case "A":
    case "AAAA":
      return { type, address: first };
    case "CNAME":
    case "PTR":
    case "NS":
      return { type, target: first };
    case "TXT":
      return { type, strings: data };
    case "SRV":
      return { type, priority: Number(first), weight: Number(second), port: Number(third), target: fourth };
    case "SOA":
      return { type, mname: first, rname: second, minimum: Number(third) };
    default:
      throw new Error(`records of type ${type} are not in the name table`);
  }
}

/** A record for dns-packet from `NAME TTL TYPE DATA`. */
export function wireRecord(words: readonly string[]): dnsPacket.Answer {
  const [name, ttl, type, ...data] = words as [string, string, string, ...string[]];
  const [first = "", second = "", third = "", fourth = ""] = data;
  const number = (i: number) => Number(data[i]);
  const base = { name: name === "." ? "" : name, ttl: Number(ttl) };
  switch (type) {
    case "TXT":
      return { ...base, type, data };
    case "MX":
      return { ...base, type, data: { preference: number(0), exchange: second } };
    case "SRV":
      return { ...base, type, data: { priority: number(0), weight: number(1), port: number(2), target: fourth } };
    case "SOA":
      return {
        ...base,
        type,
        data: {
          mname: first,
          rname: second,
          serial: Number(third),
          refresh: number(3),
          retry: number(4),
          expire: number(5),
          minimum: number(6),
        },
      };
    default:
      return { ...base, type, data: first } as dnsPacket.Answer;
  }
}

/** The same text from a record that came; a SOA's serial is `*`, since the table's grows by itself. */
export function recordText(record: dnsPacket.Answer): string {
  const { name, ttl } = record as { name: string; ttl: number };
  const data = record.type === "SOA"
    ? `${record.data.mname} ${record.data.rname} * ${record.data.refresh} ${record.data.retry} ${record.data.expire} ` +
      record.data.minimum
    : record.type === "SRV"
    ? `${record.data.priority} ${record.data.weight} ${record.data.port} ${record.data.target}`
    : record.type === "MX"
    ? `${record.data.preference} ${record.data.exchange}`
    : record.type === "TXT"
    ? [record.data].flat().map((part) => Buffer.from(part as Uint8Array).toString("latin1")).join(" ")
    : String((record as { data: unknown }).data);
  return `${name || "."} ${ttl} ${record.type} ${data}`;
}

/** What is compared of a response: sections without OPT, each sorted. */
export function sections(packet: dnsPacket.Packet): string[] {
  const list = (prefix: string, records: dnsPacket.Answer[] = []) =>
    records.filter((record) => record.type !== "OPT").map((record) => prefix + recordText(record)).sort();
  return [
    ...list("", packet.answers),
    ...list("authority ", packet.authorities),
    ...list("additional ", packet.additionals),
  ];
}

/** Extended errors (RFC 8914) of a response. */
export function extendedErrors(packet: dnsPacket.Packet): number[] {
  const opt = packet.additionals?.find((record) => record.type === "OPT");
  // dns-packet's types know four options by number; the others come as plain bytes.
  const options = (opt?.type === "OPT" ? opt.options : []) as readonly { code: number; data: Uint8Array }[];
  return options.filter(({ code }) => code === 15).map(({ data }) => data[0]! << 8 | data[1]!);
}
