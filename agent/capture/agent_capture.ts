/** Capture as the running agent has it: started and ended with it where it is root, looked at where it is not. */
import { systemClock } from "../../registry/mod.ts";
import type { Config } from "../config/mod.ts";
import type { Log } from "../log.ts";
import { readReport, reportPath } from "./capture_report.ts";
import { type CaptureStatus, captureStatus } from "./capture_status.ts";
import { SYSTEM_FILES } from "./captured_servers.ts";
import { chosenMode, isServed } from "./choose.ts";
import { dnsAddress, FORMER_RESOLV_CONF } from "./resolv_conf_takeover.ts";
import { type GuardChild, startGuard } from "./guard_child.ts";
import { takeAgentGroup } from "./own_group.ts";

export interface AgentCapture {
  /** Where DNS has to listen beside `dns.listen`. */
  readonly listen: readonly string[];
  /** Where the VM's own servers are found, in order; undefined: where they always are. */
  readonly systemFiles: readonly string[] | undefined;
  /** Begins once DNS answers. @param listening where. */
  start(listening: readonly string[]): Promise<void>;
  /** Hands over what a reload changed. */
  reload(config: Config): Promise<void>;
  status(): CaptureStatus;
  /** Releases what `start` began, while DNS still answers. */
  stop(): Promise<void>;
}

/**
 * To be called before the agent opens a socket: root's agent is told from root's other programs by its group.
 *
 * @throws Error with one sentence when that is refused.
 */
export async function prepareCapture(config: Config, log: Log): Promise<AgentCapture> {
  const mode = await chosenMode(config.capture.mode);
  const isHolder = isServed(mode) && Deno.build.os === "linux" && Deno.uid() === 0;
  if (isHolder && mode === "nftables") takeAgentGroup();
  const path = reportPath(config);
  let guard: GuardChild | undefined;
  return {
    listen: mode === "resolv-conf" ? [dnsAddress(config.capture.address)] : [],
    systemFiles: mode === "resolv-conf" ? [FORMER_RESOLV_CONF, ...SYSTEM_FILES] : undefined,
    start: async (listening) => {
      // A unit of its own holds the capture already. The guard of an agent that was killed before us ends by itself.
      if (!isHolder || readReport(path, systemClock.now())?.standing) return;
      guard = await startGuard(config, listening, log);
    },
    reload: async (changed) => await guard?.reload(changed),
    status: () => captureStatus(mode, mode === "none" ? undefined : readReport(path, systemClock.now())),
    stop: async () => await guard?.stop(),
  };
}
