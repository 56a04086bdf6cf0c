import { systemClock } from "../registry/mod.ts";
import type { ConnectedCluster } from "./clients.ts";
import { type Config, parseYaml } from "./config/mod.ts";
import type { Log } from "./log.ts";
import { VERSION } from "./version.ts";
import {
  fileMemory,
  kubeCluster,
  networkLook,
  ownerOf,
  parseGroup,
  Registration,
  type Writer,
} from "./workload/mod.ts";

/** What every workload of this VM has in common. */
export interface RegistrationSetting {
  readonly config: Config;
  /** Where this VM is registered. */
  readonly home: ConnectedCluster;
  readonly agentId: string;
  readonly log: Log;
}

/**
 * A registration for each workload of the configuration; none of them runs yet.
 *
 * @throws Error with one sentence when `workload.groupFile` or `workload.probe.override` cannot be used.
 */
export async function makeRegistrations({ config, home, agentId, log }: RegistrationSetting): Promise<Registration[]> {
  const { source: mode, pollInterval: interval, tokenFile } = home.config;
  const common = { clock: systemClock, random: Math.random, log };
  const cluster = kubeCluster(home.client, { mode, interval, ...common });
  // A token that comes later is no reason not to start; the owner is then written by the next start.
  const token = tokenFile === "" ? "" : await Deno.readTextFile(tokenFile).catch(() => "");
  const writer: Writer = { agentId, version: VERSION, owner: ownerOf(token) };
  const bootId = (await Deno.readTextFile("/proc/sys/kernel/random/boot_id").catch(() => "")).trim();
  const lookAtNetwork = networkLook(endpointOf(home.client.access.server), systemClock);
  return await Promise.all(config.workloads.map(async (workload) => {
    const group = workload.groupFile === "" ? undefined : await readGroup(workload.groupFile);
    return new Registration({
      ...common,
      ...{ workload, cluster, writer, lookAtNetwork, bootId },
      ...(group && { groupFromFile: group }),
      memory: fileMemory(`${config.state}/registration-${workload.namespace}-${workload.group}.json`),
    });
  }));
}

/** Host and port of an API server's URL. */
export function endpointOf(server: string): { readonly hostname: string; readonly port: number } {
  const { hostname, port, protocol } = new URL(server);
  return { hostname: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || (protocol === "https:" ? 443 : 80) };
}

async function readGroup(path: string) {
  try {
    return parseGroup(parseYaml(await Deno.readTextFile(path)));
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new Error(`workload.groupFile: ${path} holds no WorkloadGroup that can be used (${reason})`);
  }
}
