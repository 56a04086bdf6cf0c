/** moorline itself, whole, on the same cluster as CoreDNS: it answers names and registers nothing. */
import { parseDocument } from "../../agent/config/mod.ts";
import { StoryAgent } from "../../agent/demo/mod.ts";
import { Logger } from "../../agent/log.ts";
import { systemClock } from "../../registry/mod.ts";

/** Starts it; resolves when it has read the cluster. Its DNS listens at `agent.dns`. */
export async function startMeshAgent(server: string, upstream: number, state: string): Promise<StoryAgent> {
  const parsed = parseDocument({
    cluster: { server },
    workload: { namespace: "default" },
    dns: {
      listen: ["127.0.0.1:0"],
      answers: "cluster-ip",
      families: "both",
      search: [],
      upstream: [`127.0.0.1:${upstream}`],
    },
    admin: { socket: `${state}/admin.sock`, listen: "" },
    state: `${state}/state`,
  });
  if ("problems" in parsed) throw new Error(`the agent's configuration is wrong: ${JSON.stringify(parsed.problems)}`);
  const logger = new Logger({
    level: "error",
    format: "text",
    clock: systemClock,
    write: (line) => console.error(line),
  });
  const agent = await StoryAgent.start(parsed.config, logger);
  while (!(await agent.status()).ready) await new Promise((resolve) => setTimeout(resolve, 20));
  return agent;
}
