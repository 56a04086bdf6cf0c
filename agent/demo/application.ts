/** The application on the demo's VM: an HTTP server whose health can be switched, on a free port of loopback. */
export class DemoApplication {
  healthy = true;
  #server: Deno.HttpServer<Deno.NetAddr> | undefined;

  /** Starts it; resolves to its port. */
  start(): number {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      if (new URL(request.url).pathname !== "/health") return new Response("inventory\n");
      return this.healthy ? new Response("ok\n") : new Response("the database is gone\n", { status: 503 });
    });
    return this.#server.addr.port;
  }

  async stop(): Promise<void> {
    await this.#server?.shutdown();
  }
}
