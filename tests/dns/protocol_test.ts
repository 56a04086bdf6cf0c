/** Manners: header bits, EDNS, cookies, extended errors, what is refused, relayed, dropped, and truncation. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ALLOWED, answer, DROP, MISS, RELAY, TCP, UPSTREAM_FAILED } from "../../dns/answer.ts";
import type { Answer } from "dns-packet";
import { RecordOrder } from "../../dns/record_order.ts";
import { a, apex, entry, lines, query, rcode, read, replyTo, soa, u16, World } from "./world.ts";

const test = suite("protocol");
const NAME = "svc1.testns.svc.cluster.local";

const world = new World([
  apex(),
  entry("testns.svc.cluster.local", []),
  entry(NAME, a("10.0.0.1")),
  entry("api.example.com", a("240.240.0.1"), { others: "upstream" }),
], { cookieSecret: Uint8Array.from({ length: 16 }, (_, i) => i) });

/** A packet with some bytes changed. */
function patched(packet: Uint8Array, changes: Record<number, number>): Uint8Array {
  const copy = packet.slice();
  for (const [at, value] of Object.entries(changes)) copy[Number(at)] = value;
  return copy;
}

function respond(packet: Uint8Array, client = ALLOWED) {
  const length = world.run(packet, client);
  assert.ok(length > 0, `got ${length}`);
  return read(world.out.slice(0, length));
}

test("id, RD and CD come back as they came; RA is set; AD only from upstream", () => {
  for (const asking of [{ id: 0 }, { id: 65535, rd: false }, { cd: true, ad: true, rd: true }]) {
    const reply = world.ask(NAME, "A", asking);
    assert.is(reply.id, asking.id ?? 0x1234);
    assert.equal([reply.rd, reply.cd, reply.ra, reply.ad], [asking.rd ?? true, asking.cd ?? false, true, false]);
  }
});

test("reserved bits of the header are not copied", () => {
  const reply = respond(patched(query(NAME, "A"), { 3: 0xff }));
  assert.equal([reply.bytes[3]! & 0x40, reply.rcode, reply.ra], [0, 0, true]);
});

const OUTCOMES: [what: string, packet: Uint8Array, result: number][] = [
  ["an empty packet", new Uint8Array(0), DROP],
  ["half a header", new Uint8Array(11), DROP],
  ["a response", patched(query(NAME, "A"), { 2: 0x81 }), DROP],
  ["a response without a question", patched(new Uint8Array(12), { 2: 0x80 }), DROP],
  ["NOTIFY for elsewhere", patched(query("example.org", "SOA"), { 2: 0x20 }), RELAY],
  ["UPDATE for elsewhere", patched(query("example.org", "SOA"), { 2: 0x28 }), RELAY],
  ["STATUS", patched(query("example.org", "SOA"), { 2: 0x10 }), RELAY],
  ["a transfer", query("example.org", 252), RELAY],
  ["an incremental transfer", query("example.org", 251), RELAY],
  ["a key exchange", query("1234.sig-host.example.org", "TKEY"), RELAY],
  ["class ANY", query("example.org", "A", { class: "ANY" }), RELAY],
  ["class HS", query("example.org", "A", { class: "HS" }), RELAY],
  ["another name in class CH", query("example.bind", "TXT", { class: "CH" }), RELAY],
  ["two questions", twoQuestions("example.org", "example.net"), RELAY],
  ["a signature", withRecord("example.org", 250, 10), RELAY],
  ["a SIG(0)", withRecord("example.org", 24, 10), RELAY],
  ["an answer section in a query", withRecord("example.org", 1, 6), RELAY],
  ["an authority section in a query", withRecord("example.org", 6, 8), RELAY],
  ["an update of a ServiceEntry's host", patched(query("api.example.com", "SOA"), { 2: 0x28 }), RELAY],
];

function twoQuestions(one: string, other: string): Uint8Array {
  return Uint8Array.from([...patched(query(one, "A"), { 5: 2 }), ...query(other, "A").subarray(12)]);
}

/** A question and one more record, counted at `counter` of the header. */
function withRecord(name: string, type: number, counter: number): Uint8Array {
  const plain = patched(query(name, "A"), { [counter + 1]: 1 });
  return Uint8Array.from([...plain, 0, ...u16(type), 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4]);
}

