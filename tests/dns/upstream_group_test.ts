import { suite } from "uvu";
import * as assert from "uvu/assert";
import type * as dnsPacket from "dns-packet";
import { parseServerAddress } from "../../dns/server_address.ts";
import { Upstream } from "../../dns/upstream.ts";
import { UpstreamGroup, UpstreamsFailed } from "../../dns/upstream_group.ts";
import { FakeClock, settle } from "../fake_clock.ts";
import { a, FakeNetwork, packedQuestion, RCODE, replyTo, type Server, SILENT } from "./fake_network.ts";

const test = suite("upstream group");

const GOOD: Server = (query) => replyTo(query, [a("www.example", "192.0.2.1")]);
const failing = (rcode: number): Server => (query) => replyTo(query, [], { rcode });
const DENIES = failing(RCODE.NXDOMAIN);

/** A group of servers 10.0.0.1, 10.0.0.2, ... and what becomes of one question at a time. */
function setUp(servers: Server[], { timeout = 2_000, urls = [] as string[] } = {}) {
  const clock = new FakeClock();
  const network = new FakeNetwork();
  const counted: string[] = [];
  const logged: string[] = [];
  const setting = {
    clock,
    random: () => 0.5,
    log: (_level: string, message: string) => void logged.push(message),
    network,
    loopMark: new Uint8Array(8),
    timeout: () => timeout,
    observer: {
      asked: () => {},
      replied: () => {},
      failed: (server: { label: string }, reason: string) => void counted.push(`${server.label} ${reason}`),
      ignored: (server: { label: string }, reason: string) => void counted.push(`${server.label} ignored ${reason}`),
    },
  };
  const addresses = servers.map((server, i) => {
    const address = parseServerAddress(urls[i] ?? `10.0.0.${i + 1}`);
    network.servers.set(address.label, server);
    return address;
  });
  const group = new UpstreamGroup(addresses.map((address) => new Upstream(address, setting)), setting);
  const stop = new AbortController();
  /** Asks and notes when what came. */
  const ask = (accept = (_reply: Uint8Array) => true) => {
    const started = clock.monotonic();
    const outcome = { at: -1, from: "", rcode: -1, error: undefined as unknown };
    group.ask(packedQuestion("www.example"), ({ reply, server }) => {
      outcome.from = server.label;
      outcome.rcode = reply[3]! & 15;
      return accept(reply);
    }, stop.signal).then(
      () => outcome.at = clock.monotonic() - started,
      (error) => Object.assign(outcome, { at: clock.monotonic() - started, error }),
    );
    return outcome;
  };
  return { clock, network, group, ask, stop, counted, logged };
}

test("asks the first of the list", async () => {
  const { clock, network, ask } = setUp([GOOD, GOOD]);
  const outcome = ask();
  await clock.advance(0);
  assert.equal(outcome, { at: 0, from: "10.0.0.1:53", rcode: 0, error: undefined });
  assert.equal(network.asked, ["udp 10.0.0.1:53 www.example A"]);
});

for (const [name, rcode] of Object.entries(RCODE).filter(([name]) => !["NOERROR", "NXDOMAIN"].includes(name))) {
  test(`${name} sends the question to the next server at once`, async () => {
    const { clock, ask } = setUp([failing(rcode), GOOD]);
    const outcome = ask();
    await clock.advance(0);
    assert.equal([outcome.at, outcome.from], [0, "10.0.0.2:53"]);
  });
}

test("NXDOMAIN is an answer", async () => {
  const { clock, network, ask } = setUp([DENIES, GOOD]);
  const outcome = ask();
  await clock.advance(0);
  assert.equal([outcome.from, outcome.rcode], ["10.0.0.1:53", RCODE.NXDOMAIN]);
  assert.is(network.asked.length, 1);
});

