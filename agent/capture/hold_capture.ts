/** The guard on this VM: real tools, real sockets, the configuration as it is now. */
import { cryptoRandom, parseListenAddress } from "../../dns/mod.ts";
import { systemClock } from "../../registry/mod.ts";
import type { Config } from "../config/mod.ts";
import type { Log } from "../log.ts";
import { agentProcess, isListening } from "./agent_process.ts";
import { askSelf } from "./ask_self.ts";
import { reportPath, writeReport } from "./capture_report.ts";
import { NftTable } from "./capture_table.ts";
import { NftablesCapture, type NftablesOptions } from "./nftables_capture.ts";
import { capturedServers } from "./captured_servers.ts";
import { forgetRedirected } from "./conntrack.ts";
import { Guard } from "./guard.ts";
import type { CaptureMeans } from "./capture_means.ts";
import type { ServedMode } from "./choose.ts";
import { ResolvConfTakeover } from "./resolv_conf_takeover.ts";
import { reachesAgent } from "./system_path.ts";

/**
 * Guards until `signal` aborts.
 *
 * @param config the configuration in force, which a SIGHUP may have changed.
 * @param standing false for the child of an agent.
 */
export async function holdCapture(
  mode: ServedMode,
  config: () => Config,
  standing: boolean,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const path = reportPath(config());
  const guard = new Guard({
    means: captureMeans(mode, config),
    grace: () => config().capture.grace,
    listens: () => isListening(firstListener(config())),
    ask: () => askSelf(firstListener(config()), config().clusters[0]!.domain, Math.floor(cryptoRandom() * 65_536)),
    measure: (direct) => reachesAgent(config().clusters[0]!.domain, direct),
    report: async (report) => {
      const written = { mode, ...report, standing, pid: Deno.pid, writtenAt: systemClock.now() };
      await writeReport(path, written);
    },
    clock: systemClock,
    log,
  });
  try {
    await guard.run(signal);
  } finally {
    await Deno.remove(path).catch(() => {/* it never came to a report */});
  }
}

/** The way that a mode names. */
export function captureMeans(mode: ServedMode, config: () => Config): CaptureMeans {
  if (mode === "nftables") return new NftablesCapture({ table: new NftTable(), ...nftablesFacts(config) });
  const { address, fallback } = config().capture;
  return new ResolvConfTakeover({ root: "", address, fallback, clock: systemClock });
}

/** What nftables captures of this VM, and what it leaves, read anew at each use. */
export function nftablesFacts(config: () => Config): Omit<NftablesOptions, "table"> {
  return {
    servers: () => serversToCapture(config()),
    listen: () => config().dns.listen,
    agent: () => agentProcess(firstListener(config())),
    forget: () => forgetRedirected(listenPorts(config())),
  };
}

function serversToCapture({ dns }: Config): string[] {
  const own = Deno.networkInterfaces().map(({ address }) => address);
  return capturedServers({ upstream: dns.upstream, listen: dns.listen, own, read: readText });
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return ""; // absent, or being replaced at this moment: the next round sees it
  }
}

/** Where the guard asks. */
export function firstListener({ dns }: Config): string {
  return dns.listen[0]!;
}

/** Where redirected connections lead to. */
function listenPorts({ dns }: Config): number[] {
  return dns.listen.map((address) => parseListenAddress(address).port);
}
