/** The guard's question to the answering DNS: `self.moorline.<domain> A`, as bytes (RFC 1035, section 4). */

const HEADER = 12;
const TYPE_A = 1;
const CLASS_IN = 1;
/** Long enough for any answer without EDNS (RFC 1035, 2.3.4). */
const ADDRESS_BYTES = 4;

/** What a good answer says: the VM's own IPv4 addresses, none when it has none. */
export type SelfAnswer = readonly string[];

/** Name of the VM itself in the mesh. */
export function selfName(domain: string): string {
  return `self.moorline.${domain}`;
}

/** A question with recursion desired. */
export function selfQuestion(domain: string, id: number): Uint8Array {
  const labels = selfName(domain).replace(/\.$/, "").split(".").map((label) => new TextEncoder().encode(label));
  const bytes = [id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
  for (const label of labels) bytes.push(label.length, ...label);
  return Uint8Array.from([...bytes, 0, 0, TYPE_A, 0, CLASS_IN]);
}

/** What the reply to a question says; undefined when it is no reply to it, or none without an error. */
export function readSelfAnswer(question: Uint8Array, reply: Uint8Array): SelfAnswer | undefined {
  if (reply.length < question.length || reply[0] !== question[0] || reply[1] !== question[1]) return undefined;
  const isResponse = (reply[2]! & 0x80) !== 0;
  const rcode = reply[3]! & 15;
  if (!isResponse || rcode !== 0) return undefined;
  const records = reply[6]! << 8 | reply[7]!;
  const addresses: string[] = [];
  let at = question.length;
  for (let record = 0; record < records; record++) {
    at = skipName(reply, at);
    const type = reply[at]! << 8 | reply[at + 1]!;
    const length = reply[at + 8]! << 8 | reply[at + 9]!;
    at += 10 + length;
    if (!(at <= reply.length)) return undefined;
    if (type === TYPE_A && length === ADDRESS_BYTES) addresses.push(reply.subarray(at - length, at).join("."));
  }
  return addresses;
}

/** Behind a name, which a compression pointer may end (RFC 1035, 4.1.4). */
function skipName(message: Uint8Array, from: number): number {
  let at = Math.max(from, HEADER);
  while (at < message.length) {
    const length = message[at]!;
    if (length >= 0xc0) return at + 2;
    if (length === 0) return at + 1;
    at += length + 1;
  }
  return message.length;
}