test("a truncated reply is asked again over TCP, of the same server", async () => {
  const { clock, network, ask } = setUp([
    (query, via) =>
      via === "udp" ? replyTo(query, [], { truncated: true }) : replyTo(query, [a("www.example", "1.2.3.4")]),
  ]);
  const outcome = ask();
  await clock.advance(0);
  assert.is(outcome.rcode, 0);
  assert.equal(network.asked, ["udp 10.0.0.1:53 www.example A", "tcp 10.0.0.1:53 www.example A"]);
});

test("a server over TLS is never asked in the clear", async () => {
  const { clock, network, ask } = setUp([GOOD], { urls: ["tls://dns.example@10.0.0.1"] });
  ask();
  await clock.advance(0);
  assert.equal(network.asked, ["tls tls://dns.example@10.0.0.1:853 www.example A"]);
});

test("a silent server costs 0.9 s once, and is then asked last for 30 s", async () => {
  const { clock, network, ask, counted, logged } = setUp([SILENT, GOOD]);
  const first = ask();
  await clock.advance(900);
  assert.equal([first.at, first.from], [900, "10.0.0.2:53"]);
  await clock.advance(1_100); // now its own time is over too
  assert.equal(counted, ["10.0.0.1:53 timeout"]);
  network.asked.length = 0;
  const second = ask();
  await clock.advance(29_999);
  assert.equal([second.at, second.from], [0, "10.0.0.2:53"]);
  assert.is(network.asked.length, 1);
  await clock.advance(1);
  ask();
  await clock.advance(0);
  assert.is(network.asked.at(-1), "udp 10.0.0.1:53 www.example A");
  network.servers.set("10.0.0.1:53", GOOD);
  await clock.advance(2_000);
  await clock.advance(30_000);
  ask();
  await clock.advance(0);
  assert.equal(logged, ["an upstream server does not answer: it is asked last", "an upstream server answers again"]);
});

test("a lost packet is sent again before a client gives up, with one server too", async () => {
  let packets = 0;
  const { clock, network, ask } = setUp([
    (query, via, raw) => ++packets === 1 ? SILENT(query, via, raw) : GOOD(query, via, raw),
  ]);
  const outcome = ask();
  await clock.advance(1_000);
  assert.equal([outcome.at, outcome.rcode], [900, 0]);
  assert.is(network.asked.length, 2);
});

test("a single server that fails is not asked again for the same question", async () => {
  const { clock, network, ask } = setUp([failing(RCODE.SERVFAIL)]);
  const outcome = ask();
  await clock.advance(5_000);
  assert.is(outcome.at, 0);
  assert.instance(outcome.error, UpstreamsFailed);
  assert.is((outcome.error as UpstreamsFailed).reply?.[3]! & 15, RCODE.SERVFAIL);
  assert.is(network.asked.length, 1);
});

for (const [servers, timeout] of [[1, 2_000], [3, 2_000], [2, 500], [1, 10_000], [3, 10_000]] as const) {
  test(`a dead list of ${servers} with ${timeout} ms each has failed well within timeout x servers + 1 s`, async () => {
    const { clock, ask } = setUp(Array.from({ length: servers }, () => SILENT), { timeout });
    const outcome = ask();
    await clock.advance(timeout * servers + 1_000);
    assert.instance(outcome.error, UpstreamsFailed);
    assert.ok(outcome.at <= timeout * servers + 900, `after ${outcome.at} ms`);
    assert.is((outcome.error as UpstreamsFailed).reply, undefined);
    const dead = ask();
    await clock.advance(timeout * servers + 1_000);
    assert.ok(dead.at >= 0, "all marked down: asked all the same");
  });
}

test("a list without servers fails at once and says why", async () => {
  const { clock, ask } = setUp([]);
  const outcome = ask();
  await clock.advance(0);
  assert.match(String(outcome.error), "no upstream server is known");
});

