/** Questions to the compared servers, and what came back, reduced to what can be compared. */
import { Buffer } from "node:buffer";
import * as dnsPacket from "dns-packet";
import { frame, FrameReader, writeAll } from "../../dns/framed_stream.ts";

/** One question with all that a client may vary. */
export interface Question {
  readonly name: string;
  readonly type: string;
  readonly class?: "IN" | "CH" | "ANY";
  readonly via?: "udp" | "tcp";
  /** Header bits beside RD. */
  readonly flags?: number;
  /** Of the OPT record; without it there is none. */
  readonly edns?: { readonly size: number; readonly dnssecOk?: boolean; readonly version?: number };
  /** A packet of one's own instead. */
  readonly packet?: Uint8Array;
}

/** Types that dns-packet has no name for. */
const NUMBERED: Readonly<Record<string, number>> = { ANY: 255, TYPE65280: 65_280 };

export function encodeQuestion(question: Question): Uint8Array {
  if (question.packet) return question.packet;
  const { edns } = question;
  const opt: dnsPacket.Answer[] = edns
    ? [{
      type: "OPT",
      name: ".",
      udpPayloadSize: edns.size,
      extendedRcode: 0,
      ednsVersion: edns.version ?? 0,
      flags: edns.dnssecOk ? dnsPacket.DNSSEC_OK : 0,
      flag_do: edns.dnssecOk ?? false,
      options: [],
    }]
    : [];
  const bytes = new Uint8Array(dnsPacket.encode({
    type: "query",
    id: 0x1234,
    flags: dnsPacket.RECURSION_DESIRED | (question.flags ?? 0),
    questions: [{ name: question.name, type: "A", class: question.class ?? "IN" }],
    additionals: opt,
  }));
  const number = NUMBERED[question.type] ?? typeNumber(question.type);
  const end = bytes.indexOf(0, 12) + 5;
  bytes[end - 4] = number >> 8;
  bytes[end - 3] = number & 255;
  return bytes;
}

function typeNumber(type: string): number {
  const bytes = dnsPacket.encode({ questions: [{ name: "x", type: type as dnsPacket.RecordType }] });
  return bytes.readUInt16BE(bytes.length - 4);
}

/** The reply, or undefined when none came in time. */
export async function exchange(
  port: number,
  query: Uint8Array,
  via: "udp" | "tcp",
  milliseconds = 1_500,
): Promise<Uint8Array | undefined> {
  const resource = via === "udp"
    ? Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 })
    : await Deno.connect({ hostname: "127.0.0.1", port });
  const limit = setTimeout(() => resource.close(), milliseconds);
  try {
    if ("receive" in resource) {
      await resource.send(query, { transport: "udp", hostname: "127.0.0.1", port });
      return (await resource.receive(new Uint8Array(65_535)))[0].slice();
    }
    await writeAll(resource, frame(query));
    return await new FrameReader(resource, () => 0).next();
  } catch {
    return undefined; // the time was over, or the server closed the connection
  } finally {
    clearTimeout(limit);
    try {
      resource.close();
    } catch {
      // closed when the time was over
    }
  }
}

/** What is compared of a reply. */
export interface Digest {
  readonly rcode: string;
  readonly aa: string;
  readonly tc: string;
  readonly ra: string;
  readonly ad: string;
  /** Owner, type and data of each answer, TTLs and order aside. */
  readonly answers: string;
  /** The SOA's owner in the authority section. */
  readonly soa: string;
  readonly opt: string;
  /** Whether the question came back as it was asked, letter by letter. */
  readonly question: string;
}

const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];
/** The "code" of no answer at all. */
export const SILENT = "no answer";
const SILENCE: Digest = {
  rcode: SILENT,
  aa: "",
  tc: "",
  ra: "",
  ad: "",
  answers: "",
  soa: "",
  opt: "",
  question: "",
};

export function digest(query: Uint8Array, reply: Uint8Array | undefined): Digest {
  if (!reply) return SILENCE;
  const packet = decode(reply);
  const yes = (set: boolean) => set ? "yes" : "no";
  const opt = packet.additionals?.find((record) => record.type === "OPT");
  const extended = opt?.type === "OPT" ? opt.extendedRcode << 4 : 0;
  const code = extended | reply[3]! & 15;
  const soa = packet.authorities?.find((record) => record.type === "SOA");
  const end = query.length >= 16 ? query.indexOf(0, 12) + 5 : 12;
  const echoed = reply.length >= end && query.subarray(12, end).every((byte, i) => reply[12 + i] === byte);
  return {
    rcode: code === 16 ? "BADVERS" : RCODES[code] ?? `RCODE${code}`,
    aa: yes(packet.flag_aa),
    tc: yes(packet.flag_tc),
    ra: yes(packet.flag_ra),
    ad: yes(packet.flag_ad),
    answers: (packet.answers ?? []).map(recordText).sort().join(" | "),
    soa: soa ? soa.name.toLowerCase() || "." : "none",
    opt: yes(opt !== undefined),
    question: yes(echoed),
  };
}

/** A broken question may come back as it was: then the header is all that can be read. */
function decode(reply: Uint8Array): dnsPacket.DecodedPacket {
  try {
    return dnsPacket.decode(Buffer.from(reply));
  } catch {
    const header = Buffer.from(reply.subarray(0, 12));
    return dnsPacket.decode(header.fill(0, 4));
  }
}

function recordText(record: dnsPacket.Answer): string {
  const { data } = record as { data: unknown };
  const value = (part: unknown): unknown => part instanceof Uint8Array ? Buffer.from(part).toString("latin1") : part;
  const text = Array.isArray(data)
    ? data.map(value).join(",")
    : typeof value(data) === "object"
    ? JSON.stringify(data)
    : String(value(data));
  return `${record.name.toLowerCase()} ${record.type} ${text.toLowerCase()}`;
}