for (const [what, packet, result] of OUTCOMES) {
  test(`${what}: ${result === DROP ? "dropped" : "relayed"}`, () => assert.is(world.run(packet), result));
}

const REFUSED: [what: string, packet: Uint8Array][] = [
  ["NOTIFY", patched(query("cluster.local", "SOA"), { 2: 0x20 })],
  ["UPDATE", patched(query("x.svc.cluster.local", "SOA"), { 2: 0x28 })],
  ["NOTIFY with EDNS", patched(query("cluster.local", "SOA", { edns: 1232 }), { 2: 0x20 })],
  ["UPDATE with EDNS", patched(query("x.svc.cluster.local", "SOA", { edns: 1232 }), { 2: 0x28 })],
  ["a transfer", query("cluster.local", 252)],
  ["a key exchange", query("x.cluster.local", "TKEY")],
  ["class HS", query(NAME, "A", { class: "HS" })],
  ["two questions, the second ours", twoQuestions("example.org", NAME)],
  ["a signature", withRecord(NAME, 250, 10)],
];

for (const [what, packet] of REFUSED) {
  test(`${what} for a domain of ours: REFUSED`, () => {
    const reply = respond(packet);
    assert.equal([rcode(reply), reply.answers.length], ["REFUSED", 0]);
    assert.is((reply.bytes[2]! >> 3) & 15, (packet[2]! >> 3) & 15);
    assert.equal(reply.ede, packet[11] && what.includes("EDNS") ? [21] : []);
  });
}

test("a relay without upstream is SERVFAIL", () => {
  const reply = respond(query("example.org", 252), ALLOWED | UPSTREAM_FAILED);
  assert.is(rcode(reply), "SERVFAIL");
});

const MALFORMED: [what: string, packet: Uint8Array][] = [
  ["no question", patched(query(NAME, "A").subarray(0, 12), { 5: 0 })],
  ["a question that is not there", query(NAME, "A").subarray(0, 12)],
  ["a question cut in its name", query(NAME, "A").subarray(0, 20)],
  ["a question cut in its type", query(NAME, "A").subarray(0, query(NAME, "A").length - 1)],
  ["a pointer in the question", Uint8Array.from([...query(NAME, "A").subarray(0, 12), 0xc0, 12, 0, 1, 0, 1])],
  [
    "a label of a type that does not exist",
    Uint8Array.from([...query(NAME, "A").subarray(0, 12), 0x41, 12, 0, 0, 1, 0, 1]),
  ],
  ["a name of 256 bytes", longName(256)],
  ["a record that is not there", patched(query(NAME, "A"), { 11: 1 })],
  ["an OPT cut short", query(NAME, "A", { edns: 1232 }).subarray(0, query(NAME, "A").length + 9)],
  ["an OPT with a name", optNamed()],
  ["two OPT records", twoOpts()],
  ["an option longer than its OPT", badOption([0, 10, 0, 9, 1, 2, 3])],
  ["an option cut in its head", badOption([0, 10, 0])],
  ["a cookie of 7 bytes", query(NAME, "A", { options: [{ code: 10, data: new Uint8Array(7) }] })],
  ["a cookie of 15 bytes", query(NAME, "A", { options: [{ code: 10, data: new Uint8Array(15) }] })],
  ["a cookie of 41 bytes", query(NAME, "A", { options: [{ code: 10, data: new Uint8Array(41) }] })],
];

/** A question whose name takes so many bytes. */
function longName(size: number): Uint8Array {
  const labels: number[] = [];
  for (let left = size - 1; left > 0;) {
    const label = Math.min(63, left - 1);
    labels.push(label, ...new Array(label).fill(0x61));
    left -= label + 1;
  }
  return Uint8Array.from([...query(NAME, "A").subarray(0, 12), ...labels, 0, 0, 1, 0, 1]);
}

