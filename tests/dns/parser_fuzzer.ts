/**
 * Seeded text and bytes for every parser of outside input beside `answer` and `acceptReply` (those: packet_fuzzer.ts):
 * resolv.conf, addresses, servers, ranges, names, what counts as a reply, loop marks, and messages in a byte stream.
 * None may break other than as its contract says, and what one reads it must read again from its own spelling.
 */
import { parseAllowed } from "../../dns/allow_list.ts";
import { type ByteStream, frame, FrameReader } from "../../dns/framed_stream.ts";
import { canonicalIp, formatIp, inRange, parseIp, parseIpRange } from "../../dns/ip_address.ts";
import { LoopGuard } from "../../dns/loop_guard.ts";
import { nameToWire, wireToName } from "../../dns/name_text.ts";
import { parseResolvConf } from "../../dns/resolv_conf.ts";
import { parseServerAddress } from "../../dns/server_address.ts";
import { composeQuery, relayedReplyFault, replyFault } from "../../dns/upstream_query.ts";
import { seeded } from "./packet_fuzzer.ts";

type Below = (below: number) => number;

/** What the grammars are made of, and what lies beside them. */
const PIECES = [
  ..."0123456789abcdefxyz.:%/[]@#;-_\\ \t\n\r\0\u00e9\u{1f9ed}",
  ..."nameserver |search |domain |options |ndots:|timeout:|attempts:|tls://|1.1.1.1|::1|2606:4700::1111|fe80::1%eth0"
    .split("|"),
  ..."::ffff:10.0.0.1|:53|:853|/8|/129|10.0.0.0|255|256|999999|cluster.local|corp.example|\\046|\\300|loopback|link"
    .split("|"),
  "a".repeat(63),
  "b".repeat(64),
  "c.".repeat(120),
];

function textOf(random: Below): string {
  return Array.from({ length: random(10) }, () => PIECES[random(PIECES.length)]!).join("");
}

function bytesOf(random: Below, most: number): Uint8Array {
  return Uint8Array.from({ length: random(most) }, () => random(256));
}

function must(holds: boolean, what: string, bytes?: Uint8Array): void {
  if (!holds) {
    throw new Error(bytes ? `${what}: ${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}` : what);
  }
}

/** What `parse` reads; undefined when it refuses in a sentence of its own, as it may. */
function refusable<T>(parse: (text: string) => T, text: string): T | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof Error && error.constructor === Error && error.message.length > 20) return undefined;
    throw error;
  }
}

function checkText(text: string): void {
  const { nameservers, search, ndots, timeout, attempts } = parseResolvConf(text);
  for (const address of nameservers) must(canonicalIp(address) === address, "a name server is not canonical");
  for (const domain of search) must(wireToName(nameToWire(domain)) === domain, "a search domain is no name");
  must(ndots <= 15 && timeout >= 1 && timeout <= 30 && attempts >= 1 && attempts <= 5, "an option out of bounds");
  const address = canonicalIp(text);
  must(address === undefined || canonicalIp(address) === address, "an address reads otherwise when written again");
  const bytes = parseIp(text);
  must(!bytes || String(parseIp(formatIp(bytes))) === String(bytes), "an address changes when written");
  const range = parseIpRange(text);
  must(!range || inRange(range.base, range), "a range without its own base");
  const server = refusable(parseServerAddress, text);
  must(
    !server || refusable(parseServerAddress, server.label)?.label === server.label,
    "a server's label is another one",
  );
  refusable(parseAllowed, text);
  const wire = refusable(nameToWire, text);
  if (wire) must(wire.length <= 255 && String(nameToWire(wireToName(wire))) === String(wire), "a name changes");
}

const QUERY = composeQuery(Uint8Array.of(0, 1, 0, 0, 3, 119, 119, 119, 0), 0x1234, {
  mark: new Uint8Array(8),
  padded: false,
});
const guard = new LoopGuard(() => 0.5);

function checkBytes(random: Below): void {
  const reply = random(2) === 0
    ? bytesOf(random, 60)
    : QUERY.slice(0, random(4) === 0 ? random(QUERY.length) : undefined);
  if (reply.length > 2) reply[2]! |= 0x80;
  for (let i = random(5); i > 0 && reply.length > 0; i--) reply[random(reply.length)] = random(256);
  const isReply = reply.length >= 12 && reply[0] === 0x12 && reply[1] === 0x34 && (reply[2]! & 0xf8) === 0x80;
  if (replyFault(QUERY, reply) === undefined) must(isReply, "a packet that is no reply counts as one", reply);
  must((relayedReplyFault(QUERY, reply) === undefined) === isReply, "a relayed reply is misjudged", reply);
  must(!guard.isOurs(reply), "a stranger's packet counts as ours", reply);
}

/** Hands out `bytes` in pieces that `random` cuts. */
function streamOf(bytes: Uint8Array, random: Below): ByteStream {
  let at = 0;
  return {
    read: (into) => {
      if (at === bytes.length) return Promise.resolve(null);
      const piece = bytes.subarray(at, at + 1 + random(Math.min(into.length, 200)));
      into.set(piece);
      at += piece.length;
      return Promise.resolve(piece.length);
    },
    write: (written) => Promise.resolve(written.length),
    close: () => {},
  };
}

async function checkStream(random: Below): Promise<void> {
  const messages = Array.from({ length: random(4) }, () => bytesOf(random, random(10) === 0 ? 6000 : 100));
  const cut = bytesOf(random, 40);
  const torn = cut.length >= 2 ? frame(cut).subarray(0, cut.length) : cut.subarray(0, 1);
  const whole = Uint8Array.from([...messages.flatMap((message) => [...frame(message)]), ...torn]);
  const reader = new FrameReader(streamOf(whole, random), () => 0);
  for (const message of messages) must(String(await reader.next()) === String(message), "a message changed on its way");
  must(await reader.next() === undefined, "half a message was given out");
}

/** That many rounds over each parser. @throws Error naming seed, round and input of the first that broke its contract. */
export async function fuzzParsers(rounds: number, seed: number): Promise<void> {
  const random = seeded(seed);
  for (let i = 0; i < rounds; i++) {
    const text = textOf(random);
    try {
      checkText(text);
      checkBytes(random);
      if (i % 50 === 0) await checkStream(random);
    } catch (error) {
      throw new Error(`Round ${i} of seed ${seed} with the text ${JSON.stringify(text)}`, { cause: error });
    }
  }
}
