import { Buffer } from "node:buffer";
import { decode, encode } from "dns-packet";
import type { Packet } from "dns-packet";

/** What the demo's outside world knows; everything else does not exist. */
const HOSTS: ReadonlyMap<string, string> = new Map([["www.example.com", "203.0.113.80"]]);

/**
 * A stand-in for the VM's own resolver, so that the demo needs no network: a DNS server on a free port of loopback that
 * knows one name outside the mesh.
 */
export class OutsideWorld {
  #socket: Deno.DatagramConn | undefined;

  /** Starts it; returns its address as `host:port`. */
  start(): string {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    this.#socket = socket;
    this.#serve(socket);
    const { hostname, port } = socket.addr as Deno.NetAddr;
    return `${hostname}:${port}`;
  }

  stop(): void {
    this.#socket?.close();
  }

  async #serve(socket: Deno.DatagramConn): Promise<void> {
    for await (const [packet, from] of socket) await socket.send(respond(packet), from);
  }
}

const SOA = {
  mname: "ns.example",
  rname: "hostmaster.example",
  serial: 1,
  refresh: 7200,
  retry: 1800,
  expire: 86_400,
  minimum: 60,
};
const RA = 1 << 7;
const NXDOMAIN = 3;

function respond(packet: Uint8Array): Uint8Array {
  const query: Packet = decode(Buffer.from(packet));
  const question = query.questions?.[0];
  const address = HOSTS.get(question?.name.toLowerCase() ?? "");
  const common: Packet = { type: "response", id: query.id ?? 0, questions: query.questions ?? [] };
  if (question && address && question.type === "A") {
    return encode({ ...common, flags: RA, answers: [{ type: "A", name: question.name, ttl: 300, data: address }] });
  }
  const authorities: Packet["authorities"] = [{ type: "SOA", name: ".", ttl: 60, data: SOA }];
  return encode({ ...common, flags: address ? RA : RA | NXDOMAIN, authorities });
}
