import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectTlsWith, TlsConnections } from "../../dns/dot.ts";
import { frame, FrameReader, writeAll } from "../../dns/framed_stream.ts";
import { parseServerAddress } from "../../dns/server_address.ts";
import { composeQuery, replyFault } from "../../dns/upstream_query.ts";
import { FakeClock, settle } from "../fake_clock.ts";
import { packedQuestion } from "./fake_network.ts";

const test = suite("DNS over TLS");

const pki = (name: string) => new URL(`./pki/${name}`, import.meta.url).pathname;

/** A TLS server that hands each connection to `serve`, and a client of it. */
function setUp(serve: (connection: Deno.TlsConn, count: number) => Promise<void>, who = "named", ca = pki("ca.pem")) {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: Deno.readTextFileSync(pki(`${who}.pem`)),
    key: Deno.readTextFileSync(pki(`${who}.key`)),
  });
  let connections = 0;
  (async () => {
    for await (const connection of listener) {
      serve(connection, ++connections).catch(() => {/* the client went away */}).finally(() => {
        try {
          connection.close();
        } catch {
          // closed by `serve`
        }
      });
    }
  })().catch(() => {}); // the listener was closed
  const clock = new FakeClock();
  const pool = new TlsConnections(connectTlsWith(() => ca), clock);
  const ask = (name: string, { id = 7, serverName = "dns.example@", signal = new AbortController().signal } = {}) => {
    const query = composeQuery(packedQuestion(name), id, undefined);
    const ignored: string[] = [];
    const server = parseServerAddress(`tls://${serverName}127.0.0.1:${listener.addr.port}`);
    const fault = (reply: Uint8Array) => replyFault(query, reply);
    return pool.exchange({ server, query, fault, onIgnored: (reason) => ignored.push(reason) }, signal);
  };
  const end = () => {
    pool.close();
    listener.close();
  };
  return { ask, end, clock, pool, connections: () => connections };
}

const reply = (query: Uint8Array) => {
  const bytes = query.slice();
  bytes[2]! |= 0x80;
  return bytes;
};
const nameOf = (message: Uint8Array) => String.fromCharCode(...message.subarray(13, 13 + message[12]!));

/** Answers everything, in order. */
async function answerAll(connection: Deno.TlsConn): Promise<void> {
  const reader = new FrameReader(connection, () => 0);
  for (let query = await reader.next(); query; query = await reader.next()) {
    await writeAll(connection, frame(reply(query)));
  }
}

test("many questions share one connection, whatever their ids", async () => {
  const { ask, end, connections } = setUp(answerAll);
  const replies = await Promise.all(["a", "b", "c"].map((name) => ask(name)));
  assert.equal(replies.map(nameOf), ["a", "b", "c"]);
  assert.equal(replies.map((r) => r[0]! << 8 | r[1]!), [7, 7, 7], "each gets its own id back");
  assert.is(nameOf(await ask("d")), "d");
  assert.is(connections(), 1);
  end();
});

test("answers may come out of order", async () => {
  const { ask, end } = setUp(async (connection) => {
    const reader = new FrameReader(connection, () => 0);
    const [first, second] = [await reader.next(), await reader.next()];
    await writeAll(connection, frame(reply(second!)));
    await writeAll(connection, frame(reply(first!)));
    await reader.next();
  });
  const order: string[] = [];
  await Promise.all(["a", "b"].map((name) => ask(name).then((r) => order.push(nameOf(r)))));
  assert.equal(order, ["b", "a"]);
  end();
});

test("the certificate must name the server as configured", async () => {
  for (
    const [who, serverName, good] of [["named", "", true], ["other", "dns.example@", false], [
      "other",
      "",
      false,
    ]] as const
  ) {
    const { ask, end } = setUp(answerAll, who);
    const outcome = await ask("a", { serverName }).then(() => "answered", (error: Error) => error.message);
    if (good) assert.is(outcome, "answered");
    else assert.match(outcome, /certificate/i);
    end();
  }
});

test("a CA that is not ours is not trusted, an unreadable or empty file is named", async () => {
  for (
    const [ca, message] of [
      [pki("other.pem"), /certificate/i],
      ["/nowhere/ca.pem", "/nowhere/ca.pem cannot be read"],
      [pki("README.md"), "holds no certificate"],
    ] as const
  ) {
    const { ask, end } = setUp(answerAll, "named", ca);
    await ask("a").then(() => assert.unreachable(), (error: Error) => assert.match(error.message, message));
    end();
  }
});

test("a kept connection that the server has closed is replaced, and nobody notices", async () => {
  const { ask, end, connections } = setUp(async (connection) => {
    const reader = new FrameReader(connection, () => 0);
    await writeAll(connection, frame(reply((await reader.next())!)));
    connection.close();
  });
  assert.is(nameOf(await ask("a")), "a");
  assert.is(nameOf(await ask("b")), "b");
  assert.is(connections(), 2);
  end();
});

test("a kept connection that breaks before the reply is replaced, once", async () => {
  const { ask, end, connections } = setUp(async (connection, count) => {
    if (count > 1) return await answerAll(connection);
    const reader = new FrameReader(connection, () => 0);
    await writeAll(connection, frame(reply((await reader.next())!)));
    await reader.next(); // closes with the question in its hands
  });
  assert.is(nameOf(await ask("a")), "a");
  assert.is(nameOf(await ask("b")), "b");
  assert.is(connections(), 2);
  end();
});

test("a server that closes at once is an error, not a loop", async () => {
  const { ask, end, connections } = setUp(async (connection) => {
    await new FrameReader(connection, () => 0).next();
  });
  await ask("a").then(() => assert.unreachable(), (error: Error) => assert.ok(error.message));
  assert.is(connections(), 1);
  end();
});

test("a connection on which nothing comes is given up with the question", async () => {
  const { ask, end, connections } = setUp((connection, count) =>
    count === 1 ? new FrameReader(connection, () => 0).next().then(() => new Promise(() => {})) : answerAll(connection)
  );
  const limit = new AbortController();
  const asked = ask("a", { signal: limit.signal });
  while (connections() === 0) await settle();
  limit.abort(new Error("time is up"));
  await asked.then(() => assert.unreachable(), (error) => assert.is(error.message, "time is up"));
  assert.is(nameOf(await ask("b")), "b");
  assert.is(connections(), 2);
  end();
});

test("an idle connection is closed after 30 s", async () => {
  let closed = false;
  const { ask, end, clock } = setUp((connection) => answerAll(connection).finally(() => closed = true));
  await ask("a");
  await clock.advance(29_000);
  assert.not(closed);
  await clock.advance(1_000);
  while (!closed) await settle();
  end();
});

test.run();
