/** The ways in which packets travel to upstream servers. The resolver sees only this; conversations in tests play it. */
import type { ServerAddress } from "./server_address.ts";

/** A packet on its way to one server. */
export interface Exchange {
  readonly server: ServerAddress;
  readonly query: Uint8Array;
  /** Says why a packet that came is no reply to the query; undefined takes it. */
  readonly fault: (reply: Uint8Array) => string | undefined;
  /** Told of each packet that was ignored: a fault, or `source`. */
  readonly onIgnored: (reason: string) => void;
}

/**
 * Each call sends once and resolves with the first packet that is a reply, in memory of its own. It rejects with the
 * signal's reason when `signal` aborts, and with the system's error when the server cannot be reached; it never waits
 * longer than the signal lets it.
 */
export interface Network {
  /** From a socket of its own, whose port the kernel chose (RFC 5452, 9.2). */
  udp(exchange: Exchange, signal: AbortSignal): Promise<Uint8Array>;
  /** Over a connection of its own (RFC 7766). */
  tcp(exchange: Exchange, signal: AbortSignal): Promise<Uint8Array>;
  /** As `tcp`, for replies of many messages: all that come until the server closes or `signal` aborts. */
  stream(exchange: Exchange, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Over a connection that is kept for the next ones (RFC 7858). */
  tls(exchange: Exchange, signal: AbortSignal): Promise<Uint8Array>;
}