test("NXDOMAIN of a server asked early waits for the one before it", async () => {
  const late = (milliseconds: number, then: Server): Server => async (query, via, raw) => {
    await clock.sleep(milliseconds);
    return then(query, via, raw);
  };
  const { clock, ask } = setUp([(q, v, r) => late(1_500, GOOD)(q, v, r), DENIES]);
  const outcome = ask();
  await clock.advance(1_200);
  assert.is(outcome.at, -1);
  await clock.advance(300);
  assert.equal([outcome.at, outcome.from, outcome.rcode], [1_500, "10.0.0.1:53", 0]);
});

test("NXDOMAIN of a server asked early counts when the one before it stays silent", async () => {
  const { clock, ask } = setUp([SILENT, DENIES]);
  const outcome = ask();
  await clock.advance(2_000);
  assert.equal([outcome.at, outcome.from, outcome.rcode], [2_000, "10.0.0.2:53", RCODE.NXDOMAIN]);
});

test("a broken reply counts as a failure of its server", async () => {
  const { clock, ask } = setUp([(query) => replyTo(query, [a("www.example", "10.0.0.66")]), GOOD]);
  const outcome = ask((reply) => reply.at(-1) !== 66);
  await clock.advance(0);
  assert.is(outcome.from, "10.0.0.2:53");
});

test("a server that does not know EDNS is asked without it, and only so for 15 minutes", async () => {
  let withOpt = 0;
  const { clock, ask } = setUp([(query) => {
    if (!query.additionals?.length) return replyTo(query, [a("www.example", "192.0.2.1")]);
    withOpt++;
    return replyTo(query, [], { rcode: RCODE.FORMERR });
  }]);
  for (let i = 0; i < 3; i++) {
    const outcome = ask();
    await clock.advance(0);
    assert.is(outcome.rcode, 0);
  }
  assert.is(withOpt, 1);
  await clock.advance(15 * 60_000);
  ask();
  await clock.advance(0);
  assert.is(withOpt, 2);
});

test("queries carry RD, AD, our size and our mark, and nothing else", async () => {
  let seen: Partial<dnsPacket.DecodedPacket> = {};
  const { clock, group, stop } = setUp([(query) => {
    seen = query;
    return replyTo(query, []);
  }]);
  group.ask(packedQuestion("www.example", 28, 3), () => true, stop.signal);
  await clock.advance(0);
  const [opt, ...more] = seen.additionals as dnsPacket.OptAnswer[];
  assert.equal([seen.flag_rd, seen.flag_ad, seen.flag_cd], [true, true, true]);
  assert.equal([opt?.udpPayloadSize, opt?.flag_do, more.length], [1232, true, 0]);
  assert.equal(opt?.options.map((o) => o.code), [65077]);
});

test("a forged reply is ignored and counted, and the true one still counts", async () => {
  const { clock, ask, counted } = setUp([(query) => ({ ...replyTo(query, []), id: (query.id ?? 0) ^ 1 }), GOOD]);
  const outcome = ask();
  await clock.advance(1_000);
  assert.is(outcome.from, "10.0.0.2:53");
  assert.equal(counted, ["10.0.0.1:53 ignored id"]);
});

test("a server far slower than the best steps behind it", async () => {
  const { clock, network, ask } = setUp([async (query, via, raw) => {
    await clock.sleep(500);
    return GOOD(query, via, raw);
  }, GOOD]);
  ask();
  await clock.advance(500);
  assert.is(network.asked.length, 1, "nothing is known of the second");
  network.servers.set("10.0.0.1:53", failing(RCODE.REFUSED));
  ask();
  await clock.advance(0);
  network.asked.length = 0;
  ask();
  await clock.advance(0);
  assert.equal(network.asked, ["udp 10.0.0.2:53 www.example A"]);
});

test("a stop ends what is under way", async () => {
  const { ask, stop, counted, clock } = setUp([SILENT, SILENT]);
  const outcome = ask();
  await settle();
  stop.abort(new Error("stopped"));
  await settle();
  assert.match(String(outcome.error), "stopped");
  assert.equal(counted, [], "which says nothing of the servers");
  assert.is(clock.sleeping, 0);
});

test.run();
