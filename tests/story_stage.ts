import * as assert from "uvu/assert";
import {
  DemoApplication,
  demoConfig,
  OtherClient,
  OutsideWorld,
  type Stage,
  StoryAgent,
  tellStory,
} from "../agent/demo/mod.ts";
import { Logger } from "../agent/log.ts";
import { KubeClient, loadAccess, systemClock } from "../registry/mod.ts";

/** The server on which the story is told, and how to take it away. */
export interface StoryServer {
  /** The agent's `cluster` section. */
  readonly cluster: Readonly<Record<string, unknown>> & { readonly server: string };
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Tells a VM's life from start to stop and asserts that every step of it came true. */
export async function assertStory({ cluster, stop, start }: StoryServer): Promise<void> {
  const state = await Deno.makeTempDir();
  const application = new DemoApplication();
  const outside = new OutsideWorld();
  const access = await loadAccess({ ...cluster, parseYaml: JSON.parse });
  const client = new KubeClient(access, { clock: systemClock, random: Math.random, log() {}, userAgent: "story" });
  const lines: string[] = [];
  const logger = new Logger({ level: "warn", format: "text", clock: systemClock, write: (line) => lines.push(line) });
  try {
    const upstream = outside.start();
    const probePort = application.start();
    const stage: Stage = {
      ...{ application, probePort, others: new OtherClient(client) },
      startAgent: () => StoryAgent.start(demoConfig({ server: cluster, state, upstream }), logger),
      stopServer: stop,
      startServer: start,
    };
    const told: string[] = [];
    const whole = await tellStory(stage, (title, seen, ok) => told.push(`${ok ? "ok" : "FAILED"} ${title}: ${seen}`));
    assert.ok(whole, `${told.join("\n")}\n${lines.join("")}`);
    assert.ok(told.length >= 25, "the whole story was told");
  } finally {
    client.close();
    outside.stop();
    await application.stop();
    await Deno.remove(state, { recursive: true });
  }
}
