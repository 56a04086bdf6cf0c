/**
 * Seeded packets of every kind, from noise to nearly right, thrown at `answer` and `acceptReply`, and the rules that
 * must hold for each: nothing throws, no response is answered, no answer is larger than the client may be sent, every
 * answer can be read by somebody else's parser, and the same parameters give the same bytes once more.
 */
import { decode } from "dns-packet";
import { acceptFailure, acceptReply, FAILED, USABLE } from "../../dns/accept_reply.ts";
import { ALLOWED, answer, DROP, MISS, RELAY, TCP, UPSTREAM_DONE, UPSTREAM_FAILED } from "../../dns/answer.ts";
import type { NameEntry } from "../../dns/name_table.ts";
import { readU16 } from "../../dns/wire.ts";
import { a, apex, entry, query, replyTo, soa, World } from "./world.ts";

/** What came of a run: how many packets had which outcome. */
export interface FuzzSummary {
  readonly packets: number;
  readonly answered: number;
  readonly missed: number;
  readonly relayed: number;
  readonly dropped: number;
  readonly repliesUsed: number;
}

/** A generator that gives the same packets for the same seed (SplitMix32). */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) % below;
  };
}

const NAMES = [
  "svc1.testns.svc.cluster.local",
  "many.testns.svc.cluster.local",
  "external.testns.svc.cluster.local",
  "inside.testns.svc.cluster.local",
  "loop.testns.svc.cluster.local",
  "_http._tcp.many.testns.svc.cluster.local",
  "nope.testns.svc.cluster.local",
  "x.secret.svc.cluster.local",
  "api.example.com",
  "x.wild.example.com",
  "svc1.testns",
  "svc1.testns.svc.corp.example",
  "cluster.local",
  "www.example.org",
  "localhost",
  "version.bind",
  ".",
];

function entries(): NameEntry[] {
  const name = (labels: string) => `${labels}.svc.cluster.local`;
  const srv = (target: string) => ({ type: "SRV", priority: 0, weight: 1, port: 80, target }) as const;
  return [
    apex(),
    entry(name("testns"), []),
    entry(name("svc1.testns"), [...a("10.0.0.1", "fd00::1"), { type: "TXT", strings: ["x".repeat(700)] }]),
    entry(name("many.testns"), a(...Array.from({ length: 300 }, (_, i) => `10.1.${i >> 8}.${i & 255}`))),
    entry(name("external.testns"), [{ type: "CNAME", target: "www.example.org" }]),
    entry(name("inside.testns"), [{ type: "CNAME", target: name("many.testns") }]),
    entry(name("loop.testns"), [{ type: "CNAME", target: name("loop.testns") }]),
    entry(name("_http._tcp.many.testns"), Array.from({ length: 40 }, () => srv(name("many.testns")))),
    entry(name("secret"), [], { below: "relay" }),
    entry("api.example.com", a("240.240.0.1"), { others: "upstream" }),
    entry("*.wild.example.com", a("240.240.0.2"), { others: "upstream" }),
  ];
}

const TYPES = [1, 28, 33, 12, 16, 5, 6, 2, 255, 65, 15, 250, 252, 0, 41, 65535];

/** A packet: noise, a good question, or a good question with some bytes spoiled, cut or added. */
function packet(random: (below: number) => number): Uint8Array {
  if (random(10) === 0) return Uint8Array.from({ length: random(80) }, () => random(256));
  const options = random(3) === 0 ? [{ code: random(20), data: new Uint8Array(random(45)) }] : undefined;
  const good = query(NAMES[random(NAMES.length)]!, TYPES[random(TYPES.length)]!, {
    id: random(65536),
    rd: random(2) === 0,
    cd: random(8) === 0,
    ad: random(8) === 0,
    dnssecOk: random(6) === 0,
    class: ["IN", "IN", "IN", "IN", "IN", "CH", "HS", "ANY"][random(8)]!,
    ...(random(2) === 0 ? { edns: [0, 300, 512, 1232, 4096, 65535][random(6)]! } : {}),
    ...(random(20) === 0 ? { version: random(256) } : {}),
    ...(options ? { options } : {}),
  });
  if (random(2) === 0) return good;
  const spoiled = good.slice(0, random(4) === 0 ? random(good.length + 1) : good.length);
  for (let i = random(4); i > 0 && spoiled.length > 0; i--) spoiled[random(spoiled.length)] = random(256);
  return random(6) === 0
    ? Uint8Array.from([...spoiled, ...Array.from({ length: random(40) }, () => random(256))])
    : spoiled;
}

/** A reply whose names are compressed, as servers send it; ours are spoiled so that pointers go astray. */
function compressedReply(question: Uint8Array, random: (below: number) => number): Uint8Array {
  const plain = replyTo(question, {});
  const target = plain.length + 12;
  const pointer = (offset: number) => [0xc0 | (offset >> 8), offset & 255];
  const alias = [...pointer(12), 0, 5, 0, 1, 0, 0, 0, 60, 0, 6, 3, 0x63, 0x64, 0x6e, ...pointer(12 + random(8))];
  const record = () => [...pointer(target), 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, random(256)];
  const bytes = Uint8Array.from([...plain, ...alias, ...record(), ...record()]);
  bytes[7] = 3;
  return bytes;
}

