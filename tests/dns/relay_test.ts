import { Buffer } from "node:buffer";
import * as dnsPacket from "dns-packet";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { frame, FrameReader, writeAll } from "../../dns/framed_stream.ts";
import { listen } from "../../dns/listeners.ts";
import { DnsService } from "../../dns/mod.ts";
import { settle } from "../fake_clock.ts";
import { encode, RCODE } from "./fake_network.ts";
import { serviceOptions } from "./service_options.ts";

const test = suite("relayed packets");

const OPCODE_NOTIFY = 4 << 11;
const OPCODE_UPDATE = 5 << 11;

/** A server on loopback that is handed each message of a UDP packet or TCP connection, and sends what it returns. */
function upstreamServer(answer: (message: Uint8Array, via: "udp" | "tcp") => Uint8Array[]) {
  const { datagrams: socket, streams: listener } = listen({ address: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  const received: Uint8Array[] = [];
  (async () => {
    for (;;) {
      const [message, from] = await socket.receive(new Uint8Array(4_096));
      received.push(message);
      for (const reply of answer(message, "udp")) await socket.send(reply, from);
    }
  })().catch(() => {}); // the socket was closed
  (async () => {
    for (;;) {
      const connection = await listener.accept();
      const reader = new FrameReader(connection, () => 0);
      for (let message = await reader.next(); message; message = await reader.next().catch(() => undefined)) {
        received.push(message);
        for (const reply of answer(message, "tcp")) await writeAll(connection, frame(reply));
      }
    }
  })().catch(() => {}); // the listener was closed
  const close = () => {
    socket.close();
    listener.close();
  };
  return { label: `127.0.0.1:${port}`, received, close };
}

function packet(name: string, type: dnsPacket.RecordType, flags = 0): Uint8Array {
  return encode({ type: "query", id: 0x4242, flags, questions: [{ name, type }] });
}

function reply(query: Uint8Array, marker = 0): Uint8Array {
  const bytes = Uint8Array.of(...query, marker);
  bytes[2]! |= 0x80;
  return bytes;
}

const portOf = (service: DnsService) => Number(service.status().listening[0]!.split(":").at(-1));

async function sendUdp(port: number, message: Uint8Array): Promise<Uint8Array> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  await socket.send(message, { transport: "udp", hostname: "127.0.0.1", port });
  const [bytes] = await socket.receive();
  socket.close();
  return bytes;
}

for (const [what, flags] of [["an UPDATE", OPCODE_UPDATE], ["a NOTIFY", OPCODE_NOTIFY]] as const) {
  test(`${what} goes to the first server as it is, and the reply comes back as it is`, async () => {
    const first = upstreamServer((message) => [reply(message, 7)]);
    const second = upstreamServer((message) => [reply(message, 8)]);
    const service = new DnsService(serviceOptions({ upstream: [first.label, second.label] }));
    await service.start();
    const message = packet("corp.example", "SOA", flags);
    assert.equal(await sendUdp(portOf(service), message), reply(message, 7));
    assert.equal(first.received, [message]);
    assert.equal(second.received, []);
    assert.equal([...service.cacheListing()], [], "nothing of it is remembered");
    await service.stop();
    first.close();
    second.close();
  });
}

test("an UPDATE of a zone with servers of its own goes there", async () => {
  const [general, own] = [upstreamServer((m) => [reply(m, 7)]), upstreamServer((m) => [reply(m, 8)])];
  const zones = [{ zone: "corp.example", upstream: [own.label] }];
  const service = new DnsService(serviceOptions({ upstream: [general.label], zones }));
  await service.start();
  const message = packet("ad.CORP.example", "SOA", OPCODE_UPDATE);
  assert.equal(await sendUdp(portOf(service), message), reply(message, 8));
  await service.stop();
  general.close();
  own.close();
});

test("our own domain is not updated through us, nor told to anyone", async () => {
  const upstream = upstreamServer((message) => [reply(message)]);
  const service = new DnsService(serviceOptions({ upstream: [upstream.label] }));
  await service.start();
  const refused = await sendUdp(portOf(service), packet("default.svc.cluster.local", "SOA", OPCODE_UPDATE));
  assert.is(refused[3]! & 15, RCODE.REFUSED);
  assert.equal(upstream.received, []);
  await service.stop();
  upstream.close();
});

test("without a reply the client is told that the server failed", async () => {
  const upstream = upstreamServer(() => []);
  const how = serviceOptions({ upstream: [upstream.label] });
  const service = new DnsService(how);
  await service.start();
  const answer = sendUdp(portOf(service), packet("corp.example", "SOA", OPCODE_UPDATE));
  while (upstream.received.length === 0) await settle();
  await how.clock.advance(2_000);
  assert.is((await answer)[3]! & 15, RCODE.SERVFAIL);
  await service.stop();
  upstream.close();
});

test("a zone transfer over TCP comes back message by message, and the connection serves on", async () => {
  const upstream = upstreamServer((message, via) =>
    via === "tcp" ? [reply(message, 1), reply(message, 2), reply(message, 3)] : []
  );
  const how = serviceOptions({ upstream: [upstream.label] });
  const service = new DnsService(how);
  await service.start();
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: portOf(service) });
  const reader = new FrameReader(connection, () => 0);
  const transfer = packet("corp.example", "AXFR");
  await writeAll(connection, frame(transfer));
  for (const marker of [1, 2, 3]) assert.equal(await reader.next(), reply(transfer, marker));
  const version = encode({ type: "query", id: 1, questions: [{ name: "version.bind", type: "TXT", class: "CH" }] });
  await writeAll(connection, frame(version));
  assert.is(dnsPacket.decode(Buffer.from((await reader.next())!)).answers?.length, 1);
  await how.clock.advance(2_000);
  connection.close();
  await service.stop();
  upstream.close();
});

test.run();
