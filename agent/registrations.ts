import { systemClock } from "../registry/mod.ts";
import { type ConnectedCluster, endpointOf } from "./clients.ts";
import type { Config } from "./config/mod.ts";
import { readGroupFile } from "./group_file.ts";
import type { Log } from "./log.ts";
import { VERSION } from "./version.ts";
import { fileMemory, kubeCluster, networkLook, Registration, type TokenKeeper } from "./workload/mod.ts";

/** What every workload of this VM has in common. */
export interface RegistrationSetting {
  readonly config: Config;
  /** Where this VM is registered. */
  readonly home: ConnectedCluster;
  readonly agentId: string;
  /** Whose token owns what is written; undefined without a token file. */
  readonly keeper: TokenKeeper | undefined;
  readonly log: Log;
}

/**
 * A registration for each workload of the configuration; none of them runs yet.
 *
 * @throws Error with one sentence when `workload.groupFile` or `workload.probe.override` cannot be used.
 */
export async function makeRegistrations(setting: RegistrationSetting): Promise<Registration[]> {
  const { config, home, agentId, keeper, log } = setting;
  const { source: mode, pollInterval: interval } = home.config;
  const common = { clock: systemClock, random: Math.random, log };
  const cluster = kubeCluster(home.client, { mode, interval, ...common });
  const writer = {
    agentId,
    version: VERSION,
    get owner() {
      return keeper?.owner ?? "";
    },
  };
  const bootId = (await Deno.readTextFile("/proc/sys/kernel/random/boot_id").catch(() => "")).trim();
  const lookAtNetwork = networkLook(endpointOf(home.client), systemClock);
  return await Promise.all(config.workloads.map(async (workload) => {
    const group = await readGroupFile(workload);
    return new Registration({
      ...common,
      ...{ workload, cluster, writer, lookAtNetwork, bootId },
      ...(group && { groupFromFile: group }),
      memory: fileMemory(`${config.state}/registration-${workload.namespace}-${workload.group}.json`),
    });
  }));
}
