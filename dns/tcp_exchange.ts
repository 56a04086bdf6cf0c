/** One question over a TCP connection of its own: for truncated replies and for what is relayed (RFC 7766). */
import { frame, FrameReader, writeAll } from "./framed_stream.ts";
import type { Exchange } from "./network.ts";

export async function exchangeTcp(exchange: Exchange, signal: AbortSignal): Promise<Uint8Array> {
  const { address, port, label } = exchange.server;
  const connection = await connectTcp(address, port, signal);
  const close = () => connection.close();
  signal.addEventListener("abort", close);
  try {
    await writeAll(connection, frame(exchange.query));
    const reader = new FrameReader(connection, () => 0);
    for (let reply = await reader.next(); reply; reply = await reader.next()) {
      const fault = exchange.fault(reply);
      if (fault === undefined) return reply;
      exchange.onIgnored(fault);
    }
    throw new Error(`${label} closed the TCP connection without a reply`);
  } catch (error) {
    signal.throwIfAborted(); // closing the connection ends `read` with an error of its own
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
    if (!signal.aborted) connection.close();
  }
}

/**
 * As `exchangeTcp`, for questions with replies of many messages (zone transfers): gives each message as it comes, until
 * the server closes or `signal` aborts. Reads no faster than they are taken.
 */
export async function* streamTcp(exchange: Exchange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { address, port } = exchange.server;
  const connection = await connectTcp(address, port, signal);
  const close = () => connection.close();
  signal.addEventListener("abort", close);
  try {
    await writeAll(connection, frame(exchange.query));
    const reader = new FrameReader(connection, () => 0);
    for (let reply = await reader.next(); reply; reply = await reader.next()) {
      const fault = exchange.fault(reply);
      if (fault === undefined) yield reply;
      else exchange.onIgnored(fault);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
    if (!signal.aborted) connection.close();
  }
}

/** Connects; rejects with the signal's reason when it aborts, and then leaves no connection behind. */
export async function connectTcp(address: string, port: number, signal: AbortSignal): Promise<Deno.TcpConn> {
  signal.throwIfAborted();
  try {
    const connection = await Deno.connect({ hostname: address, port, signal });
    if (signal.aborted) connection.close();
    else {
      connection.setNoDelay(true);
      return connection;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  throw signal.reason;
}
