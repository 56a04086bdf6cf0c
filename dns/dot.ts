/**
 * DNS over TLS (RFC 7858): one connection for each server, kept while it is used, with many questions under way on it.
 * The certificate must name the server as configured (strict privacy, RFC 8310): there is no way back to plain DNS.
 */
import type { Exchange } from "./network.ts";
import { connectTcp } from "./tcp_exchange.ts";
import type { Clock } from "./time.ts";
import { withTimeLimit } from "./time_limit.ts";
import { TlsConnection } from "./tls_connection.ts";
import { readTrusted } from "./trusted_certificates.ts";

/** TCP and TLS handshakes together: five round trips of 200 ms, and as much again. Asking has a limit of its own. */
const CONNECT_MS = 2_000;

/** Connects to a server and ends TLS there. */
export type ConnectTls = (server: Exchange["server"], signal: AbortSignal) => Promise<Deno.Conn>;

/** A `ConnectTls` over real sockets. `caFile` is read for each connection, so that a renewed one counts at once. */
export function connectTlsWith(caFile: () => string): ConnectTls {
  return async (server, signal) => {
    const trusted = await readTrusted(caFile());
    let connection: Deno.Conn = await connectTcp(server.address, server.port, signal);
    const close = () => connection.close();
    signal.addEventListener("abort", close);
    try {
      const hostname = server.serverName.split("%")[0]!;
      const secured = await Deno.startTls(connection as Deno.TcpConn, { hostname, caCerts: [trusted] });
      connection = secured;
      await secured.handshake();
      return secured;
    } catch (error) {
      signal.throwIfAborted();
      close();
      throw error;
    } finally {
      signal.removeEventListener("abort", close);
    }
  };
}

/** The connections to all servers. */
export class TlsConnections {
  readonly #connect: ConnectTls;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Promise<TlsConnection>>();

  constructor(connect: ConnectTls, clock: Clock) {
    this.#connect = connect;
    this.#clock = clock;
  }

  /** A `Network.tls`. A kept connection that breaks before the reply is replaced once. */
  async exchange(exchange: Exchange, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    const kept = this.#kept.get(exchange.server.label);
    try {
      return await exchangeOn(kept ?? this.#open(exchange.server), exchange, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!kept) throw error;
      return await exchangeOn(this.#kept.get(exchange.server.label) ?? this.#open(exchange.server), exchange, signal);
    }
  }

  /** Closes every connection: the next questions open new ones. */
  close(): void {
    for (const opening of this.#kept.values()) {
      opening.then((connection) => connection.close(new Error("closed")), () => undefined); // failed: nothing to close
    }
    this.#kept.clear();
  }

  /** Everyone who asks meanwhile waits for the same handshake, so none of them may end it. */
  #open(server: Exchange["server"]): Promise<TlsConnection> {
    const forget = () => {
      if (this.#kept.get(server.label) === opening) this.#kept.delete(server.label);
    };
    const opening = withTimeLimit(this.#clock, CONNECT_MS, new AbortController().signal, async (limit) => {
      const stream = await this.#connect(server, limit);
      return new TlsConnection(stream, this.#clock, forget);
    });
    opening.catch(forget);
    this.#kept.set(server.label, opening);
    return opening;
  }
}

/** Waits for the connection no longer than `signal` lets it. */
async function exchangeOn(
  opening: Promise<TlsConnection>,
  exchange: Exchange,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    const connection = await Promise.race([opening, aborted.promise]);
    return await connection.exchange(exchange, signal);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
