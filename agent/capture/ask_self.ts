/** Asks the answering DNS about this VM, over UDP as programs do. */
import { parseListenAddress } from "../../dns/mod.ts";
import { readSelfAnswer, type SelfAnswer, selfQuestion } from "./self_question.ts";

/** Below the second between two questions, so that they never overlap; an answer from memory takes microseconds. */
const ANSWER_LIMIT_MS = 900;

/** @returns what was answered; undefined when nothing was, in time and without an error. */
export async function askSelf(listener: string, domain: string, id: number): Promise<SelfAnswer | undefined> {
  const { address, port } = parseListenAddress(listener);
  const isV6 = address.includes(":");
  const loopback = isV6 ? "::1" : "127.0.0.1";
  const hostname = address === "0.0.0.0" || address === "::" ? loopback : address;
  const socket = Deno.listenDatagram({ transport: "udp", hostname: isV6 ? "::" : "0.0.0.0", port: 0 });
  const limit = setTimeout(() => socket.close(), ANSWER_LIMIT_MS);
  let isOpen = true;
  try {
    const question = selfQuestion(domain, id);
    await socket.send(question, { transport: "udp", hostname, port });
    for await (const [reply] of socket) {
      const answer = readSelfAnswer(question, reply);
      if (answer !== undefined) return answer;
      if (reply[0] === question[0] && reply[1] === question[1]) return undefined;
    }
    isOpen = false; // closed by the limit
    return undefined;
  } finally {
    clearTimeout(limit);
    if (isOpen) closeQuietly(socket);
  }
}

function closeQuietly(socket: Deno.DatagramConn): void {
  try {
    socket.close();
  } catch {
    // The limit has closed it between the reply and here.
  }
}
