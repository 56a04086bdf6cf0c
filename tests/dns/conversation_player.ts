/** Plays the steps of a conversation (`conversation.ts` describes them) against a DnsService with played sockets. */
import { Buffer } from "node:buffer";
import * as assert from "uvu/assert";
import * as dnsPacket from "dns-packet";
import type { DnsOptions } from "../../dns/dns_options.ts";
import { DnsService } from "../../dns/dns_service.ts";
import type { Exchange, Network } from "../../dns/network.ts";
import { FakeClock, settle } from "../fake_clock.ts";
import { duration, extendedErrors, nameEntry, sections, type Step, wireRecord } from "./conversation.ts";
import { encode } from "./fake_network.ts";

const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN"];

/** A question that reached an upstream server. */
interface Asked {
  readonly label: string;
  readonly via: "udp" | "tcp" | "tls";
  readonly query: dnsPacket.DecodedPacket;
  readonly exchange: Exchange;
  readonly resolve: (reply: Uint8Array) => void;
  readonly reject: (error: Error) => void;
  readonly signal: AbortSignal;
}

/** Upstream servers that do what the conversation says, when it says so. */
class PlayedNetwork implements Network {
  /** Questions that the conversation has not mentioned, and those that it has and that wait for a reply. */
  readonly unmentioned: Asked[] = [];
  readonly waiting: Asked[] = [];
  udp = (exchange: Exchange, signal: AbortSignal) => this.#exchange("udp", exchange, signal);
  tcp = (exchange: Exchange, signal: AbortSignal) => this.#exchange("tcp", exchange, signal);
  tls = (exchange: Exchange, signal: AbortSignal) => this.#exchange("tls", exchange, signal);
  stream = (): never => {
    throw new Error("zone transfers are not played");
  };

  #exchange(via: Asked["via"], exchange: Exchange, signal: AbortSignal): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const query = dnsPacket.decode(Buffer.from(exchange.query));
      const asked = { label: exchange.server.label, via, query, exchange, resolve, reject, signal };
      this.unmentioned.push(asked);
      signal.addEventListener("abort", () => {
        // Nobody waits for this reply any more: the next one is for the next question.
        if (this.waiting.includes(asked)) this.waiting.splice(this.waiting.indexOf(asked), 1);
        reject(signal.reason);
      });
    });
  }
}

/** The socket that all clients ask at. */
class PlayedSocket {
  readonly addr: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port: 15053 };
  readonly sent: { readonly bytes: Uint8Array; readonly port: number }[] = [];
  #arrived: [Uint8Array, Deno.Addr][] = [];
  #deliver: (() => void) | undefined;
  #closed = false;

  arrive(bytes: Uint8Array, from: Deno.Addr): void {
    this.#arrived.push([bytes, from]);
    this.#deliver?.();
  }

  async receive(): Promise<[Uint8Array, Deno.Addr]> {
    while (this.#arrived.length === 0) {
      if (this.#closed) throw new Error("closed");
      await new Promise<void>((resolve) => this.#deliver = resolve);
    }
    return this.#arrived.shift()!;
  }

  send(bytes: Uint8Array, to: Deno.Addr): Promise<number> {
    this.sent.push({ bytes, port: (to as Deno.NetAddr).port });
    return Promise.resolve(bytes.length);
  }

  close(): void {
    this.#closed = true;
    this.#deliver?.();
  }
}

/** Nobody connects: questions over TCP are handed to the service directly. */
function playedListener(addr: Deno.Addr) {
  const closed = Promise.withResolvers<never>();
  return { addr, accept: () => closed.promise, close: () => closed.reject(new Error("closed")) };
}

interface Client {
  readonly address: string;
  readonly port: number;
  readonly got: Uint8Array[];
}

type Given = { -readonly [K in keyof DnsOptions]: DnsOptions[K] };

/** Plays all steps; throws at the first that is not as it says, with its line. */
export async function playConversation(steps: readonly Step[]): Promise<void> {
  const play = new Play();
  const given = steps.filter(({ words }) => words[0] === "given");
  for (const step of given) await atLine(step, () => play.given(step));
  play.start();
  try {
    for (const step of steps) if (words(step)[0] !== "given") await atLine(step, () => play.step(step));
    await settle();
    play.nobodyElseWasAsked();
    play.nobodyGotMore();
  } finally {
    await play.stop();
  }
}

function words(step: Step): readonly string[] {
  return step.words;
}

async function atLine(step: Step, work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) error.message = `line ${step.line} (${step.words.join(" ")}): ${error.message}`;
    throw error;
  }
}

