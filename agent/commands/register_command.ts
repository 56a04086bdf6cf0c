import { systemClock } from "../../registry/mod.ts";
import { connectClusters, endpointOf } from "../clients.ts";
import type { Config } from "../config/mod.ts";
import { readGroupFile } from "../group_file.ts";
import { acquireStateLock } from "../state_lock.ts";
import { VERSION } from "../version.ts";
import * as workloads from "../workload/mod.ts";
import { commandLogger } from "./command_logger.ts";
import { type CommandContext, UsageError } from "./verb.ts";

/** `moorline register`: a static entry for each workload, without staying. */
export function registerCommand(context: CommandContext): Promise<number> {
  return forEachWorkload(context, workloads.registerOnce);
}

/** `moorline deregister`: takes away what this VM registered. */
export function deregisterCommand(context: CommandContext): Promise<number> {
  return forEachWorkload(context, workloads.deregisterOnce);
}

async function forEachWorkload(
  context: CommandContext,
  act: (options: workloads.OnceOptions) => Promise<workloads.OnceResult[]>,
): Promise<number> {
  const { config } = await context.loadConfig();
  const registered = config.workloads.filter(({ group, publish }) => group !== "" && publish !== "none");
  if (registered.length === 0) {
    throw new UsageError(
      "workload.group is empty, or workload.publish none: there is nothing to register; name a group",
    );
  }
  // A running agent would write its own idea of the entry over this one at once.
  const lock = await acquireStateLock(config.state);
  try {
    const common = await commonOptions(config);
    const objects: workloads.OnceResult[] = [];
    for (const workload of registered) {
      const group = await readGroupFile(workload);
      objects.push(...await act({ ...common, workload, ...(group && { groupFromFile: group }) }));
    }
    if (context.flags.text("output") === "json") context.print(`${JSON.stringify({ objects }, null, 2)}\n`);
    else for (const { kind, namespace, name, act } of objects) context.print(`${kind} ${namespace}/${name}: ${act}\n`);
    return 0;
  } finally {
    lock.release();
  }
}

async function commonOptions(config: Config): Promise<Omit<workloads.OnceOptions, "workload" | "groupFromFile">> {
  const { log } = commandLogger(config.log);
  const [home] = await connectClusters({ ...config, clusters: config.clusters.slice(0, 1) }, log);
  if (home === undefined) throw new Error("there is no cluster to register in");
  const { agentId } = await workloads.loadIdentity(config.state, await workloads.readMachineMarks());
  const { source: mode, pollInterval: interval, tokenFile } = home.config;
  const token = tokenFile === "" ? "" : await Deno.readTextFile(tokenFile);
  return {
    cluster: workloads.kubeCluster(home.client, { mode, interval, clock: systemClock, random: Math.random, log }),
    writer: { agentId, version: VERSION, owner: workloads.ownerOf(token) },
    network: await workloads.networkLook(endpointOf(home.client), systemClock)(),
    clock: systemClock,
  };
}
