import { resolve } from "node:path";
import type { CommandContext } from "./verb.ts";
import { NoAgentError } from "./verb.ts";

/** The agent answers from memory; one that takes longer is stuck. */
const ANSWER_LIMIT_MS = 5_000;

/** A running agent's HTTP interface. */
export interface AgentClient {
  /** Where it was found, for messages. */
  readonly address: string;
  /** `GET path`, as JSON. @throws Error when the agent says no. */
  get(path: string): Promise<unknown>;
  [Symbol.dispose](): void;
}

/**
 * Finds the running agent: where `--admin` says (a socket's path, `IP:port` or a URL), else on `admin.socket`, else on
 * `admin.listen` of the configuration.
 *
 * @throws NoAgentError when nobody answers there.
 */
export async function connectToAgent({ flags, folder, loadConfig }: CommandContext): Promise<AgentClient> {
  const named = flags.text("admin");
  const candidates = named === undefined ? configuredAddresses((await loadConfig()).config.admin) : [named];
  const failures: string[] = [];
  for (const address of candidates) {
    const client = openAgent(address, folder);
    try {
      await client.get("/healthz/ready?probe");
      return client;
    } catch (error) {
      client[Symbol.dispose]();
      failures.push(`${address}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const where = failures.length > 0 ? failures.join("; ") : "admin.socket and admin.listen are both empty";
  throw new NoAgentError(`no agent answers (${where}); start one with moorline run, or say where it is with --admin`);
}

function configuredAddresses({ socket, listen }: { socket: string; listen: string }): string[] {
  return [socket, listen].filter((address) => address !== "" && !address.endsWith(":0"));
}

/** The agent at an address that is known: a socket's path, `IP:port` or a URL. Nothing is asked before `get`. */
export function openAgent(address: string, folder = ""): AgentClient {
  const isUrl = /^https?:\/\//.test(address);
  const isPath = !isUrl && !/^[^/]+:\d+$/.test(address);
  const base = isPath ? "http://localhost" : isUrl ? address.replace(/\/$/, "") : `http://${reachable(address)}`;
  const client = isPath
    ? Deno.createHttpClient({ proxy: { transport: "unix", path: resolve(folder, address) } })
    : base.startsWith("http:")
    ? directClient(base)
    : undefined;
  return {
    address,
    async get(path) {
      const response = await request(base + path, client);
      const type = response.headers.get("content-type") ?? "";
      if (!type.includes("application/json")) {
        await response.body?.cancel();
        throw new Error("what answers there is no moorline agent");
      }
      const document: unknown = await response.json();
      // 503 is how readiness says "not ready", which is an answer.
      if (response.ok || response.status === 503) return document;
      throw new Error(`the agent refused ${path} with ${response.status}`);
    },
    [Symbol.dispose]: () => client?.close(),
  };
}

/** A client that connects straight to where the URL says: HTTP_PROXY is for other people's servers. */
function directClient(base: string): Deno.HttpClient {
  const { hostname, port } = new URL(base);
  const proxy = { transport: "tcp", hostname, port: Number(port) || 80 } as const;
  return Deno.createHttpClient({ proxy });
}

async function request(url: string, client: Deno.HttpClient | undefined): Promise<Response> {
  const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
  try {
    return await fetch(url, client ? { client, signal } : { signal });
  } catch (error) {
    if (error instanceof DOMException && error.name === "TimeoutError") {
      throw new Error(`no answer within ${ANSWER_LIMIT_MS / 1000} s`);
    }
    throw new Error(shortReason(error));
  }
}

/** Deno says "fetch failed" and keeps why in a chain of causes and colons; the innermost is what a person can use. */
function shortReason(error: unknown): string {
  let text = "";
  for (let cause = error; cause instanceof Error; cause = cause.cause) text = cause.message;
  const last = text.split("\n")[0]!.split("): ").at(-1)!;
  return last.replace(/ \(os error \d+\)$/, "").toLowerCase();
}

/** A server that listens on every address is reached on loopback. */
function reachable(address: string): string {
  return address.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
}