class Play {
  readonly #clock = new FakeClock();
  readonly #network = new PlayedNetwork();
  readonly #socket = new PlayedSocket();
  readonly #clients = new Map<string, Client>();
  readonly #names: ReturnType<typeof nameEntry>[] = [];
  readonly #addresses = new Map<string, string>();
  #options: Given;
  #service: DnsService | undefined;
  #seed = 1;

  constructor() {
    this.#options = {
      clock: this.#clock,
      log: () => {},
      // A linear congruential generator: the same play is the same each time.
      random: () => (this.#seed = (this.#seed * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32,
      listen: [],
      allow: ["loopback"],
      cache: {
        entries: 1_000,
        minTtl: 0,
        maxTtl: 3_600_000,
        maxNegativeTtl: 1_800_000,
        serveStale: 3_600_000,
        prefetch: true,
      },
      rules: {
        shortNames: "fallback",
        aliases: "direct",
        search: [],
        namespace: "default",
        domains: ["cluster.local"],
        negativeTtl: 5_000,
        own: [],
        version: "moorline",
        id: "vm-1",
      },
      upstream: ["10.0.0.2"],
      upstreamTimeout: 2_000,
      upstreamCaFile: "",
      zones: [],
      queryLog: "off",
      systemFiles: [],
      network: this.#network,
      interfaces: () => [{ address: "127.0.0.1", cidr: "127.0.0.1/8" }],
      sockets: [{ datagrams: this.#socket, streams: playedListener(this.#socket.addr) }],
    };
  }

  given({ words, below }: Step): void {
    const [, what, first = "", ...more] = words;
    const options = this.#options;
    const listed = words.slice(2);
    if (what === "upstream") options.upstream = listed;
    else if (what === "timeout") options.upstreamTimeout = duration(first);
    else if (what === "zone") options.zones = [...options.zones, { zone: first, upstream: more }];
    else if (what === "search") options.rules = { ...options.rules, search: listed };
    else if (what === "rule") options.rules = { ...options.rules, [first]: more.length === 1 ? more[0] : more };
    else if (what === "cache") options.cache = { ...options.cache, [first]: setting(more[0]!) };
    else if (what === "allow") options.allow = listed;
    else if (what === "name") this.#names.push(nameEntry(listed, below));
    else if (first === "at") this.#addresses.set(what!, more[0]!);
    else throw new Error(`nothing of this kind can be given`);
  }

  start(): void {
    this.#service = new DnsService(this.#options);
    this.#service.start();
    this.#service.publish({ put: this.#names, remove: [] });
  }

  async stop(): Promise<void> {
    const stopping = this.#service!.stop();
    await this.#clock.advance(2_000);
    await stopping;
  }

  async step(step: Step): Promise<void> {
    const { words, below } = step;
    const [who = "", verb, ...more] = words;
    const phrase = words.join(" ");
    if (verb === "pass") return await this.#pass(duration(who));
    if (phrase === "the names change") return this.#change(below);
    if (verb === "asks") return await this.#ask(this.#client(who), more);
    if (verb === "is" && more[0] === "asked") return await this.#isAsked(who, more.slice(1));
    if (verb === "answers") return await this.#answer(who, more, below);
    if (verb === "breaks") return await this.#take(who).reject(new Error("connection refused"));
    if (verb === "gets") return await this.#gets(this.#client(who), more, below);
    if (verb === "waits") return await this.#waits(this.#client(who));
    throw new Error("nobody knows what this means");
  }

  nobodyElseWasAsked(): void {
    const asked = this.#network.unmentioned.map(({ label, via, query }) => `${via} ${label} ${questionText(query)}`);
    assert.equal(asked, [], "an upstream server was asked that is not mentioned");
  }

  nobodyGotMore(): void {
    this.#sort();
    for (const [name, { got }] of this.#clients) assert.is(got.length, 0, `${name} got more than is mentioned`);
  }

  async #pass(milliseconds: number): Promise<void> {
    await settle();
    this.nobodyElseWasAsked();
    await this.#clock.advance(milliseconds);
  }

  #change(lines: readonly (readonly string[])[]): void {
    const put: ReturnType<typeof nameEntry>[] = [];
    const remove: string[] = [];
    for (const [index, line] of lines.entries()) {
      if (line[0] === "no") remove.push(line[2]!);
      if (line[0] !== "name") continue;
      const end = lines.findIndex((other, i) => i > index && (other[0] === "name" || other[0] === "no"));
      put.push(nameEntry(line.slice(1), lines.slice(index + 1, end < 0 ? lines.length : end)));
    }
    this.#service!.publish({ put, remove });
  }

  #client(name: string): Client {
    let client = this.#clients.get(name);
    if (!client) {
      client = { address: this.#addresses.get(name) ?? "127.0.0.1", port: 40_000 + this.#clients.size, got: [] };
      this.#clients.set(name, client);
    }
    return client;
  }

  async #ask(client: Client, [name, type, ...more]: readonly string[]): Promise<void> {
    const flag = (word: string, bit: number) => more.includes(word) ? bit : 0;
    const size = more.includes("size") ? Number(more[more.indexOf("size") + 1]) : 1232;
    const edns: dnsPacket.OptAnswer = {
      type: "OPT",
      name: ".",
      udpPayloadSize: size,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: flag("do", dnsPacket.DNSSEC_OK),
      flag_do: more.includes("do"),
      options: [],
    };
    const packet = encode({
      type: "query",
      id: client.port,
      flags: dnsPacket.RECURSION_DESIRED | flag("cd", dnsPacket.CHECKING_DISABLED) |
        flag("ad", dnsPacket.AUTHENTIC_DATA),
      questions: [{ name: name === "." ? "" : name!, type: type as dnsPacket.RecordType, class: "IN" }],
      additionals: more.includes("plain") ? [] : [edns],
    });
    if (more.includes("tcp")) this.#service!.query(packet).then((answer) => answer && client.got.push(answer));
    else this.#socket.arrive(packet, { transport: "udp", hostname: client.address, port: client.port });
    await settle();
  }

