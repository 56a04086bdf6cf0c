/** The upstream server of all that are compared: a recursive server as they see it, with names for each behaviour. */
import { Buffer } from "node:buffer";
import * as dnsPacket from "dns-packet";
import { type ByteStream, frame, FrameReader, writeAll } from "../../dns/framed_stream.ts";
import { listen } from "../../dns/listeners.ts";

const SOA: dnsPacket.Answer = {
  type: "SOA",
  name: "origin.example",
  ttl: 300,
  data: {
    mname: "ns.origin.example",
    rname: "host.origin.example",
    serial: 1,
    refresh: 2,
    retry: 3,
    expire: 4,
    minimum: 60,
  },
};

const address = (name: string, data: string, ttl = 300): dnsPacket.Answer => ({ type: "A", name, data, ttl });
const alias = (name: string, data: string): dnsPacket.Answer => ({ type: "CNAME", name, data, ttl: 300 });
const text = (name: string, data: string): dnsPacket.Answer => ({ type: "TXT", name, data, ttl: 300 });

/** All that it knows. A name that is here with another type is NODATA, every other name NXDOMAIN. */
const RECORDS: readonly dnsPacket.Answer[] = [
  address("ready.origin.example", "192.0.2.9"),
  address("a.origin.example", "192.0.2.1"),
  ...["192.0.2.1", "192.0.2.2", "192.0.2.3"].map((data) => address("many.origin.example", data)),
  ...Array.from({ length: 40 }, (_, i) => address("crowd.origin.example", `192.0.2.${i + 1}`)),
  { type: "AAAA", name: "six.origin.example", data: "2001:db8::1", ttl: 300 },
  address("zero.origin.example", "192.0.2.1", 0),
  alias("alias.origin.example", "a.origin.example"),
  alias("alias2.origin.example", "alias.origin.example"),
  alias("dangling.origin.example", "nowhere.origin.example"),
  alias("empty.origin.example", "six.origin.example"),
  text("text.origin.example", "hello"),
  ...Array.from({ length: 20 }, (_, i) => text("long.origin.example", `${i} `.padEnd(200, "x"))),
  { type: "MX", name: "mail.origin.example", ttl: 300, data: { preference: 10, exchange: "mx.origin.example" } },
  {
    type: "SRV",
    name: "_ldap._tcp.origin.example",
    ttl: 300,
    data: { priority: 0, weight: 1, port: 389, target: "a.origin.example" },
  },
  {
    type: "CAA",
    name: "caa.origin.example",
    ttl: 300,
    data: { tag: "issue", value: "ca.example", flags: 0, issuerCritical: false },
  } as dnsPacket.Answer,
  { type: "PTR", name: "1.0.18.198.in-addr.arpa", ttl: 300, data: "a.origin.example" },
  { type: "NS", name: "origin.example", ttl: 300, data: "ns.origin.example" },
  SOA,
];

export interface Origin {
  readonly port: number;
  close(): void;
}

export function startOrigin(): Origin {
  const { datagrams: socket, streams: listener } = listen({ address: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  (async () => {
    for (;;) {
      const [query, from] = await socket.receive(new Uint8Array(65_535));
      await socket.send(reply(query, "udp"), from);
    }
  })().catch(() => {}); // closed
  (async () => {
    for (;;) serve(await listener.accept()).catch(() => {}); // the client left
  })().catch(() => {}); // closed
  const close = () => {
    socket.close();
    listener.close();
  };
  return { port, close };
}

async function serve(connection: ByteStream): Promise<void> {
  const reader = new FrameReader(connection, () => 0);
  for (let query = await reader.next(); query; query = await reader.next()) {
    await writeAll(connection, frame(reply(query, "tcp")));
  }
  connection.close();
}

/** Never throws: what is relayed to it may be anything. */
function reply(bytes: Uint8Array, via: "udp" | "tcp"): Uint8Array {
  try {
    return compose(bytes, via);
  } catch {
    return refuse(bytes);
  }
}

function compose(bytes: Uint8Array, via: "udp" | "tcp"): Uint8Array {
  if ((bytes[2]! & 0x78) !== 0 || bytes[5] !== 1) return refuse(bytes);
  const query = dnsPacket.decode(Buffer.from(bytes));
  const question = query.questions![0]!;
  const name = question.name.toLowerCase();
  const opt = query.additionals?.find((record) => record.type === "OPT");
  const size = opt?.type === "OPT" ? Math.max(512, opt.udpPayloadSize) : 512;
  const { answers, rcode, authorities } = lookUp(name, String(question.type));
  const flags = dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE | rcode;
  const whole = encode({ answers, authorities, flags });
  if (via === "tcp" || whole.length <= size) return whole;
  return encode({ answers: [], authorities: [], flags: flags | dnsPacket.TRUNCATED_RESPONSE });

  function encode(parts: { answers: dnsPacket.Answer[]; authorities: dnsPacket.Answer[]; flags: number }): Uint8Array {
    const additionals = opt ? [{ ...opt, udpPayloadSize: 1232, options: [] } as dnsPacket.OptAnswer] : [];
    return new Uint8Array(dnsPacket.encode({
      type: "response",
      id: query.id ?? 0,
      questions: query.questions ?? [],
      ...parts,
      additionals,
    }));
  }
}

/** Other opcodes are not implemented (NOTIMP), and two questions are none (FORMERR). */
function refuse(bytes: Uint8Array): Uint8Array {
  const header = bytes.slice(0, 12).fill(0, 4);
  header[2]! |= 0x80;
  header[3] = 0x80 | (bytes[5] === 1 ? 4 : 1);
  return header;
}

function lookUp(
  name: string,
  type: string,
): { answers: dnsPacket.Answer[]; authorities: dnsPacket.Answer[]; rcode: number } {
  if (name === "servfail.origin.example") return { answers: [], authorities: [], rcode: 2 };
  if (name === "refused.origin.example") return { answers: [], authorities: [], rcode: 5 };
  const answers: dnsPacket.Answer[] = [];
  let at = name;
  for (let i = 0; i < 8; i++) {
    const here = RECORDS.filter((record) => record.name === at);
    const found = here.filter((record) => record.type === type || type === "ANY");
    answers.push(...found);
    const link = here.find((record) => record.type === "CNAME");
    if (found.length > 0 || !link || type === "CNAME") {
      const exists = here.length > 0 || RECORDS.some((record) => record.name.endsWith(`.${at}`));
      const missing = found.length === 0;
      return { answers, authorities: missing ? [SOA] : [], rcode: missing && !exists ? 3 : 0 };
    }
    answers.push(link);
    at = (link as dnsPacket.StringAnswer).data;
  }
  return { answers, authorities: [], rcode: 0 };
}
