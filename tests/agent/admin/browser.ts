/** Where Debian and others put it. */
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A Chromium that is on this machine; undefined where there is none. */
export function findChromium(): string | undefined {
  return CHROMIUM.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

type Reply = {
  id?: number;
  method?: string;
  result?: Record<string, unknown>;
  params?: Record<string, unknown>;
  error?: unknown;
};

/** One page in a headless Chromium, driven over the DevTools protocol. */
export class Browser {
  readonly #process: Deno.ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #next = 1;
  #onLoad = () => {};
  /** Errors that the page's scripts threw, and what its Content-Security-Policy blocked. */
  readonly complaints: string[] = [];

  private constructor(process: Deno.ChildProcess, profile: string, socket: WebSocket) {
    this.#process = process;
    this.#profile = profile;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
  }

  static async open(chromium: string, url: string): Promise<Browser> {
    const profile = await Deno.makeTempDir();
    const process = new Deno.Command(chromium, {
      args: [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        `--user-data-dir=${profile}`,
        "--remote-debugging-port=0",
      ],
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const port = await readPort(process.stderr);
    const target = await (await fetch(`http://127.0.0.1:${port}/json/new?about:blank`, { method: "PUT" })).json();
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise((resolve) => socket.onopen = resolve);
    const browser = new Browser(process, profile, socket);
    for (const domain of ["Page", "Runtime", "Log"]) await browser.send(`${domain}.enable`);
    // What is asked before the page is there would be asked of the blank one, and die with it.
    const loaded = new Promise<void>((resolve) => browser.#onLoad = resolve);
    await browser.send("Page.navigate", { url });
    await loaded;
    return browser;
  }

  /** One command of the protocol. */
  send(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const id = this.#next++;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => {
      this.#waiting.set(
        id,
        ({ result, error }) => error ? reject(new Error(JSON.stringify(error))) : resolve(result ?? {}),
      );
    });
  }

  /** What an expression is in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    return (result as { value?: unknown }).value;
  }

  /** Resolves when an expression is true in the page. @throws Error when it does not come true within ten seconds. */
  async until(expression: string): Promise<void> {
    const came = await this.evaluate(`new Promise((resolve) => {
      const end = performance.now() + 10_000;
      const look = () => (${expression}) ? resolve(true) : performance.now() > end ? resolve(false) : setTimeout(look, 20);
      look();
    })`);
    if (came !== true) throw new Error(`never true in the page: ${expression}`);
  }

  /** Presses a key, as a keyboard does. */
  async press(key: string): Promise<void> {
    const text = key.length === 1 ? { text: key } : key === "Enter" ? { text: "\r" } : {};
    const windowsVirtualKeyCode = { Enter: 13, Escape: 27, ArrowDown: 40, ArrowUp: 38 }[key] ??
      key.toUpperCase().charCodeAt(0);
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", key, windowsVirtualKeyCode, ...text });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", key, windowsVirtualKeyCode });
  }

  /** The whole page as PNG. */
  async screenshot(path: string): Promise<void> {
    const { data } = await this.send("Page.captureScreenshot", { captureBeyondViewport: true });
    await Deno.writeFile(path, Uint8Array.from(atob(String(data)), (character) => character.charCodeAt(0)));
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    await this.send("Browser.close").catch(() => {/* it may be gone before it answers */});
    await closed;
    await this.#process.status;
    await Deno.remove(this.#profile, { recursive: true });
  }

  #receive(reply: Reply): void {
    if (reply.id !== undefined) {
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    } else if (reply.method === "Page.loadEventFired") {
      this.#onLoad();
    } else if (reply.method === "Runtime.exceptionThrown" || reply.method === "Log.entryAdded") {
      this.complaints.push(JSON.stringify(reply.params));
    }
  }
}

/** The port that Chromium chose, from its stderr, which is then read to its end. */
async function readPort(stderr: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const reader = stderr.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (true) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`Chromium did not start: ${text}`);
    text += value;
    const port = /DevTools listening on ws:\/\/[^:]+:(\d+)\//.exec(text)?.[1];
    if (port === undefined) continue;
    (async () => {
      while (!(await reader.read()).done);
    })();
    return port;
  }
}