  async #isAsked(who: string, [name, type, ...more]: readonly string[]): Promise<void> {
    await settle();
    const { unmentioned, waiting } = this.#network;
    const index = unmentioned.findIndex((asked) =>
      isServer(asked.label, who) && questionText(asked.query) === `${name} ${type}`
    );
    const seen = unmentioned.map((asked) => `${asked.label} ${questionText(asked.query)}`).join(", ") || "nobody";
    assert.ok(index >= 0, `asked was: ${seen}`);
    const [asked] = unmentioned.splice(index, 1);
    assert.is(asked!.via, more.find((word) => word === "tcp" || word === "tls") ?? "udp");
    const opt = asked!.query.additionals?.find((record) => record.type === "OPT");
    assert.is(opt?.flag_do ?? false, more.includes("do"), "DO");
    assert.is(asked!.query.flag_cd, more.includes("cd"), "CD");
    if (!asked!.signal.aborted) waiting.push(asked!);
  }

  #take(who: string): Asked {
    const index = this.#network.waiting.findIndex(({ label }) => isServer(label, who));
    assert.ok(index >= 0, `${who} was asked nothing that waits for an answer`);
    return this.#network.waiting.splice(index, 1)[0]!;
  }

  async #answer(who: string, more: readonly string[], below: Step["below"]): Promise<void> {
    const asked = this.#take(who);
    const flag = (word: string, bit: number) => more.includes(word) ? bit : 0;
    const { questions = [], id = 0 } = asked.query;
    const of = (section: string) =>
      below.filter((line) => line[0] === section).map((line) => wireRecord(line.slice(1)));
    const named = ["authority", "additional"];
    const reply = encode({
      type: "response",
      id: more.includes("wrong-id") ? id ^ 1 : id,
      flags: dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | flag("tc", dnsPacket.TRUNCATED_RESPONSE) |
        flag("aa", dnsPacket.AUTHORITATIVE_ANSWER) | flag("ad", dnsPacket.AUTHENTIC_DATA) | rcodeOf(more[0]!),
      questions: more.includes("wrong-question") ? [{ name: "other.example", type: "A", class: "IN" }] : questions,
      answers: below.filter((line) => !named.includes(line[0]!)).map(wireRecord),
      authorities: of("authority"),
      additionals: of("additional"),
    });
    const fault = asked.exchange.fault(reply);
    if (fault === undefined) asked.resolve(reply);
    else {
      asked.exchange.onIgnored(fault);
      this.#network.waiting.unshift(asked); // a forged packet: the true one may still come
    }
    await settle();
  }

  async #gets(client: Client, [rcode, ...more]: readonly string[], below: Step["below"]): Promise<void> {
    await settle();
    this.nobodyElseWasAsked();
    this.#sort();
    const bytes = client.got.shift();
    assert.ok(bytes, "has got nothing");
    const packet = dnsPacket.decode(Buffer.from(bytes));
    assert.is(RCODES[bytes[3]! & 15], rcode);
    for (const [word, set] of [["aa", packet.flag_aa], ["ad", packet.flag_ad], ["tc", packet.flag_tc]] as const) {
      assert.is(set, more.includes(word), `the flag ${word}`);
    }
    assert.ok(packet.flag_ra && packet.flag_qr, "QR and RA are set");
    const errors = more.includes("ede") ? [Number(more[more.indexOf("ede") + 1])] : [];
    assert.equal(extendedErrors(packet), errors, "extended errors");
    const expected = below.map((line) => line.join(" ")).sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
    assert.equal(sections(packet).sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1)), expected);
  }

  async #waits(client: Client): Promise<void> {
    await settle();
    this.nobodyElseWasAsked();
    this.#sort();
    assert.is(client.got.length, 0, "has got an answer");
  }

  /** Puts what was sent into the hands of those it was sent to. */
  #sort(): void {
    for (const { bytes, port } of this.#socket.sent.splice(0)) {
      for (const client of this.#clients.values()) if (client.port === port) client.got.push(bytes);
    }
  }
}

function order(line: string): number {
  return line.startsWith("additional ") ? 2 : line.startsWith("authority ") ? 1 : 0;
}

function setting(text: string): number | boolean {
  if (text === "on" || text === "off") return text === "on";
  return /^\d+$/.test(text) ? Number(text) : duration(text);
}

function questionText(query: dnsPacket.Packet): string {
  const [question] = query.questions ?? [];
  return `${question?.name || "."} ${question?.type}`;
}

/** `10.0.0.2` is the server at port 53 of that address, or over TLS there. */
function isServer(label: string, who: string): boolean {
  return label === who || label === `${who}:53` || /^tls:\/\/(.*@)?/.test(label) && label.endsWith(`${who}:853`);
}

function rcodeOf(name: string): number {
  const code = RCODES.indexOf(name);
  if (code < 0) throw new Error(`${name} is no response code`);
  return code;
}
