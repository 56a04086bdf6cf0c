import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Exchange } from "../../dns/network.ts";
import { serverAddress } from "../../dns/server_address.ts";
import { frame, FrameReader, writeAll } from "../../dns/framed_stream.ts";
import { exchangeTcp } from "../../dns/tcp_exchange.ts";
import { exchangeUdp } from "../../dns/udp_exchange.ts";
import { composeQuery, replyFault } from "../../dns/upstream_query.ts";
import { packedQuestion } from "./fake_network.ts";

const test = suite("exchanges over real sockets");

const query = composeQuery(packedQuestion("www.example"), 0x1234, { mark: new Uint8Array(8), padded: false });

function reply(change: (bytes: Uint8Array) => void = () => {}): Uint8Array {
  const bytes = query.slice();
  bytes[2]! |= 0x80;
  change(bytes);
  return bytes;
}

function exchangeWith(port: number, address = "127.0.0.1") {
  const ignored: string[] = [];
  const exchange: Exchange = {
    server: serverAddress("plain", address, port),
    query,
    fault: (bytes) => replyFault(query, bytes),
    onIgnored: (reason) => ignored.push(reason),
  };
  return { exchange, ignored };
}

function udpServer(hostname = "127.0.0.1") {
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  return { socket, port: (socket.addr as Deno.NetAddr).port };
}

for (const hostname of ["127.0.0.1", "::1"]) {
  test(`UDP to ${hostname}: forged packets are ignored and counted, the reply is not lost`, async () => {
    const { socket, port } = udpServer(hostname);
    const other = udpServer(hostname).socket;
    const { exchange, ignored } = exchangeWith(port, hostname);
    const exchanging = exchangeUdp(exchange, new AbortController().signal);
    const [asked, from] = await socket.receive();
    assert.equal(asked, query);
    await other.send(reply(), from);
    await socket.send(reply((bytes) => bytes[0]! ^= 1), from);
    await socket.send(reply((bytes) => bytes[2]! &= 0x7f), from);
    await socket.send(reply((bytes) => bytes[13] = 120), from);
    await socket.send(new Uint8Array(5), from);
    await socket.send(reply((bytes) => bytes[13] = 87), from); // the question in upper case is the same question
    assert.equal((await exchanging)[13], 87);
    assert.equal(ignored, ["source", "id", "direction", "question", "short"]);
    other.close();
    socket.close();
  });
}

test("UDP: a reply that is longer than any that we offered to take counts as truncated", async () => {
  const { socket, port } = udpServer();
  for (const [length, truncated] of [[4095, 0], [4096, 2], [9000, 2]] as const) {
    const exchanging = exchangeUdp(exchangeWith(port).exchange, new AbortController().signal);
    const [, from] = await socket.receive();
    const long = new Uint8Array(length);
    long.set(reply());
    await socket.send(long, from);
    assert.is((await exchanging)[2]! & 2, truncated, `${length} bytes`);
  }
  socket.close();
});

test("UDP: each question has a port of its own", async () => {
  const { socket, port } = udpServer();
  const ports = new Set<number>();
  for (let i = 0; i < 5; i++) {
    const exchanging = exchangeUdp(exchangeWith(port).exchange, new AbortController().signal);
    const [, from] = await socket.receive();
    ports.add((from as Deno.NetAddr).port);
    await socket.send(reply(), from);
    await exchanging;
  }
  assert.ok(ports.size >= 4, `${ports.size} ports`);
  socket.close();
});

for (const [name, exchangeBy] of [["UDP", exchangeUdp], ["TCP", exchangeTcp]] as const) {
  test(`${name}: an abort ends the exchange with its reason`, async () => {
    const { socket, port } = udpServer();
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const stop = new AbortController();
    const { exchange } = exchangeWith(name === "UDP" ? port : listener.addr.port);
    const exchanging = exchangeBy(exchange, stop.signal);
    const accepted = name === "UDP" ? socket.receive().then(() => undefined) : listener.accept();
    const connection = await accepted;
    stop.abort(new Error("enough"));
    await exchanging.then(() => assert.unreachable(), (error) => assert.is(error.message, "enough"));
    await exchangeBy(exchange, stop.signal).then(() => assert.unreachable(), (e) => assert.is(e.message, "enough"));
    connection?.close();
    socket.close();
    listener.close();
  });
}

test("TCP: a reply in pieces, behind one that was not asked for", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { exchange, ignored } = exchangeWith(listener.addr.port);
  const exchanging = exchangeTcp(exchange, new AbortController().signal);
  const connection = await listener.accept();
  assert.equal(await new FrameReader(connection, () => 0).next(), query);
  const bytes = Uint8Array.of(...frame(reply((b) => b[1] = 0)), ...frame(reply()));
  for (const byte of bytes) await writeAll(connection, Uint8Array.of(byte));
  assert.equal(await exchanging, reply());
  assert.equal(ignored, ["id"]);
  connection.close();
  listener.close();
});

test("TCP: a connection closed without a reply, or refused, is an error that names the server", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const closed = exchangeTcp(exchangeWith(port).exchange, new AbortController().signal);
  (await listener.accept()).close();
  await closed.then(() => assert.unreachable(), (error) => assert.ok(error instanceof Error));
  listener.close();
  await exchangeTcp(exchangeWith(port).exchange, new AbortController().signal)
    .then(() => assert.unreachable(), (error) => assert.instance(error, Deno.errors.ConnectionRefused));
});

test("a stream of messages of any length, cut anywhere, gives the same messages", async () => {
  const messages = [0, 1, 2, 4_094, 4_095, 5_000, 65_535, 3].map((length, i) => new Uint8Array(length).fill(i));
  const whole = Uint8Array.from(messages.flatMap((message) => [...frame(message)]));
  for (const step of [1_000_000, 4_096, 999, 7]) {
    let at = 0;
    const reader = new FrameReader({
      read(into) {
        const piece = whole.subarray(at, at + Math.min(step, into.length));
        into.set(piece);
        at += piece.length;
        return Promise.resolve(piece.length || null);
      },
      write: () => Promise.reject(new Error("not written to")),
      close: () => {},
    }, () => at);
    for (const message of messages) assert.equal(await reader.next(), message);
    assert.is(reader.begunAt, undefined);
    assert.is(await reader.next(), undefined);
  }
});

test.run();
