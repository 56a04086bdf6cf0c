/** A TCP forwarder whose connections can be broken or frozen while they carry something. */
export class BreakableProxy {
  readonly #listener: Deno.TcpListener;
  readonly #target: Deno.ConnectOptions;
  readonly #open = new Set<Deno.Conn>();
  #thaw: PromiseWithResolvers<void> | undefined;
  /** Connections taken so far. */
  accepted = 0;

  constructor(target: Deno.ConnectOptions) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Breaks every open connection. */
  cut(): void {
    for (const conn of this.#open) close(conn);
  }

  /** From now on not a byte passes, and no connection ends, as when a network goes away; `thaw` undoes it. */
  freeze(): void {
    this.#thaw ??= Promise.withResolvers<void>();
  }

  thaw(): void {
    this.#thaw?.resolve();
    this.#thaw = undefined;
  }

  close(): void {
    close(this.#listener);
    this.cut();
    this.thaw();
  }

  async #accept() {
    try {
      for await (const client of this.#listener) {
        this.accepted++;
        this.#serve(client);
      }
    } catch {
      // The listener was closed.
    }
  }

  async #serve(client: Deno.Conn) {
    this.#open.add(client);
    try {
      await this.#thaw?.promise;
      const server = await Deno.connect(this.#target);
      this.#open.add(server);
      await Promise.allSettled([this.#pump(client, server), this.#pump(server, client)]);
      close(server);
      this.#open.delete(server);
    } catch {
      // Nothing listens behind: the client sees its connection closed.
    } finally {
      close(client);
      this.#open.delete(client);
    }
  }

  async #pump(from: Deno.Conn, to: Deno.Conn) {
    const buffer = new Uint8Array(16 * 1024);
    try {
      for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
        await this.#thaw?.promise;
        for (let sent = 0; sent < count;) sent += await to.write(buffer.subarray(sent, count));
      }
    } finally {
      close(from);
      close(to);
    }
  }
}

function close(closer: { close(): void }) {
  try {
    closer.close();
  } catch {
    // Closed before, from the other end.
  }
}
