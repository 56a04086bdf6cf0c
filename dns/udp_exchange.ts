/**
 * One question over UDP: a fresh socket on a port that the kernel picks at random, closed when the reply is there.
 * Everything that is not the reply (other source, id, question) is ignored and told, so that a forged packet can
 * neither answer nor end the exchange.
 */
import { canonicalIp } from "./ip_address.ts";
import type { Exchange } from "./network.ts";

/** Larger than any reply to a question that offered 1232 bytes, and for servers that send more all the same. */
const RECEIVE_BYTES = 4_096;
/** TC (RFC 1035, 4.1.1): what did not fit here was cut off by the kernel, and is to be asked for over TCP. */
const TRUNCATED = 0x02;

export async function exchangeUdp(exchange: Exchange, signal: AbortSignal): Promise<Uint8Array> {
  signal.throwIfAborted();
  const { address, port } = exchange.server;
  const socket = Deno.listenDatagram({
    transport: "udp",
    hostname: address.includes(":") ? "::" : "0.0.0.0",
    port: 0,
  });
  const close = () => socket.close();
  signal.addEventListener("abort", close);
  try {
    await socket.send(exchange.query, { transport: "udp", hostname: address, port });
    const buffer = new Uint8Array(RECEIVE_BYTES);
    while (true) {
      const [reply, source] = await socket.receive(buffer);
      const from = source as Deno.NetAddr;
      if (from.port !== port || !sameHost(from.hostname, address)) {
        exchange.onIgnored("source");
        continue;
      }
      const fault = exchange.fault(reply);
      if (fault === undefined) {
        if (reply.length === RECEIVE_BYTES) reply[2]! |= TRUNCATED;
        return reply;
      }
      exchange.onIgnored(fault);
    }
  } catch (error) {
    signal.throwIfAborted(); // closing the socket ends `receive` with an error of its own
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
    if (!signal.aborted) socket.close();
  }
}

/** A dual-stack socket names IPv4 sources in IPv6 form, and link-local ones without their zone. */
function sameHost(seen: string, asked: string): boolean {
  return seen === asked || canonicalIp(seen.split("%")[0]!) === canonicalIp(asked.split("%")[0]!);
}
