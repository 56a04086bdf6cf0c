/**
 * A client that keeps one UDP socket open: `deno run -A --unstable-net open_socket.ts SERVER NAME`. Asks for NAME again and
 * again and prints one line each time: the address that was answered, or `silence`.
 */
import { decode, encode, RECURSION_DESIRED } from "dns-packet";
import { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";

const [server = "", name = ""] = Deno.args;
const ASK_EVERY_MS = 100;

const socket = createSocket("udp4");
let answered = true;
let id = 0;

socket.on("message", (reply) => {
  const { answers = [] } = decode(Buffer.from(reply));
  answered = true;
  console.log(answers.map((answer) => "data" in answer ? String(answer.data) : "").join());
});
socket.on("error", () => {/* refused: the next line says silence */});

setInterval(() => {
  if (!answered) console.log("silence");
  answered = false;
  id = (id + 1) & 65_535;
  socket.send(encode({ type: "query", id, flags: RECURSION_DESIRED, questions: [{ type: "A", name }] }), 53, server);
}, ASK_EVERY_MS);
