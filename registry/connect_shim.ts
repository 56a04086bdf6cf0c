import { AccessError } from "./material.ts";

/** A proxy that only this process knows how to use: it reaches one address under another name. */
export interface ConnectShim {
  readonly proxy: Deno.Proxy;
  close(): void;
}

/** Heads of CONNECT requests and their answers are a few hundred bytes. */
const MAX_HEAD_BYTES = 16 * 1024;
const HEAD_LIMIT_MS = 10_000;

/**
 * `tls-server-name` for `fetch`, which cannot be told another name: fetch is given `https://NAME:PORT` and this shim as
 * an HTTP proxy. The shim listens on loopback, asks for a random password and connects every CONNECT to the one address
 * it was made for. TLS goes through it end to end, so the certificate is checked against NAME.
 *
 * @param via dials the address, perhaps through the user's own proxy.
 */
export function openConnectShim(via: () => Promise<Deno.Conn>): ConnectShim {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const password = crypto.randomUUID();
  const expected = btoa(`moorline:${password}`);
  const open = new Set<Deno.Conn>();
  (async () => {
    for await (const client of listener) {
      open.add(client);
      serve(client, expected, via, open).catch(() => {/* the client sees its connection closed */}).finally(() => {
        open.delete(client);
        close(client);
      });
    }
  })().catch(() => {/* the listener was closed */});
  return {
    proxy: {
      transport: "http",
      url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
      basicAuth: { username: "moorline", password },
    },
    close() {
      close(listener);
      for (const conn of open) close(conn);
    },
  };
}

async function serve(client: Deno.Conn, expected: string, via: () => Promise<Deno.Conn>, open: Set<Deno.Conn>) {
  const { head, rest } = await readHead(client);
  const [request = "", ...headers] = head.split("\r\n");
  const authorization = headers.find((line) => /^proxy-authorization:/i.test(line));
  if (!request.startsWith("CONNECT ")) return await say(client, "405 Method Not Allowed");
  if (authorization?.replace(/^[^:]*: *basic +/i, "").trim() !== expected) {
    return await say(client, "407 Proxy Authentication Required");
  }
  let server: Deno.Conn;
  try {
    server = await via();
  } catch {
    return await say(client, "502 Bad Gateway");
  }
  open.add(server);
  try {
    await say(client, "200 OK");
    if (rest.length > 0) await writeAll(server, rest);
    await Promise.all([client.readable.pipeTo(server.writable), server.readable.pipeTo(client.writable)]);
  } finally {
    open.delete(server);
    close(server);
  }
}

/**
 * Asks an HTTP proxy for a tunnel.
 *
 * @param proxy `http://` or `https://`, perhaps with user and password.
 * @param caCerts who signs the certificate of an `https://` proxy.
 */
export async function connectThrough(proxy: URL, caCerts: string[], host: string, port: number): Promise<Deno.Conn> {
  const address = { hostname: proxy.hostname.replaceAll(/[[\]]/g, ""), port: Number(proxy.port) || defaultPort(proxy) };
  if (!/^https?:$/.test(proxy.protocol)) {
    throw new AccessError("proxy-url: together with tls-server-name only http:// and https:// proxies are supported");
  }
  const conn = proxy.protocol === "https:"
    ? await Deno.connectTls({ ...address, caCerts, alpnProtocols: ["http/1.1"] })
    : await Deno.connect(address);
  try {
    const target = `${host}:${port}`;
    const user = proxy.username && `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    const authorization = user ? `Proxy-Authorization: Basic ${btoa(user)}\r\n` : "";
    const request = `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}\r\n`;
    await writeAll(conn, new TextEncoder().encode(request));
    const { head } = await readHead(conn);
    if (!/^HTTP\/1\.[01] 2\d\d/.test(head)) throw new Error(`the proxy answered ${head.split("\r\n")[0]}`);
    return conn;
  } catch (error) {
    close(conn);
    throw error;
  }
}

function defaultPort(url: URL): number {
  return url.protocol === "https:" ? 443 : 80;
}

/** Reads up to the empty line that ends an HTTP head; `rest` is what came behind it. */
async function readHead(conn: Deno.Conn): Promise<{ head: string; rest: Uint8Array }> {
  const timer = setTimeout(() => close(conn), HEAD_LIMIT_MS);
  try {
    const buffer = new Uint8Array(MAX_HEAD_BYTES);
    for (let size = 0; size < buffer.length;) {
      const count = await conn.read(buffer.subarray(size));
      if (count === null) break;
      size += count;
      const text = new TextDecoder("latin1").decode(buffer.subarray(0, size));
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) return { head: text.slice(0, end), rest: buffer.slice(end + 4, size) };
    }
    throw new Error("the head of a proxy request was cut off or too long");
  } finally {
    clearTimeout(timer);
  }
}

async function say(conn: Deno.Conn, status: string) {
  await writeAll(conn, new TextEncoder().encode(`HTTP/1.1 ${status}\r\n\r\n`));
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array) {
  for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
}

function close(closer: { close(): void }) {
  try {
    closer.close();
  } catch {
    // Closed before: by the peer, by a pipe that ended, or by close().
  }
}