/** A reply to `question`: good, spoiled, or noise. */
function reply(question: Uint8Array, random: (below: number) => number): Uint8Array {
  const name = "www.example.org";
  const isAddress = question[0] === 0 && question[1] === 1;
  const good = isAddress && random(2) === 0 ? compressedReply(question, random) : replyTo(question, {
    rcode: [0, 0, 0, 3, 2, 5][random(6)]!,
    tc: random(20) === 0,
    answers: [
      { type: "CNAME", name, ttl: random(400), data: "cdn.example.net" } as const,
      ...Array.from(
        { length: random(30) },
        (
          _,
          i,
        ) => ({ type: "A", name: i % 2 ? name : "cdn.example.net", ttl: random(400), data: `192.0.2.${i}` } as const),
      ),
    ].slice(random(2)),
    authorities: random(2) === 0 ? [soa("org")] : [],
  });
  if (random(3) === 0) return good;
  const spoiled = good.slice(0, random(4) === 0 ? random(good.length + 1) : good.length);
  for (let i = random(6); i > 0 && spoiled.length > 0; i--) spoiled[random(spoiled.length)] = random(256);
  return spoiled;
}

/** Throws that many packets at a small world. @throws Error naming seed, number and bytes of the first that broke a rule. */
export function fuzz(packets: number, seed: number): FuzzSummary {
  const random = seeded(seed);
  const world = new World(entries(), { cookieSecret: new Uint8Array(16) }, { entries: 256 });
  const count = { packets, answered: 0, missed: 0, relayed: 0, dropped: 0, repliesUsed: 0 };
  const buffer = new Uint8Array(1024);
  for (let i = 0; i < packets; i++) {
    const bytes = packet(random);
    buffer.fill(random(256));
    buffer.set(bytes);
    world.now += random(3000);
    const client = [ALLOWED, ALLOWED, ALLOWED, ALLOWED | TCP, 0, ALLOWED | UPSTREAM_FAILED][random(6)]!;
    try {
      const number = random(2 ** 32);
      const length = answer(buffer, bytes.length, world.out, world.view, world.now, number, client);
      if (length === MISS) {
        count.missed++;
        if (client & UPSTREAM_FAILED) throw new Error("a run after failure missed");
        if (takeIn(world, random)) count.repliesUsed++;
        const again = answer(buffer, bytes.length, world.out, world.view, world.now, 1, client | UPSTREAM_DONE);
        if (again > 0) check(world, bytes, again, client);
        else if (again !== MISS) throw new Error(`the second run gave ${again}`);
      } else if (length === RELAY) count.relayed++;
      else if (length === DROP) count.dropped++;
      else {
        count.answered++;
        check(world, bytes, length, client);
        const first = world.out.slice(0, length);
        const again = answer(buffer, bytes.length, world.out, world.view, world.now, number, client);
        if (again !== length || first.some((byte, at) => byte !== world.out[at])) throw new Error("another answer");
      }
      if (length !== DROP && (bytes.length < 12 || (bytes[2]! & 0x80) !== 0)) {
        throw new Error(`a response got ${length}`);
      }
    } catch (error) {
      const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      throw new Error(`Packet ${i} of seed ${seed}: ${hex}`, { cause: error });
    }
  }
  return count;
}

/** Gives some reply, or a failure, to the question that was missing. */
function takeIn(world: World, random: (below: number) => number): boolean {
  const question = world.question();
  const verdict = random(8) === 0
    ? FAILED
    : acceptReply(world.view, question, question.length, ...sized(reply(question, random)), world.now);
  if (verdict !== USABLE) acceptFailure(world.view, question, question.length, 2, 22, world.now);
  return verdict === USABLE;
}

function sized(bytes: Uint8Array): [Uint8Array, number] {
  return [bytes, bytes.length];
}

/** Most bytes that the sender of a packet may be sent over UDP: what its OPT record says, within our bounds. */
function udpLimit(asked: Uint8Array): number {
  try {
    const opt = decode(Buffer.from(asked)).additionals?.find((record) => record.type === "OPT");
    const size = (opt as unknown as { udpPayloadSize: number } | undefined)?.udpPayloadSize ?? 0;
    return Math.min(1232, Math.max(512, size));
  } catch {
    return 1232; // options of a length that only dns-packet minds
  }
}

/** The rules for every answer. */
function check(world: World, asked: Uint8Array, length: number, client: number): void {
  const bytes = world.out.subarray(0, length);
  const must = (holds: boolean, what: string) => {
    if (!holds) {
      throw new Error(`${what}; the answer: ${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`);
    }
  };
  must(length >= 12, "shorter than a header");
  must(bytes[0] === asked[0] && bytes[1] === asked[1], "another id");
  must((bytes[2]! & 0x80) !== 0, "QR is not set");
  must(((bytes[2]! ^ asked[2]!) & 0x79) === 0, "another opcode or RD");
  must(readU16(bytes, 4) <= 1, "more than one question");
  if ((client & TCP) === 0) must(length <= udpLimit(asked), `over UDP ${length} bytes`);
  const answers = readU16(bytes, 6);
  if (answers + readU16(bytes, 8) === 0) {
    must(length <= asked.length + 130, `an error of ${length} bytes for ${asked.length}`);
  }
  if ((bytes[3]! & 15) === 1 || (bytes[3]! & 15) === 5) must(answers === 0, "records in an error");
  const read = decode(Buffer.from(bytes));
  must((read.answers ?? []).length === answers, "records that cannot be read");
}
