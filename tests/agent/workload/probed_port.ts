/** A TCP port that accepts and closes, for probes. */
export class ProbedPort {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly number = (this.#listener.addr as Deno.NetAddr).port;
  #closed = false;

  constructor() {
    (async () => {
      for await (const connection of this.#listener) connection.close();
    })();
  }

  close(): void {
    if (!this.#closed) this.#listener.close();
    this.#closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Asks again and again, letting sockets do their part in between, until it holds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 20_000;
  while (!await holds()) {
    if (performance.now() > end) throw new Error(`this never came about: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
