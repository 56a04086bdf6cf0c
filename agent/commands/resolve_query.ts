import { Buffer } from "node:buffer";
import { decode, type DecodedPacket, encode, type Packet, RECURSION_DESIRED, streamEncode } from "dns-packet";
import { isIp, splitHostPort } from "../config/mod.ts";

/** An upstream may take its timeout twice before the agent gives up; a client that waits less sees nothing. */
const ANSWER_LIMIT_MS = 10_000;

/** Where TCP is refused there is most likely no server at all, and UDP gets only this long to prove otherwise. */
const REFUSED_LIMIT_MS = 500;

/** A datagram may be lost: it is sent again each third of the limit. */
const RESEND_MS = ANSWER_LIMIT_MS / 3;

/** The largest UDP answer that is not fragmented on common paths (DNS flag day 2020). */
const UDP_PAYLOAD = 1232;

/** Where the type of a question for the root stands: after the header and the empty name. */
const QTYPE_OF_ROOT = 12 + 1;

export interface DnsReply {
  readonly packet: DecodedPacket;
  readonly milliseconds: number;
}

/** Nobody answered, or what came was no answer. */
export class NoReplyError extends Error {
  override readonly name = "NoReplyError";
}

export interface Server {
  readonly hostname: string;
  readonly port: number;
}

/**
 * Asks one question over UDP, and again over TCP when the answer is cut off.
 *
 * @param server `IP` or `IP:port`.
 * @throws NoReplyError with one sentence.
 */
export async function askDns(server: string, name: string, type: string): Promise<DnsReply> {
  const at = serverAt(server);
  if (!at) throw new NoReplyError(`${server} is no DNS server; it must be IP:port`);
  const started = performance.now();
  const query = queryPacket(name, type);
  try {
    let packet = await askOverUdp(at, query);
    if (packet.flag_tc) packet = await askOverTcp(at, query);
    return { packet, milliseconds: performance.now() - started };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NoReplyError(`no answer from ${server} (${reason})`);
  }
}

/** @returns undefined when the text is neither `IP` nor `IP:port`. */
export function serverAt(text: string): Server | undefined {
  const parts = isIp(text) ? { host: text, port: 53 } : splitHostPort(text);
  return parts && isIp(parts.host) ? { hostname: parts.host, port: parts.port } : undefined;
}

/** A question of ours, with EDNS. */
export function queryPacket(name: string, type: string): Packet {
  const options = {
    udpPayloadSize: UDP_PAYLOAD,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  return {
    type: "query",
    id: crypto.getRandomValues(new Uint16Array(1))[0]!,
    flags: RECURSION_DESIRED,
    // dns-packet's types know fewer record types than its code does.
    questions: [{ name, type: type.replace(/^TYPE(?=\d+$)/, "UNKNOWN_") as "A" }],
    additionals: [{ type: "OPT", name: ".", ...options }],
  };
}

/** Whether a question can be asked of this type: a name that is known, or `TYPE65`. */
export function isRecordType(type: string): boolean {
  const query = encode(queryPacket(".", type));
  return new DataView(query.buffer, query.byteOffset).getUint16(QTYPE_OF_ROOT) !== 0;
}

async function askOverUdp(server: Server, query: Packet): Promise<DecodedPacket> {
  const to = { transport: "udp", ...server } as const;
  const hostname = server.hostname.includes(":") ? "::" : "0.0.0.0";
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  const bytes = new Uint8Array(encode(query));
  const answer = Promise.withResolvers<DecodedPacket>();
  const giveUp = (reason: string) => answer.reject(new Error(reason));
  const timers = [
    setTimeout(giveUp, ANSWER_LIMIT_MS, `within ${ANSWER_LIMIT_MS / 1000} s`),
    setInterval(() => void socket.send(bytes, to).catch((error) => giveUp(error.message)), RESEND_MS),
  ];
  Deno.connect(server).then((connection) => connection.close(), (error) => {
    if (!(error instanceof Deno.errors.ConnectionRefused)) return;
    timers.push(setTimeout(giveUp, REFUSED_LIMIT_MS, "connection refused"));
  });
  try {
    await socket.send(bytes, to);
    receive(socket, query.id!).then(answer.resolve, answer.reject);
    return await answer.promise;
  } finally {
    timers.forEach(clearTimeout);
    socket.close();
  }
}

/** The first response with the query's id; anything else is not for us. */
async function receive(socket: Deno.DatagramConn, id: number): Promise<DecodedPacket> {
  while (true) {
    const [bytes] = await socket.receive(new Uint8Array(65_535));
    const packet = decode(Buffer.from(bytes));
    if (packet.id === id && packet.type === "response") return packet;
  }
}

async function askOverTcp(server: Server, query: Packet): Promise<DecodedPacket> {
  using connection = await Deno.connect(server);
  const deadline = setTimeout(() => connection.close(), ANSWER_LIMIT_MS);
  try {
    const writer = connection.writable.getWriter();
    await writer.write(new Uint8Array(streamEncode(query)));
    const received: number[] = [];
    for await (const chunk of connection.readable) {
      received.push(...chunk);
      if (received.length < 2 || received.length < 2 + (received[0]! << 8 | received[1]!)) continue;
      return decode(Buffer.from(new Uint8Array(received.slice(2))));
    }
    throw new Error("the TCP connection was closed");
  } finally {
    clearTimeout(deadline);
  }
}
