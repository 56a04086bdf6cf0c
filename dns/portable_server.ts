/**
 * UDP by `Deno.listenDatagram`: for platforms without batched system calls, and the reference for those with them.
 * A reply leaves from the address that its socket is bound to, so bind to concrete addresses where that matters.
 */
import { type Answer, Drain, type Serving } from "./serving.ts";

/** What is used of a `Deno.DatagramConn`, which may have been made elsewhere (socket activation, tests). */
export interface DatagramSocket {
  readonly addr: Deno.Addr;
  receive(into: Uint8Array): Promise<[Uint8Array, Deno.Addr]>;
  send(bytes: Uint8Array, to: Deno.Addr): Promise<number>;
  close(): void;
}

/** The largest datagram there is: an oversized question is read whole and judged, not cut. */
const RECEIVE_BYTES = 65_535;
/** After a receive that failed for no reason of ours: longer than a spin, shorter than anyone's patience. */
const PAUSE_MS = 10;

/** Serves until `signal` aborts; then answers what is under way, closes the socket and resolves. */
export async function serveDatagrams(socket: DatagramSocket, serving: Serving, signal: AbortSignal): Promise<void> {
  const drain = new Drain();
  let closed = false;
  const stopped = new Promise<void>((resolve) => {
    const stop = () =>
      drain.empty(serving.clock).then(() => {
        closed = true;
        socket.close();
        resolve();
      });
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  const send = async (answer: Answer, to: Deno.Addr) => {
    try {
      if (answer instanceof Uint8Array && !closed) await socket.send(answer, to);
    } catch (error) {
      serving.log("debug", "an answer could not be sent", { to: (to as Deno.NetAddr).hostname, error: String(error) });
    } finally {
      drain.end();
    }
  };
  const buffer = new Uint8Array(RECEIVE_BYTES);
  while (!closed) {
    try {
      const [query, from] = await socket.receive(buffer);
      drain.begin();
      const answer = serving.respond(query, serving.asker((from as Deno.NetAddr).hostname, "udp"));
      if (answer instanceof Promise) answer.then((later) => send(later, from));
      else send(answer, from);
    } catch (error) {
      if (closed) break;
      serving.log("warn", "receiving a question failed", { error: String(error) });
      await serving.clock.sleep(PAUSE_MS);
    }
  }
  await stopped;
}
