import type { Clock, Log, Random } from "../../registry/mod.ts";
import type { Cluster } from "./cluster.ts";
import { kindOf } from "./former_entries.ts";
import { refusalOf } from "./refusal.ts";
import { fileMemory } from "./registration_memory.ts";
import { removeEntry } from "./remove_entry.ts";

/** What is needed to clear away what an earlier configuration registered. */
export interface ForgottenOptions {
  /** The state folder. */
  readonly state: string;
  /** What is registered by the present configuration. */
  readonly workloads: readonly { readonly namespace: string; readonly group: string }[];
  readonly cluster: Cluster;
  readonly agentId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const PREFIX = "registration-";
const SUFFIX = ".json";

/** Where a registration remembers itself; namespaces have no dot, so that no two workloads share a file. */
export function memoryPath(state: string, { namespace, group }: ForgottenOptions["workloads"][number]): string {
  return `${state}/${PREFIX}${namespace}.${group}${SUFFIX}`;
}

/**
 * Removes what this VM registered under a configuration that it no longer has (another group, `publish: none`), which
 * would otherwise stay until the collector finds it. Tries until it is done or the signal aborts.
 */
export async function removeForgotten(options: ForgottenOptions, signal: AbortSignal): Promise<void> {
  const { clock, random, log } = options;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      return await removeOnce(options);
    } catch (error) {
      const { wait, reason } = refusalOf(error, attempt, random);
      if (attempt === 0) log("warn", "a registration of a former configuration cannot be removed yet", { reason });
      await clock.sleep(wait, signal).catch(() => {}); // aborted: the loop ends
    }
  }
}

async function removeOnce({ state, workloads, cluster, agentId, log }: ForgottenOptions): Promise<void> {
  const present = new Set(workloads.map((workload) => memoryPath(state, workload)));
  for (const path of await memoryFiles(state)) {
    if (present.has(path)) continue;
    const memory = await fileMemory(path).load();
    for (const entry of memory?.agentId === agentId ? memory.entries : []) {
      const { namespace, name } = entry;
      const removed = await removeEntry(cluster, kindOf(entry), namespace, name, agentId);
      if (removed) log("info", "a registration of a former configuration is removed", { namespace, entry: name });
    }
    await Deno.remove(path);
  }
}

async function memoryFiles(state: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(state)) {
    if (name.startsWith(PREFIX) && name.endsWith(SUFFIX)) names.push(`${state}/${name}`);
  }
  return names;
}
