import { DnsService } from "../dns/mod.ts";
import { systemClock, trustNobody } from "../registry/mod.ts";
import { type AgentCapture, prepareCapture } from "./capture/mod.ts";
import type { ConnectedCluster } from "./clients.ts";
import { connectClusters } from "./clients.ts";
import type { RunOptions } from "./commands/mod.ts";
import type { Config } from "./config/mod.ts";
import { dnsOptions } from "./dns_wiring.ts";
import { DurationHistogram } from "./duration_histogram.ts";
import type { Logger } from "./log.ts";
import { Mesh } from "./mesh/mod.ts";
import { connectProbe, meshClusters, meshRules, neededNames } from "./mesh_wiring.ts";
import { RateMeter } from "./rate_meter.ts";
import { Readiness } from "./readiness.ts";
import { makeRegistrations } from "./registrations.ts";
import { RestartCounts } from "./restart_counts.ts";
import { snapshotFromLines, snapshotLines } from "./saved_names.ts";
import { SnapshotKeeper } from "./snapshot.ts";
import { keepToken } from "./kept_token.ts";
import { loadIdentity, readMachineMarks, type Registration, type TokenKeeper } from "./workload/mod.ts";

/** Every part of a running agent, built and wired. Known by `app` and by those who show it, and by no part. */
export interface AgentParts {
  readonly config: Config;
  readonly configFile: string;
  readonly logger: Logger;
  readonly agentId: string;
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
  readonly clusters: readonly ConnectedCluster[];
  /** Names that the agent itself needs. */
  readonly reserved: readonly string[];
  readonly dns: DnsService;
  readonly mesh: Mesh;
  readonly registrations: readonly Registration[];
  /** Undefined without `cluster.tokenFile`. */
  readonly keeper: TokenKeeper | undefined;
  readonly snapshot: SnapshotKeeper;
  readonly capture: AgentCapture;
  readonly readiness: Readiness;
  readonly requestRate: RateMeter;
  readonly restarts: RestartCounts;
  readonly histograms: readonly DurationHistogram[];
  /** Ends the agent from inside: it was drained. */
  readonly end: AbortController;
  /** Whether the last reload of the configuration worked. */
  reloadOk: boolean;
}

/**
 * Builds the agent's parts; nothing listens or talks to anybody yet. The state folder is read, and must be locked by the caller.
 *
 * @throws Error with one sentence when the configuration cannot be carried out.
 */
export async function buildParts({ config, configFile, logger }: RunOptions): Promise<AgentParts> {
  const { log } = logger;
  trustNobody();
  const capture = await prepareCapture(config, log);
  const requests = new DurationHistogram("registry_request_duration_seconds");
  const programming = new DurationHistogram("dns_programming_duration_seconds");
  const restarts = new RestartCounts();
  const { agentId, clonedFrom } = await loadIdentity(config.state, await readMachineMarks());
  if (clonedFrom) log("warn", "the state folder came from another machine; its identity was dropped", { clonedFrom });
  const token = await keepToken(config, clonedFrom !== undefined, log);
  const clusters = await connectClusters(token.config, log, requests);
  const keeper = token.keeper(clusters[0]!.client, () => registrations);
  await keeper?.load();
  const reserved = neededNames(config, clusters);
  const dns = new DnsService(dnsOptions(config, reserved, log, capture));
  const snapshot: SnapshotKeeper = new SnapshotKeeper({
    path: `${config.state}/snapshot`,
    collect: () => snapshotLines(mesh.snapshot()),
    clock: systemClock,
    log,
  });
  const kept = await snapshot.load();
  const mesh: Mesh = new Mesh({
    clusters: meshClusters(clusters),
    rules: meshRules(config, agentId, reserved),
    publish: (delta, changedAt) => {
      snapshot.changed();
      dns.publish(delta).then(
        () => programming.observe((systemClock.monotonic() - changedAt) / 1000),
        (error) => log("error", "names cannot be put into the table", { error }),
      );
    },
    probe: connectProbe,
    clock: systemClock,
    random: Math.random,
    log,
    resume: kept && snapshotFromLines(kept.parts),
    onRestart: (cluster, kind, reason) => restarts.add(cluster, kind, reason),
  });
  const registrations: readonly Registration[] = await makeRegistrations({
    ...{ config, agentId, keeper, log },
    home: clusters[0]!,
  });
  return {
    ...{
      config,
      configFile,
      logger,
      agentId,
      clusters,
      reserved,
      dns,
      mesh,
      registrations,
      keeper,
      snapshot,
      capture,
      restarts,
    },
    startedAt: systemClock.now(),
    readiness: new Readiness(),
    requestRate: new RateMeter(() => requestCount(dns), () => systemClock.monotonic()),
    histograms: [requests, programming],
    end: new AbortController(),
    reloadOk: true,
  };
}

/** Questions received since the start. */
export function requestCount(dns: DnsService): number {
  return dns.samples().reduce((sum, sample) => {
    return sample.kind === "counter" && sample.name === "dns_requests_total" ? sum + sample.value : sum;
  }, 0);
}
