import { suite } from "uvu";
import * as assert from "uvu/assert";
import { frame, FrameReader, writeAll } from "../../dns/framed_stream.ts";
import { serveDatagrams } from "../../dns/portable_server.ts";
import type { Asker, Respond, Serving } from "../../dns/serving.ts";
import { MOST_CONNECTIONS, serveStreams } from "../../dns/stream_server.ts";
import { FakeClock, settle } from "../fake_clock.ts";

const test = suite("servers on real sockets");

/** Echoes at once; `l...` later, when the test says so; `n...` never; `x...` not at all. */
function echo() {
  const later: (() => void)[] = [];
  const askers: Asker[] = [];
  const respond: Respond = (query, asker) => {
    askers.push(asker);
    const answer = query.slice();
    const first = String.fromCharCode(query[0] ?? 0);
    if (first === "x") return undefined;
    if (first === "n") return new Promise(() => {});
    return first === "l" ? new Promise((resolve) => later.push(() => resolve(answer))) : answer;
  };
  return { respond, later, askers };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (message: Uint8Array | undefined) => message && new TextDecoder().decode(message);

function serving(respond: Respond) {
  const clock = new FakeClock();
  const asker = (address: string, transport: "udp" | "tcp"): Asker => ({
    transport,
    address,
    allowed: address === "127.0.0.1",
    digest: 0,
  });
  return { clock, serving: { respond, asker, clock, log: () => {} } satisfies Serving };
}

function udp() {
  const { respond, later, askers } = echo();
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const stop = new AbortController();
  const { clock, serving: how } = serving(respond);
  const served = serveDatagrams(socket, how, stop.signal);
  const client = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const ask = (message: string) => client.send(bytes(message), socket.addr);
  const read = async () => text((await client.receive())[0]);
  return { clock, later, askers, stop, served, client, ask, read };
}

test("UDP: answers go to who asked, late ones too, and none where there is none", async () => {
  const { later, askers, stop, served, client, ask, read } = udp();
  await ask("later");
  await ask("x");
  await ask("at once");
  assert.is(await read(), "at once");
  later[0]!();
  assert.is(await read(), "later");
  assert.equal(askers.map((a) => [a.allowed, a.transport]), Array(3).fill([true, "udp"]));
  stop.abort();
  await served;
  client.close();
});

test("UDP: a stop gives the answers under way first", async () => {
  const { later, stop, served, client, ask, read } = udp();
  await ask("late");
  while (later.length === 0) await settle();
  stop.abort();
  await settle();
  await ask("even now");
  assert.is(await read(), "even now");
  later[0]!();
  assert.is(await read(), "late");
  await served;
  client.close();
});

test("UDP: a stop does not wait for ever", async () => {
  const { clock, askers, stop, served, client, ask } = udp();
  await ask("never");
  while (askers.length === 0) await settle();
  stop.abort();
  await clock.advance(1_000);
  await served;
  client.close();
});

function tcp() {
  const { respond, later, askers } = echo();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const stop = new AbortController();
  const { clock, serving: how } = serving(respond);
  const served = serveStreams(listener, how, stop.signal);
  const connect = async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    const reader = new FrameReader(connection, () => 0);
    return {
      connection,
      send: (message: string) => writeAll(connection, frame(bytes(message))),
      /** Undefined when the server has closed, however it did. */
      read: () => reader.next().then(text, () => undefined),
    };
  };
  const end = async () => {
    stop.abort();
    await clock.advance(1_000);
    await served;
  };
  return { clock, later, askers, connect, end, stop, served };
}

test("TCP: pipelined questions are answered as the answers come", async () => {
  const { later, connect, end } = tcp();
  const { connection, send, read } = await connect();
  await writeAll(connection, Uint8Array.of(...frame(bytes("l1")), ...frame(bytes("b")), ...frame(bytes("l2"))));
  assert.is(await read(), "b");
  later[1]!();
  assert.is(await read(), "l2");
  later[0]!();
  assert.is(await read(), "l1");
  await send("again");
  assert.is(await read(), "again");
  connection.close();
  await end();
});

test("TCP: a client that closed its half still gets its answers", async () => {
  const { later, connect, end } = tcp();
  const { connection, send, read } = await connect();
  await send("l");
  await connection.closeWrite();
  while (later.length === 0) await settle();
  later[0]!();
  assert.is(await read(), "l");
  assert.is(await read(), undefined);
  connection.close();
  await end();
});

test("TCP: 10 s of idleness end a connection, a question under way does not", async () => {
  const { clock, later, connect, end } = tcp();
  const idle = await connect();
  const busy = await connect();
  await idle.send("a");
  await busy.send("l");
  assert.is(await idle.read(), "a");
  while (later.length === 0) await settle();
  await clock.advance(9_000);
  await idle.send("b");
  assert.is(await idle.read(), "b");
  await clock.advance(10_500);
  assert.is(await idle.read(), undefined);
  later[0]!();
  assert.is(await busy.read(), "l");
  idle.connection.close();
  busy.connection.close();
  await end();
});

test("TCP: a message begun is whole within 5 s or the connection ends", async () => {
  const { clock, connect, end } = tcp();
  const slow = await connect();
  await slow.connection.write(Uint8Array.of(0, 9, 97));
  await settle();
  await clock.advance(4_000);
  await slow.connection.write(Uint8Array.of(98));
  await clock.advance(1_500);
  assert.is(await slow.read(), undefined);
  slow.connection.close();
  await end();
});

test("TCP: that holds for a message begun behind another one, too", async () => {
  const { clock, connect, end } = tcp();
  const slow = await connect();
  await slow.connection.write(Uint8Array.of(...frame(bytes("a")), 0, 9, 97));
  assert.is(await slow.read(), "a");
  await clock.advance(5_500);
  assert.is(await slow.read(), undefined);
  slow.connection.close();
  await end();
});

test(`TCP: beyond ${MOST_CONNECTIONS} connections the one idle longest gives way`, async () => {
  const { clock, connect, end } = tcp();
  const first = await connect();
  await first.send("a");
  assert.is(await first.read(), "a");
  await clock.advance(10);
  const others = [];
  for (let i = 1; i < MOST_CONNECTIONS; i++) {
    const other = await connect();
    await other.send("b");
    await other.read();
    others.push(other);
  }
  const last = await connect();
  await last.send("c");
  assert.is(await last.read(), "c");
  assert.is(await first.read(), undefined);
  await others[0]!.send("d");
  assert.is(await others[0]!.read(), "d");
  for (const { connection } of [first, last, ...others]) connection.close();
  await end();
});

test("TCP: a stop gives the answers under way first", async () => {
  const { later, connect, stop, served } = tcp();
  const { connection, send, read } = await connect();
  await send("l");
  while (later.length === 0) await settle();
  stop.abort();
  await settle();
  later[0]!();
  assert.is(await read(), "l");
  await served;
  assert.is(await read(), undefined);
  connection.close();
});

test.run();
