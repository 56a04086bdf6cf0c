/**
 * An ordinary DNS server for a namespace: `deno run -A --unstable-net plain_upstream.ts ADDRESS`, over UDP and TCP on
 * port 53. Whatever is asked, the answer is 192.0.2.53. Prints a line when it listens, and one for each question.
 */
import { decode, encode, RECURSION_AVAILABLE } from "dns-packet";
import { Buffer } from "node:buffer";

const [hostname = ""] = Deno.args;
const PORT = 53;

function reply(query: Uint8Array): Uint8Array {
  const { id = 0, questions = [] } = decode(Buffer.from(query));
  const { name = "", type = "A" } = questions[0] ?? {};
  console.log(`asked ${name} ${type}`);
  const answers = type === "A" ? [{ type: "A" as const, name, ttl: 0, data: "192.0.2.53" }] : [];
  return encode({ type: "response", id, flags: RECURSION_AVAILABLE, questions, answers });
}

async function serveStream(stream: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(4096);
  const length = await stream.read(buffer);
  if (length !== null && length > 2) {
    const bytes = reply(buffer.subarray(2, length));
    await stream.write(Uint8Array.from([bytes.length >> 8, bytes.length & 255, ...bytes]));
  }
  stream.close();
}

async function serveStreams(listener: Deno.Listener): Promise<void> {
  for await (const stream of listener) {
    serveStream(stream).catch(() => {/* the client went away */});
  }
}

const datagrams = Deno.listenDatagram({ transport: "udp", hostname, port: PORT });
serveStreams(Deno.listen({ hostname, port: PORT }));
console.log("listening");
for await (const [query, from] of datagrams) await datagrams.send(reply(query), from);
