import { ApiServer } from "../../registry/server/mod.ts";
import { KubeClient, loadAccess, systemClock } from "../../registry/mod.ts";
import type { DemoOptions } from "../commands/mod.ts";
import { type Config, parseDocument, parseYaml } from "../config/mod.ts";
import { Logger, writeToStderr } from "../log.ts";
import { VERSION } from "../version.ts";
import { DemoApplication } from "./application.ts";
import { DEMO_GROUP, DEMO_NAMESPACE, DEMO_VM_ADDRESS } from "./bookinfo.ts";
import { OtherClient } from "./other_client.ts";
import { OutsideWorld } from "./outside_world.ts";
import { StoryAgent } from "./story_agent.ts";
import { type Stage, tellStory } from "./story.ts";
import { stay } from "./stay.ts";

/**
 * `moorline demo`: the whole agent on an API server in this process, with a small mesh; free ports of loopback and a
 * temporary folder, and nothing is left behind.
 *
 * @returns the exit code.
 */
export async function runDemo(given: DemoOptions): Promise<number> {
  const options = { ...given, print: (text: string) => given.print(`${text}\n`) };
  const isStaying = options.stay || (!options.once && Deno.stdout.isTerminal());
  const state = await Deno.makeTempDir({ prefix: "moorline-demo-" });
  const server = new ApiServer({ collectGarbage: true });
  const application = new DemoApplication();
  const outside = new OutsideWorld();
  const { url } = server.listen();
  const client = await clientOf(url);
  try {
    const upstream = outside.start();
    const probePort = application.start();
    const stage: Stage = {
      ...{ application, probePort },
      others: new OtherClient(client),
      startAgent: () => StoryAgent.start(demoConfig({ server: url, state, upstream }), demoLogger(isStaying)),
      stopServer: () => server.stop(),
      startServer: () => Promise.resolve(void server.start()),
    };
    options.print(`moorline ${VERSION}: a demo on an API server in this process (${url})`);
    return await (isStaying ? stay(stage, options) : tellOnce(stage, options));
  } finally {
    client.close();
    outside.stop();
    await application.stop();
    await server.close();
    await Deno.remove(state, { recursive: true });
  }
}

async function tellOnce(stage: Stage, { print, signal }: DemoOptions): Promise<number> {
  const started = performance.now();
  let steps = 0;
  const whole = await tellStory(stage, (title, seen, ok) => {
    steps++;
    const passed = ((performance.now() - started) / 1000).toFixed(1).padStart(5);
    print(`${ok ? "ok    " : "FAILED"} ${passed} s  ${title}\n                ${seen}`);
  }, signal);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  print(whole ? `${steps} steps, all as they should be, in ${seconds} s` : `step ${steps} failed, after ${seconds} s`);
  return whole ? 0 : 1;
}

async function clientOf(server: string): Promise<KubeClient> {
  const { random } = Math;
  const access = await loadAccess({ parseYaml, server });
  return new KubeClient(access, { clock: systemClock, random, log: () => {}, userAgent: "moorline-demo" });
}

/** The agent's configuration: the contract's defaults, but for what the demo needs. Times are short: nobody waits. */
export function demoConfig(where: {
  /** URL of the API server, or the whole `cluster` section. */
  readonly server: string | Readonly<Record<string, unknown>>;
  readonly state: string;
  readonly upstream: string;
}): Config {
  const cluster = typeof where.server === "string" ? { name: "demo", server: where.server } : where.server;
  const parsed = parseDocument({
    cluster,
    workload: {
      namespace: DEMO_NAMESPACE,
      group: DEMO_GROUP,
      address: DEMO_VM_ADDRESS,
      heartbeat: "2s",
      drain: "0s",
      onStop: "deregister",
    },
    dns: {
      listen: ["127.0.0.1:0"],
      answers: "cluster-ip",
      families: "both",
      search: [],
      upstream: [where.upstream],
    },
    admin: { socket: `${where.state}/admin.sock`, listen: "" },
    state: `${where.state}/state`,
    log: { level: "warn" },
  });
  if ("problems" in parsed) throw new Error(`the demo's configuration is wrong: ${JSON.stringify(parsed.problems)}`);
  return parsed.config;
}

/** `--once` shows the steps alone; the outage that it makes would fill the screen. */
function demoLogger(isStaying: boolean): Logger {
  return new Logger({ level: isStaying ? "warn" : "error", format: "text", clock: systemClock, write: writeToStderr });
}
