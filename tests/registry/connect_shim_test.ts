import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openConnectShim } from "../../registry/connect_shim.ts";

const test = suite("connect shim");

/** A server that sends back what it gets. */
function echo() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  (async () => {
    for await (const conn of listener) conn.readable.pipeTo(conn.writable).catch(() => {/* the client went away */});
  })().catch(() => {/* the listener was closed */});
  return listener;
}

/** Sends a head to the shim and gives what comes back, with the connection. */
async function ask(shim: ReturnType<typeof openConnectShim>, head: (authorization: string) => string) {
  if (!("url" in shim.proxy) || !shim.proxy.basicAuth) return assert.unreachable("the shim wants a password") as never;
  const { url, basicAuth: { username, password } } = shim.proxy;
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) });
  await conn.write(new TextEncoder().encode(head(btoa(`${username}:${password}`))));
  const buffer = new Uint8Array(4096);
  const answer = new TextDecoder().decode(buffer.subarray(0, await conn.read(buffer) ?? 0));
  return { conn, answer };
}

const connect = (authorization: string) =>
  `CONNECT name:6443 HTTP/1.1\r\nHost: name:6443\r\nProxy-Authorization: Basic ${authorization}\r\n\r\n`;

test("leads whoever knows the password to the one address, and nobody else anywhere", async () => {
  const server = echo();
  let dialled = 0;
  const shim = openConnectShim(() => {
    dialled++;
    return Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  });
  const heads: [string, (authorization: string) => string][] = [
    ["HTTP/1.1 407 ", () => connect(btoa("moorline:guess"))],
    ["HTTP/1.1 407 ", () => "CONNECT name:6443 HTTP/1.1\r\n\r\n"],
    ["HTTP/1.1 405 ", (authorization) => connect(authorization).replace("CONNECT", "GET")],
  ];
  for (const [expected, head] of heads) {
    const { conn, answer } = await ask(shim, head);
    assert.ok(answer.startsWith(expected), answer);
    conn.close();
  }
  assert.is(dialled, 0);
  const { conn, answer } = await ask(shim, (authorization) => connect(authorization) + "early");
  const buffer = new Uint8Array(64);
  let got = answer.replace(/^HTTP\/1.1 200 OK\r\n\r\n/, "");
  while (got.length < 5) got += new TextDecoder().decode(buffer.subarray(0, await conn.read(buffer) ?? 0));
  assert.is(got, "early", "what came with the head is passed on");
  shim.close();
  assert.is(await conn.read(buffer).catch(() => null), null, "its end is the end of its connections");
  conn.close();
  server.close();
});

test("says when the address cannot be reached", async () => {
  const shim = openConnectShim(() => Promise.reject(new Error("no route")));
  const { conn, answer } = await ask(shim, connect);
  assert.ok(answer.startsWith("HTTP/1.1 502 "));
  conn.close();
  shim.close();
});

test.run();
