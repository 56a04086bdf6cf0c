import { Buffer } from "node:buffer";
import { decode, encode } from "dns-packet";
import { RUNTIME_ENVIRONMENT, RUNTIME_FLAGS } from "../runtime_flags.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const ASK_LIMIT_MS = 60_000;
/** How often DNS is asked for what is not there yet. */
const ASK_EVERY_MS = 0.5;

/** The whole agent in a process of its own, with a state folder that is gone when it is. */
export interface AgentProcess {
  readonly port: number;
  /** Milliseconds since 1970 at which it was started. */
  readonly startedAt: number;
  /** Peak resident memory so far, in MB of 10^6 bytes. */
  peakRss(): number;
  /** Whether it has ended by itself; it said why on standard error. */
  readonly ended: boolean;
  /** Ends it in order; `state` stays. */
  stop(): Promise<void>;
}

export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** A port that is free for UDP and TCP. */
function freePort(): number {
  for (;;) {
    const stream = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = stream.addr;
    try {
      Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    } finally {
      stream.close();
    }
  }
}

/** Starts the agent on `state` against the API server at `url`, which trusts everyone. */
export function startAgent(url: string, state: string, source: "watch" | "poll" = "watch"): AgentProcess {
  const port = freePort();
  const file = `${state}/moorline.json`;
  const config = {
    cluster: { server: url, source, pollInterval: "1s" },
    dns: { listen: [`127.0.0.1:${port}`], answers: "cluster-ip", upstream: ["127.0.0.1:9"] },
    admin: { socket: `${state}/admin.sock`, listen: "" },
    log: { level: "error" },
    state,
  };
  Deno.writeTextFileSync(file, JSON.stringify(config));
  const startedAt = now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", ...RUNTIME_FLAGS, `${ROOT}cli.ts`, "run", "--config", file],
    env: RUNTIME_ENVIRONMENT,
    stdin: "null",
  }).spawn();
  let ended = false;
  child.status.then(() => ended = true);
  return {
    port,
    startedAt,
    get ended() {
      return ended;
    },
    peakRss: () => Number(/VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${child.pid}/status`))![1]) * 1024 / 1e6,
    stop: async () => {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** Asks for the A records of a name until the answer is `address`; returns the time of that answer as `now` does. */
export async function untilAnswered(agent: AgentProcess, name: string, address: string): Promise<number> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const to = { transport: "udp", hostname: "127.0.0.1", port: agent.port } as const;
  const query = encode({ type: "query", id: 1, flags: 256, questions: [{ type: "A", name }] });
  let answered = 0;
  let last = "nothing";
  const listening = (async () => {
    for await (const [packet] of socket) {
      const { answers = [], flags = 0 } = decode(Buffer.from(packet));
      last = `rcode ${flags & 15}, ${answers.length} records`;
      if (answers.some((record) => record.type === "A" && record.data === address)) {
        answered = now();
        return;
      }
    }
  })();
  const started = now();
  try {
    while (answered === 0) {
      if (now() - started > ASK_LIMIT_MS) {
        throw new Error(`${name} is not ${address} after ${ASK_LIMIT_MS} ms: ${last}`);
      }
      if (agent.ended) throw new Error("the agent has ended");
      await socket.send(query, to);
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
  } finally {
    socket.close();
    await listening;
  }
  return answered;
}
