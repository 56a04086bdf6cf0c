/** A proxy for tests: what it was asked to reach, and its end. */
export interface TestProxy extends AsyncDisposable {
  readonly port: number;
  /** `host:port` of each connection made. */
  readonly targets: readonly string[];
}

type Greet = (
  client: Deno.Conn,
  dial: (host: string, port: number) => Promise<Deno.Conn>,
) => Promise<Deno.Conn | undefined>;

/** An HTTP proxy that knows CONNECT alone, for whoever has these credentials (`user:password`). */
export function connectProxy(credentials: string): TestProxy {
  const expected = `proxy-authorization: basic ${btoa(credentials)}`.toLowerCase();
  return proxy(async (client, dial) => {
    const buffer = new Uint8Array(8192);
    const head = new TextDecoder().decode(buffer.subarray(0, await client.read(buffer) ?? 0));
    const say = (line: string) => client.write(new TextEncoder().encode(`HTTP/1.1 ${line}\r\n\r\n`));
    const [, host, port] = /^CONNECT ([^:]+):(\d+) /.exec(head) ?? [];
    if (!host || !head.toLowerCase().includes(expected)) {
      await say("407 Proxy Authentication Required");
      return undefined;
    }
    const server = await dial(host, Number(port));
    await say("200 OK");
    return server;
  });
}

/** A SOCKS5 proxy without authentication that knows CONNECT to IPv4 addresses and names (RFC 1928). */
export function socksProxy(): TestProxy {
  return proxy(async (client, dial) => {
    const buffer = new Uint8Array(512);
    await client.read(buffer);
    await client.write(new Uint8Array([5, 0]));
    const size = await client.read(buffer) ?? 0;
    const address = buffer.subarray(4, size - 2);
    const host = buffer[3] === 1 ? address.join(".") : new TextDecoder().decode(address.subarray(1));
    const server = await dial(host, buffer[size - 2]! * 256 + buffer[size - 1]!);
    await client.write(new Uint8Array([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
    return server;
  });
}

function proxy(greet: Greet): TestProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const targets: string[] = [];
  const open = new Set<Deno.Conn>();
  const dial = async (hostname: string, port: number) => {
    targets.push(`${hostname}:${port}`);
    const server = await Deno.connect({ hostname, port });
    open.add(server);
    return server;
  };
  const serve = async (client: Deno.Conn) => {
    open.add(client);
    const server = await greet(client, dial);
    if (!server) return close(client);
    await Promise.all([client.readable.pipeTo(server.writable), server.readable.pipeTo(client.writable)]);
  };
  (async () => {
    for await (const client of listener) {
      // One of the two went away, or nothing listens where it was to lead.
      serve(client).catch(() => close(client));
    }
  })().catch(() => {/* the listener was closed */});
  return {
    port: listener.addr.port,
    targets,
    [Symbol.asyncDispose]() {
      close(listener);
      for (const conn of open) close(conn);
      return Promise.resolve();
    },
  };
}

function close(closer: { close(): void }) {
  try {
    closer.close();
  } catch {
    // Closed before, by a pipe that ended.
  }
}
