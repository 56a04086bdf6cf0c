import { systemClock } from "../registry/mod.ts";
import { type ConnectedCluster, endpointOf } from "./clients.ts";
import type { Config } from "./config/mod.ts";
import { readGroupFile } from "./group_file.ts";
import { readKernelFile } from "./kernel_file.ts";
import type { Log } from "./log.ts";
import { VERSION } from "./version.ts";
import {
  fileMemory,
  kubeCluster,
  memoryPath,
  networkLook,
  Registration,
  removeForgotten,
  type TokenKeeper,
} from "./workload/mod.ts";

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
  const { config, home, agentId, keeper } = setting;
  const common = commonParts(setting);
  const writer = {
    agentId,
    version: VERSION,
    get owner() {
      return keeper?.owner ?? "";
    },
  };
  const bootId = (await readKernelFile("/proc/sys/kernel/random/boot_id")).trim();
  const lookAtNetwork = networkLook(endpointOf(home.client), systemClock);
  return await Promise.all(config.workloads.map(async (workload) => {
    const group = await readGroupFile(workload);
    return new Registration({
      ...common,
      ...{ workload, writer, lookAtNetwork, bootId },
      ...(group && { groupFromFile: group }),
      memory: fileMemory(memoryPath(config.state, workload)),
    });
  }));
}

/** Takes away what this VM registered under a configuration that it no longer has; ends when that is done. */
export async function removeFormerRegistrations(
  setting: Omit<RegistrationSetting, "keeper">,
  signal: AbortSignal,
): Promise<void> {
  const { config: { state, workloads }, agentId } = setting;
  const present = workloads.filter(({ publish }) => publish !== "none");
  await removeForgotten({ ...commonParts(setting), state, workloads: present, agentId }, signal);
}

function commonParts({ home, log }: Omit<RegistrationSetting, "keeper">) {
  const { source: mode, pollInterval: interval } = home.config;
  const common = { clock: systemClock, random: Math.random, log };
  return { ...common, cluster: kubeCluster(home.client, { mode, interval, ...common }) };
}
