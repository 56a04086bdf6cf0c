/** What of an upstream reply is believed and kept. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Answer } from "dns-packet";
import { BROKEN, FAILED, MISMATCH, TRUNCATED, USABLE } from "../../dns/accept_reply.ts";
import { ALLOWED, UPSTREAM_DONE } from "../../dns/answer.ts";
import { cacheEntries } from "../../dns/shared_cache.ts";
import { type Asking, line, query, rcode, read, replyTo, soa, u16, type Upstream, World } from "./world.ts";

const test = suite("accepting replies");
const WWW = "www.example.org";

const ip = (name: string, data = "192.0.2.1", ttl = 60): Answer => ({ type: "A", name, ttl, data });
const cname = (name: string, data: string): Answer => ({ type: "CNAME", name, ttl: 60, data });
const ns = (name: string): Answer => ({ type: "NS", name, ttl: 60, data: `ns.${name}` });

/** Asks, takes `reply` in and gives verdict and answer. */
function exchange(reply: Uint8Array | Upstream, type = "A", asking: Asking = {}) {
  const world = new World();
  const packet = query(WWW, type, asking);
  world.run(packet);
  const question = world.question();
  const verdict = world.accept(question, reply instanceof Uint8Array ? reply : replyTo(question, reply));
  const length = world.run(packet, ALLOWED | UPSTREAM_DONE);
  return { world, verdict, answer: length > 0 ? read(world.out.slice(0, length)) : undefined };
}

/** The reply that belongs to the question, as bytes to spoil. */
function good(upstream: Upstream = { answers: [ip(WWW)] }): Uint8Array {
  const world = new World();
  world.run(query(WWW, "A"));
  return replyTo(world.question(), upstream);
}

function spoiled(changes: Record<number, number>): Uint8Array {
  const bytes = good();
  for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
  return bytes;
}

const QUESTION_END = 12 + 17 + 4;