function optNamed(): Uint8Array {
  const plain = patched(query(NAME, "A"), { 11: 1 });
  return Uint8Array.from([...plain, 1, 0x61, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
}

function twoOpts(): Uint8Array {
  const one = query(NAME, "A", { edns: 1232 });
  return Uint8Array.from([...patched(one, { 11: 2 }), 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
}

function badOption(bytes: number[]): Uint8Array {
  const plain = patched(query(NAME, "A"), { 11: 1 });
  return Uint8Array.from([...plain, 0, 0, 41, 4, 208, 0, 0, 0, 0, ...u16(bytes.length), ...bytes]);
}

for (const [what, packet] of MALFORMED) {
  test(`${what}: FORMERR, a header alone`, () => {
    const reply = respond(packet);
    assert.equal([rcode(reply), reply.bytes.length, reply.id], ["FORMERR", 12, 0x1234]);
  });
}

test("the longest name there is, 255 bytes, is a question", () => {
  assert.is(world.run(longName(255)), MISS);
});

test("bytes behind the message do no harm", () => {
  const packet = Uint8Array.from([...query(NAME, "A"), 1, 2, 3]);
  assert.is(rcode(respond(packet)), "NOERROR");
});

test("EDNS: OPT is answered with OPT, and only then", () => {
  assert.is(world.ask(NAME).opt, undefined);
  const { opt } = world.ask(NAME, "A", { edns: 4096 });
  assert.equal([opt!.size, opt!.dnssecOk, opt!.options.size], [1232, false, 0]);
  assert.is(world.ask(NAME, "A", { dnssecOk: true }).opt!.dnssecOk, true);
  assert.ok(world.ask("x.testns.svc.cluster.local", "A", { edns: 512 }).opt);
});

test("EDNS of another version is BADVERS, whatever else is asked", () => {
  for (const version of [1, 255]) {
    const reply = world.ask("www.example.org", "A", { edns: 1232, version });
    assert.equal([reply.rcode, reply.answers.length, reply.bytes.length], [16, 0, 12 + 17 + 4 + 11]);
  }
});

test("options that we do not know are ignored", () => {
  const options = [{ code: 3, data: new Uint8Array(0) }, { code: 8, data: Uint8Array.of(0, 1, 24, 0, 10, 0, 0) }];
  assert.is(world.ask(NAME, "A", { options }).opt!.options.size, 0);
});

test("cookies: the client's comes back with one of ours that depends on cookie, client, time and secret", () => {
  const cookie = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const ask = (data: Uint8Array, client: number) =>
    world.ask(NAME, "A", { options: [{ code: 10, data }] }, ALLOWED | (client << 8)).opt!.options.get(10)!;
  const first = ask(cookie, 1);
  assert.is(first.length, 24);
  assert.equal([...first.subarray(0, 12)], [1, 2, 3, 4, 5, 6, 7, 8, 1, 0, 0, 0]);
  assert.equal([...ask(cookie, 1)], [...first]);
  assert.not.equal([...ask(cookie, 2)], [...first]);
  assert.equal([...ask(Uint8Array.from([...cookie, ...new Uint8Array(16)]), 1)], [...first]);
  const plain = new World([apex(), entry(NAME, a("10.0.0.1"))]);
  assert.is(plain.ask(NAME, "A", { options: [{ code: 10, data: cookie }] }).opt!.options.size, 0);
});

test("TCP keepalive is told to those who ask over TCP", () => {
  const options = [{ code: 11, data: new Uint8Array(0) }];
  assert.equal([...world.ask(NAME, "A", { options }, ALLOWED | TCP).opt!.options.get(11)!], [0, 100]);
  assert.is(world.ask(NAME, "A", { options }).opt!.options.size, 0);
});

test("who is not allowed is refused whatever he asks, and told so", () => {
  for (const packet of [query(NAME, "A", { edns: 1232 }), query("www.example.org", "A", { edns: 1232 })]) {
    const reply = respond(packet, 0);
    assert.equal([rcode(reply), reply.ede, reply.answers.length], ["REFUSED", [18], 0]);
  }
  assert.is(rcode(respond(query("example.org", 252), 0)), "REFUSED");
  assert.is(rcode(respond(query(NAME, "A").subarray(0, 20), 0)), "REFUSED");
  assert.is(world.run(patched(query(NAME, "A"), { 2: 0x81 }), 0), DROP);
});

test("class CH: the server's own names, TXT and ANY, nothing else", () => {
  for (
    const [name, text] of [["version.bind", "moorline test"], ["VERSION.server", "moorline test"], [
      "id.server",
      "vm-1",
    ], ["hostname.bind", "vm-1"]] as const
  ) {
    const reply = world.ask(name, "TXT", { class: "CH" });
    assert.equal(lines(reply), [`${name} 0 TXT ${JSON.stringify(text)}`]);
    assert.is((reply.answers[0] as { class?: string }).class, "CH");
  }
  assert.is(world.ask("version.bind", "ANY", { class: "CH" }).answers.length, 1);
  assert.is(world.ask("version.bind", "A", { class: "CH" }).answers.length, 0);
});

const MANY = Array.from({ length: 200 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);

test("over UDP as many addresses as fit, and TC; over TCP all of them", () => {
  const w = new World([apex(), entry("many.testns.svc.cluster.local", a(...MANY))]);
  const sizes: [edns: number | undefined, most: number][] = [
    [undefined, 512],
    [512, 512],
    [100, 512],
    [700, 700],
    [1232, 1232],
    [4096, 1232],
    [65535, 1232],
  ];
  for (const [edns, most] of sizes) {
    const reply = w.ask("many.testns.svc.cluster.local", "A", edns === undefined ? {} : { edns });
    const room = most - 12 - (31 + 4) - (edns === undefined ? 0 : 11 + 6);
    assert.equal([reply.tc, reply.answers.length], [true, Math.floor(room / 16)], `${edns}`);
    assert.ok(reply.bytes.length <= most);
    assert.is(new Set(reply.answers.map((record) => "data" in record && record.data)).size, reply.answers.length);
  }
  const all = w.ask("many.testns.svc.cluster.local", "A", {}, ALLOWED | TCP);
  assert.equal([all.tc, all.answers.length], [false, 200]);
  assert.equal(all.answers.map((record) => "data" in record && record.data).sort(), [...MANY].sort());
});

test("an answer of exactly the client's size is not truncated", () => {
  const fits = Math.floor((512 - 12 - 35) / 16);
  const w = new World([apex(), entry("many.testns.svc.cluster.local", a(...MANY.slice(0, fits)))]);
  assert.is(w.ask("many.testns.svc.cluster.local").tc, false);
});

test("additional records that do not fit are left out by whole sets, without TC", () => {
  const targets = Array.from({ length: 5 }, (_, i) => `ep${i}.hdls.testns.svc.cluster.local`);
  const w = new World([
    apex(),
    ...targets.map((target) => entry(target, a("10.0.0.1", "10.0.0.2", "10.0.0.3"))),
    entry(
      "hdls.testns.svc.cluster.local",
      targets.map((target) => ({ type: "SRV", priority: 0, weight: 1, port: 80, target })),
    ),
  ]);
  const reply = w.ask("hdls.testns.svc.cluster.local", "SRV");
  assert.equal([reply.tc, reply.answers.length], [false, 5]);
  assert.ok(reply.additionals.length > 0 && reply.additionals.length < 15);
  assert.is(reply.additionals.length % 3, 0);
  assert.is(w.ask("hdls.testns.svc.cluster.local", "SRV", {}, ALLOWED | TCP).additionals.length, 15);
});

test("cached answers are cut between records, too", () => {
  const w = new World([apex()]);
  const records = Array.from(
    { length: 60 },
    (_, i) => ({ type: "A", name: "big.example.org", ttl: 60, data: `192.0.2.${i}` } as const),
  );
  w.run(query("big.example.org", "A"));
  w.accept(w.question(), replyTo(w.question(), { answers: records }));
  const cut = w.ask("big.example.org");
  assert.equal([cut.tc, cut.answers.length], [true, Math.floor((512 - 12 - 21) / 16)]);
  const whole = w.ask("big.example.org", "A", { edns: 1232 });
  assert.equal([whole.tc, whole.answers.length], [false, 60]);
});

test("a cached SOA that does not fit is left out without TC", () => {
  const w = new World([apex()]);
  const long = (label: string) => `${[..."abc"].map((c) => c.repeat(60)).join(".")}.${label}.example`;
  const alias = { type: "CNAME", name: "www.example.org", ttl: 60, data: long("net") } as const;
  const proof = {
    ...soa("example"),
    data: { mname: long("one"), rname: long("two"), serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 60 },
  } as Answer;
  const reply = w.resolve("www.example.org", "A", () => ({ answers: [alias], authorities: [proof] }));
  assert.equal([reply.tc, reply.answers.length, reply.authorities.length], [false, 1, 0]);
  assert.is(w.ask("www.example.org", "A", { edns: 1232 }).authorities.length, 1);
});

test("an address that is given twice is answered once, in the nearer tier", () => {
  const twice = [["10.0.0.1", 1], ["10.0.0.2", 1], ["10.0.0.1", 0]] as const;
  const w = new World([
    apex(),
    entry("x.cluster.local", twice.map(([address, tier]) => ({ type: "A", address, tier }) as const)),
  ]);
  assert.equal(w.ask("x.cluster.local").answers.map((record) => "data" in record && record.data), [
    "10.0.0.1",
    "10.0.0.2",
  ]);
});

test("the last tier ends where the addresses do", () => {
  const order = new RecordOrder();
  for (let random = 1; random < 50; random++) {
    order.beginTiered(3, random * 2654435761, Uint8Array.of(9, 0, 1, 1, 1, 1, 1), 1);
    assert.equal([order.at(0), [order.at(1), order.at(2)].sort()], [0, [1, 2]]);
  }
});

test("addresses are shuffled by the random number alone, nearest tier first", () => {
  const w = new World([
    apex(),
    entry("near.testns.svc.cluster.local", [
      ...["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((address) => ({ type: "A", address, tier: 0 }) as const),
      ...["10.0.1.1", "10.0.1.2"].map((address) => ({ type: "A", address, tier: 1 }) as const),
      { type: "A", address: "10.0.2.1", tier: 2 },
    ]),
  ]);
  const order = (random: number) => {
    w.random = random;
    return w.ask("near.testns.svc.cluster.local").answers.map((record) => String("data" in record && record.data));
  };
  const seen = new Map<string, number>();
  for (let i = 0; i < 1200; i++) {
    const got = order((i * 2654435761) >>> 0);
    assert.equal(got.map((address) => address.split(".")[2]).join(""), "000112");
    seen.set(got.join(), (seen.get(got.join()) ?? 0) + 1);
  }
  // 3! times 2! orders, each about 100 times.
  assert.is(seen.size, 12);
  assert.ok(Math.min(...seen.values()) > 60, `${[...seen.values()]}`);
  assert.equal(order(12345), order(12345));
});

test("addresses of cached answers are shuffled too, behind their question and at the end of a chain", () => {
  const w = new World([apex(), entry("away.testns.svc.cluster.local", [{ type: "CNAME", target: "www.example.org" }])]);
  const records = ["1", "2", "3"].map((
    last,
  ) => ({ type: "A", name: "cdn.example.net", ttl: 60, data: `192.0.2.${last}` } as const));
  const alias = { type: "CNAME", name: "www.example.org", ttl: 60, data: "cdn.example.net" } as const;
  w.resolve("www.example.org", "A", () => ({ answers: [alias, ...records] }));
  for (const [name, aliases] of [["www.example.org", 1], ["away.testns.svc.cluster.local", 2]] as const) {
    const orders = new Set<string>();
    for (let i = 0; i < 200; i++) {
      w.random = (i * 2654435761) >>> 0;
      const { answers } = w.ask(name);
      assert.ok(answers.slice(0, aliases).every((record) => record.type === "CNAME"));
      orders.add(answers.slice(aliases).map((record) => "data" in record && record.data).join());
    }
    assert.is(orders.size, 6, name);
  }
});

test("the same parameters give the same bytes", () => {
  const packet = query(NAME, "A", { edns: 1232 });
  const once = respond(packet).bytes;
  respond(query("x.testns.svc.cluster.local", "SRV"));
  assert.equal(respond(packet).bytes, once);
});

test("a packet in a larger buffer ends where it ends", () => {
  const buffer = new Uint8Array(512).fill(0xff);
  buffer.set(query(NAME, "A"));
  const length = answer(buffer, query(NAME, "A").length, world.out, world.view, world.now, 1, ALLOWED);
  assert.is(rcode(read(world.out.slice(0, length))), "NOERROR");
});

test.run();
