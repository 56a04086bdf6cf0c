/** A network that tests play: what each server does with a question, and a record of who was asked what. */
import { Buffer } from "node:buffer";
import * as dnsPacket from "dns-packet";
import type { Exchange, Network } from "../../dns/network.ts";

/** Gives the reply, or never comes back (a lost packet), or throws (an unreachable server). */
export type Server = (
  query: dnsPacket.DecodedPacket,
  via: "udp" | "tcp" | "tls",
  raw: Uint8Array,
) => Reply | Promise<Reply>;
type Reply = dnsPacket.Packet | Uint8Array;

/** No reply ever. */
export const SILENT: Server = () => new Promise(() => {});

export class FakeNetwork implements Network {
  readonly servers = new Map<string, Server>();
  /** `udp 10.0.0.2:53 www.example A` for each packet, in order. */
  readonly asked: string[] = [];
  udp = (exchange: Exchange, signal: AbortSignal) => this.#exchange(exchange, "udp", signal);
  tcp = (exchange: Exchange, signal: AbortSignal) => this.#exchange(exchange, "tcp", signal);
  tls = (exchange: Exchange, signal: AbortSignal) => this.#exchange(exchange, "tls", signal);

  stream = (): never => {
    throw new Error("zone transfers are not played");
  };

  async #exchange(exchange: Exchange, via: "udp" | "tcp" | "tls", signal: AbortSignal): Promise<Uint8Array> {
    const { label } = exchange.server;
    const query = dnsPacket.decode(Buffer.from(exchange.query));
    const [question] = query.questions ?? [];
    this.asked.push(`${via} ${label} ${question?.name} ${question?.type}`);
    const server = this.servers.get(label);
    if (!server) throw new Error(`${label} is unreachable`);
    const aborted = new Promise<never>((_, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
    const reply = await Promise.race([server(query, via, exchange.query), aborted]);
    const bytes = reply instanceof Uint8Array ? reply : encode(reply);
    const fault = exchange.fault(bytes);
    if (fault === undefined) return bytes;
    exchange.onIgnored(fault);
    return await aborted;
  }
}

/** dns-packet's Buffer as plain bytes. */
export function encode(packet: dnsPacket.Packet): Uint8Array {
  return new Uint8Array(dnsPacket.encode(packet));
}

/** The response code's bits in `flags`. */
export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

/** A reply to `query` as recursive servers send them. */
export function replyTo(
  query: dnsPacket.Packet,
  answers: dnsPacket.Answer[],
  more: { rcode?: number; truncated?: boolean; authorities?: dnsPacket.Answer[] } = {},
): dnsPacket.Packet {
  return {
    type: "response",
    ...query.id === undefined ? {} : { id: query.id },
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | (more.rcode ?? 0) |
      (more.truncated ? dnsPacket.TRUNCATED_RESPONSE : 0),
    questions: query.questions ?? [],
    answers,
    authorities: more.authorities ?? [],
  };
}

/** An A record. */
export function a(name: string, data: string, ttl = 60): dnsPacket.Answer {
  return { type: "A", name, data, ttl };
}

/** A packed question as `answer` leaves it: type, flags, name in wire form. */
export function packedQuestion(name: string, type = 1, flags = 0): Uint8Array {
  const labels = name.split(".").flatMap((label) => [label.length, ...new TextEncoder().encode(label)]);
  return Uint8Array.of(type >> 8, type & 255, flags, 0, ...labels, 0);
}