/** A reply with one address, whose owner is these bytes. */
function withOwner(owner: number[]): Uint8Array {
  const bytes = good({});
  bytes[7] = 1;
  return Uint8Array.from([...bytes, ...owner, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
}

const VERDICTS: [what: string, reply: Uint8Array, verdict: number][] = [
  ["a clean reply", good(), USABLE],
  ["a reply that writes the name in capitals", spoiled({ 13: 0x57, 14: 0x77, 15: 0x57 }), USABLE],
  ["half a header", good().subarray(0, 11), MISMATCH],
  ["a query", spoiled({ 2: 0x01 }), MISMATCH],
  ["another opcode", spoiled({ 2: 0xa0 }), MISMATCH],
  ["another name", spoiled({ 13: 0x78 }), MISMATCH],
  ["another type", spoiled({ [QUESTION_END - 3]: 28 }), MISMATCH],
  ["another class", spoiled({ [QUESTION_END - 1]: 3 }), MISMATCH],
  ["two questions", spoiled({ 5: 2 }), MISMATCH],
  ["no question", spoiled({ 5: 0 }), MISMATCH],
  ["a question cut short", good().subarray(0, QUESTION_END - 1), MISMATCH],
  ["TC", spoiled({ 2: 0x83 }), TRUNCATED],
  ["SERVFAIL", spoiled({ 3: 0x82 }), FAILED],
  ["REFUSED", spoiled({ 3: 0x85 }), FAILED],
  ["NOTIMP", spoiled({ 3: 0x84 }), FAILED],
  ["FORMERR as a header alone", Uint8Array.from([0, 0, 0x80, 0x81, 0, 0, 0, 0, 0, 0, 0, 0]), FAILED],
  ["a record cut short", good().subarray(0, good().length - 1), BROKEN],
  ["a record that is not there", spoiled({ 7: 2 }), BROKEN],
  ["an authority that is not there", spoiled({ 9: 1 }), BROKEN],
  ["an owner that points to the question", withOwner([0xc0, 12]), USABLE],
  ["an owner that points to itself", withOwner([0xc0, QUESTION_END]), BROKEN],
  ["an owner that points to its own label", withOwner([1, 0x61, 0xc0, QUESTION_END]), BROKEN],
  ["an owner that points into the header", withOwner([0xc0, 4]), BROKEN],
  ["an owner that points just behind itself", withOwner([0xc0, QUESTION_END + 2]), BROKEN],
  ["an owner that points forward", spoiled({ [QUESTION_END]: 0xc0, [QUESTION_END + 1]: 0xff }), BROKEN],
  ["NXDOMAIN with records of the type", good({ rcode: 3, answers: [ip(WWW)] }), BROKEN],
];

for (const [what, reply, verdict] of VERDICTS) {
  test(`${what}: ${["", "usable", "not ours", "truncated", "failed", "broken"][verdict]}`, () => {
    const got = exchange(reply);
    assert.is(got.verdict, verdict);
    assert.is(got.answer !== undefined, verdict === USABLE);
    assert.is(cacheEntries(got.world.cache).positive, verdict === USABLE ? 1 : 0);
  });
}

const chain = [cname(WWW, "a.example.org"), cname("a.example.org", "b.example.net"), ip("b.example.net")];

const KEPT: [what: string, upstream: Upstream, ...records: string[]][] = [
  ["a chain", { answers: chain }, `${WWW} CNAME`, "a.example.org CNAME", "b.example.net A"],
  ["a chain out of order", { answers: [...chain].reverse() }, `${WWW} CNAME`, "a.example.org CNAME", "b.example.net A"],
  [
    "records off the chain are left out",
    { answers: [ip("evil.example.com"), ...chain, ip(`x.${WWW}`)] },
    `${WWW} CNAME`,
    "a.example.org CNAME",
    "b.example.net A",
  ],
  [
    "other types at the end are left out",
    { answers: [...chain, { type: "TXT", name: "b.example.net", ttl: 1, data: "x" }] },
    `${WWW} CNAME`,
    "a.example.org CNAME",
    "b.example.net A",
  ],
  [
    "an alias twice counts once",
    { answers: [chain[0]!, ...chain] },
    `${WWW} CNAME`,
    "a.example.org CNAME",
    "b.example.net A",
  ],
  [
    "of two aliases the first counts",
    { answers: [cname(WWW, "a.example.org"), cname(WWW, "z.example.org"), ip("a.example.org")] },
    `${WWW} CNAME`,
    "a.example.org A",
  ],
  ["authority and additional records of a positive answer are left out", {
    answers: [ip(WWW)],
    authorities: [ns("example.org")],
    additionals: [ip("ns.example.org")],
  }, `${WWW} A`],
  [
    "a dangling chain",
    { answers: chain.slice(0, 2), authorities: [soa("example.net")] },
    `${WWW} CNAME`,
    "a.example.org CNAME",
    "; example.net SOA",
  ],
  [
    "NXDOMAIN behind a chain",
    { rcode: 3, answers: chain.slice(0, 2), authorities: [soa("example.net")] },
    `${WWW} CNAME`,
    "a.example.org CNAME",
    "; example.net SOA",
  ],
  ["a SOA of somewhere else proves nothing", { authorities: [soa("example.com")] }],
  ["a SOA below the name proves nothing", { authorities: [soa(`x.${WWW}`)] }],
  ["only one SOA", { authorities: [soa("org"), soa("example.org")] }, "; org SOA"],
  ["a referral is an answer without records", {
    authorities: [ns("example.org")],
    additionals: [ip("ns.example.org")],
  }],
];

for (const [what, upstream, ...records] of KEPT) {
  test(`kept: ${what}`, () => {
    const { verdict, answer } = exchange(upstream);
    assert.is(verdict, USABLE);
    const brief = (record: Answer) => line(record).replace(/^(\S+) \S+ (\S+) .*$/, "$1 $2");
    assert.equal([...answer!.answers.map(brief), ...answer!.authorities.map((r) => `; ${brief(r)}`)], records);
  });
}

test("a loop of aliases, or too many of them, is broken", () => {
  const loop = [cname(WWW, "a.example.org"), cname("a.example.org", WWW)];
  assert.is(exchange({ answers: loop }).verdict, BROKEN);
  const long = Array.from({ length: 17 }, (_, i) => cname(i ? `c${i}.example.org` : WWW, `c${i + 1}.example.org`));
  assert.is(exchange({ answers: [...long, ip("c17.example.org")] }).verdict, BROKEN);
  assert.is(exchange({ answers: [...long.slice(0, 16), ip("c16.example.org")] }).verdict, USABLE);
});

test("the type CNAME is answered by the alias itself", () => {
  const { answer } = exchange({ answers: chain }, "CNAME");
  assert.is(answer!.answers.length, 1);
});

const DATA: [type: string, data: unknown][] = [
  ["MX", { preference: 10, exchange: "mail.example.org" }],
  ["SRV", { priority: 1, weight: 2, port: 3, target: "srv.example.org" }],
  ["NS", "ns.example.org"],
  ["PTR", "ptr.example.org"],
  ["DNAME", "other.example.org"],
  ["SOA", {
    mname: "ns.example.org",
    rname: "root.example.org",
    serial: 4294967295,
    refresh: 1,
    retry: 2,
    expire: 3,
    minimum: 4,
  }],
  ["CAA", { flags: 0, tag: "issue", value: "ca.example.net", issuerCritical: false }],
  ["NAPTR", {
    order: 1,
    preference: 2,
    flags: "S",
    services: "SIP+D2U",
    regexp: "",
    replacement: "_sip._udp.example.org",
  }],
  ["DS", { keyTag: 1, algorithm: 8, digestType: 2, digest: Buffer.from("00112233", "hex") }],
  ["SSHFP", { algorithm: 1, hash: 1, fingerprint: "00112233445566778899AABBCCDDEEFF00112233" }],
  ["RP", { mbox: "who.example.org", txt: "what.example.org" }],
];

for (const [type, data] of DATA) {
  test(`data of type ${type} comes through unchanged`, () => {
    const record = { type, name: WWW, ttl: 60, data } as Answer;
    const { verdict, answer, world } = exchange({ answers: [record] }, type);
    assert.is(verdict, USABLE);
    assert.equal((answer!.answers[0] as { data: unknown }).data, data);
    assert.equal((world.ask(WWW, type).answers[0] as { data: unknown }).data, data);
  });
}

test("data whose names do not fit its length is broken", () => {
  const world = new World();
  const packet = query(WWW, "MX");
  world.run(packet);
  const record = (data: number[]) =>
    Uint8Array.from([
      0,
      0,
      0x81,
      0x80,
      0,
      1,
      0,
      1,
      0,
      0,
      0,
      0,
      ...packet.subarray(12),
      0xc0,
      12,
      0,
      15,
      0,
      1,
      0,
      0,
      0,
      60,
      ...u16(data.length),
      ...data,
    ]);
  assert.is(world.accept(world.question(), record([0, 10, 1, 0x61, 0])), USABLE);
  for (const data of [[0, 10], [0, 10, 1, 0x61], [0, 10, 1, 0x61, 0, 0], [0], [0, 10, 0xc0]]) {
    assert.is(world.accept(world.question(), record(data)), BROKEN, `${data}`);
  }
});

test("DNSSEC: signatures and denials are for those who asked for them", () => {
  const rrsig = (name: string, typeCovered: string): Answer =>
    ({
      type: "RRSIG",
      name,
      ttl: 60,
      data: {
        typeCovered,
        algorithm: 8,
        labels: 3,
        originalTTL: 60,
        expiration: 1,
        inception: 0,
        keyTag: 1,
        signersName: "example.org",
        signature: Buffer.from([1, 2, 3]),
      },
    }) as Answer;
  const nsec = {
    type: "NSEC",
    name: "example.org",
    ttl: 60,
    data: { nextDomain: "z.example.org", rrtypes: ["A"] },
  } as Answer;
  const positive = {
    answers: [ip(WWW), rrsig(WWW, "A"), rrsig(WWW, "AAAA")],
    authorities: [nsec, rrsig("example.org", "NSEC"), ns("example.org")],
  };
  const types = (got: ReturnType<typeof exchange>) =>
    [...got.answer!.answers, ...got.answer!.authorities].map((record) => record.type).join(" ");
  assert.is(types(exchange(positive)), "A");
  assert.is(types(exchange(positive, "A", { dnssecOk: true })), "A RRSIG NSEC RRSIG");
  const negative = {
    authorities: [soa("example.org"), rrsig("example.org", "SOA"), nsec, rrsig("example.org", "NSEC")],
  };
  assert.is(types(exchange(negative)), "SOA");
  assert.is(types(exchange(negative, "A", { dnssecOk: true })), "SOA RRSIG NSEC RRSIG");
});

test("a failing server's extended error and extended code are left for the caller", () => {
  const world = new World();
  world.run(query(WWW, "A"));
  const question = world.question();
  const opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 6, 0, 15, 0, 2, 0, 6];
  const servfail = Uint8Array.from([...replyTo(question, { rcode: 2 }), ...opt]);
  servfail[11] = 1;
  assert.is(world.accept(question, servfail), FAILED);
  assert.equal([world.view.replyRcode, world.view.replyEde], [2, 6]);
  const badvers = Uint8Array.from([...replyTo(question, {}), 0, 0, 41, 4, 208, 1, 0, 0, 0, 0, 0]);
  badvers[11] = 1;
  assert.is(world.accept(question, badvers), FAILED);
  assert.is(world.view.replyRcode, 16);
});

test("DNAME and the alias made from it are both kept", () => {
  const dname = { type: "DNAME", name: "example.org", ttl: 60, data: "example.net" } as Answer;
  const { answer } = exchange({ answers: [dname, cname(WWW, "www.example.net"), ip("www.example.net")] });
  assert.equal(answer!.answers.map((record) => record.type), ["DNAME", "CNAME", "A"]);
  assert.is(rcode(answer!), "NOERROR");
});

test("a reply of the largest size is answered over TCP, though it is too long to be kept", () => {
  const world = new World();
  const packet = query(WWW, "A");
  world.run(packet);
  const question = world.question();
  const records = Array.from({ length: 2000 }, (_, i) => ip(WWW, `10.0.${i >> 8}.${i & 255}`));
  assert.is(world.accept(question, replyTo(question, { answers: records })), USABLE);
  const length = world.run(packet, ALLOWED | UPSTREAM_DONE | 1);
  assert.is(read(world.out.slice(0, length)).answers.length, 2000);
  assert.is(cacheEntries(world.cache).positive, 0);
});

test.run();
