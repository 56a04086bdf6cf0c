/** An `nft -i` kept open: its netlink socket owns the table, so that the kernel drops both when we end in any way. */

/** nft answers in milliseconds; a machine that swaps in seconds. */
const REPLY_LIMIT_MS = 5_000;

/**
 * A running `nft -i`. When this process dies its standard input ends, nft ends with it, and its socket closes.
 * One command at a time.
 */
export class NftSession {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  #out = "";
  #err = "";
  #heard = () => {};
  /** Resolves when nft has ended, whoever ended it. */
  readonly ended: Promise<void>;
  #isEnded = false;

  /** @throws Deno.errors.NotFound when nft is not installed. */
  constructor() {
    this.#child = new Deno.Command("nft", { args: ["-i"], stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    const reading = [
      this.#read(this.#child.stdout, (text) => this.#out += text),
      this.#read(this.#child.stderr, (text) => this.#err += text),
    ];
    this.ended = Promise.all([this.#child.status, ...reading]).then(() => {
      this.#isEnded = true;
      this.#heard();
    });
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * Runs one line of commands, all or nothing, and lists a table after it.
   *
   * @returns the table as nft prints it. @throws Error with nft's first line when a command fails.
   */
  async run(line: string, table: string): Promise<string> {
    this.#out = this.#err = "";
    await this.#stdin.write(new TextEncoder().encode(`${line}\nlist table ${table}\n`));
    const limit = setTimeout(() => this.close(), REPLY_LIMIT_MS);
    try {
      // A table's listing ends with its closing brace; every error with a newline.
      while (!/^\}$/m.test(this.#out) && !this.#err.endsWith("\n") && !this.#isEnded) {
        await new Promise<void>((resolve) => this.#heard = resolve);
      }
    } finally {
      clearTimeout(limit);
    }
    if (this.#err !== "") throw new Error(`nft: ${this.#err.trim().split("\n").slice(0, 2).join(" ")}`);
    if (this.#isEnded) throw new Error("nft ended by itself, or did not answer");
    return this.#out;
  }

  /** Ends nft, and with it the table that it owns. */
  async close(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.ended;
  }

  async #read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      take(decoder.decode(bytes, { stream: true }));
      this.#heard();
    }
  }
}
