/** The sockets that clients ask at: UDP and TCP on the same port of each address. */
import { canonicalIp } from "./ip_address.ts";
import type { DatagramSocket } from "./portable_server.ts";
import { portHolder } from "./port_holder.ts";
import { splitPort } from "./server_address.ts";
import type { StreamListener } from "./stream_server.ts";

/** Where to listen. */
export interface ListenAddress {
  readonly address: string;
  /** 0: whichever is free. */
  readonly port: number;
}

/** Both sockets of one address; they may have been made elsewhere. */
export interface Listeners {
  readonly datagrams: DatagramSocket;
  readonly streams: StreamListener;
}

/** With port 0: a port that is free for UDP is nearly always free for TCP too. */
const FREE_PORT_TRIES = 10;

/** An address cannot be had: someone else holds the port, or this machine does not have the address. */
export class CannotListen extends Error {
  override readonly name = "CannotListen";
}

/** Reads `127.0.0.1:15053` or `[::1]:15053`. Throws an Error that names the text. */
export function parseListenAddress(text: string): ListenAddress {
  const { host, port } = splitPort(text);
  const address = canonicalIp(host);
  if (address === undefined || port === undefined || !/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw new Error(
      `dns.listen ${JSON.stringify(text)}: write an address and a port, as 127.0.0.1:15053 or [::1]:15053`,
    );
  }
  return { address, port: Number(port) };
}

/** Binds both. Throws CannotListen, in one sentence with the port's holder where that can be found out. */
export function listen({ address, port }: ListenAddress): Listeners {
  for (let attempt = 1;; attempt++) {
    const datagrams = bind(
      "udp",
      address,
      port,
      () => Deno.listenDatagram({ transport: "udp", hostname: address, port }),
    );
    const bound = (datagrams.addr as Deno.NetAddr).port;
    try {
      const streams = bind("tcp", address, bound, () => Deno.listen({ hostname: address, port: bound }));
      return { datagrams, streams };
    } catch (error) {
      datagrams.close();
      if (port !== 0 || attempt === FREE_PORT_TRIES) throw error;
    }
  }
}

/** Binds all or none. Throws as `listen` and `parseListenAddress` do. */
export function listenAll(addresses: readonly string[]): Listeners[] {
  const bound: Listeners[] = [];
  try {
    for (const address of addresses) bound.push(listen(parseListenAddress(address)));
  } catch (error) {
    for (const { datagrams, streams } of bound) {
      datagrams.close();
      streams.close();
    }
    throw error;
  }
  return bound;
}

/** Where a socket is bound, as the configuration writes it. */
export function socketText(addr: Deno.Addr): string {
  const { hostname, port } = addr as Deno.NetAddr;
  return addressText({ address: hostname, port });
}

function addressText({ address, port }: ListenAddress): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}

function bind<T>(protocol: "udp" | "tcp", address: string, port: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const where = `${protocol.toUpperCase()} ${addressText({ address, port })}`;
    if (error instanceof Deno.errors.AddrInUse) {
      const holder = portHolder(protocol, port, address) ?? "another program";
      throw new CannotListen(`${where} is in use by ${holder}; stop it, or choose another port in dns.listen`);
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new CannotListen(`${where} needs the right to bind ports below 1024 (CAP_NET_BIND_SERVICE)`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new CannotListen(
      `${where} cannot be listened at: ${reason}; choose an address of this machine in dns.listen`,
    );
  }
}
