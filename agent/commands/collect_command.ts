import { collectorRoutes, type CollectorView, type Sample, serveTcp } from "../admin/mod.ts";
import { formatDuration, parseDuration } from "../config/mod.ts";
import { VERSION } from "../version.ts";
import {
  Collector,
  type CollectorSettings,
  type FleetStores,
  followFleet,
  kubeCluster,
  targetGroups,
} from "../workload/mod.ts";
import { commandLogger } from "./command_logger.ts";
import { fleetSynced } from "./fleet_synced.ts";
import { openCluster } from "./one_cluster.ts";
import { stopOnSignals } from "./stop_signals.ts";
import { type CommandContext, type GivenFlags, UsageError } from "./verb.ts";

/** `moorline collect`: removes registrations of dead VMs until SIGTERM, or once. */
export async function collectCommand(context: CommandContext): Promise<number> {
  const { flags } = context;
  const settings = settingsOf(flags);
  const { config } = await context.loadConfig();
  const logger = commandLogger(config.log);
  const home = config.clusters[0]!;
  const { client, common } = await openCluster(home, logger.log);
  const cluster = kubeCluster(client, { mode: home.source, interval: home.pollInterval, ...common });
  const stores = followFleet(client, home.namespaces, common);
  // Replicas of one Deployment share a node's name when they use its network; the rest tells them apart.
  const identity = `${Deno.hostname()}-${crypto.randomUUID().slice(0, 8)}`;
  const namespace = client.access.namespace || config.workloads[0]!.namespace;
  const collector = new Collector({ settings, cluster, ...stores, namespace, identity, ...common });
  const stop = stopOnSignals();
  const following = new AbortController();
  const reading = stores.run(AbortSignal.any([stop.signal, following.signal]));
  try {
    if (flags.on("once")) {
      await fleetSynced(stores, stop.signal);
      await collector.once(stop.signal);
    } else {
      const app = collectorRoutes(viewOf(collector, stores), VERSION, common.clock.now());
      const server = config.admin.listen === "" ? undefined : serveTcp("admin.listen", config.admin.listen, app);
      const listen = server ? `${server.addr.hostname}:${server.addr.port}` : "nowhere";
      logger.log("info", "collecting", { listen, identity, dryRun: settings.dryRun });
      await collector.run(stop.signal);
      await server?.shutdown();
    }
    const counts = collector.status().entries.map(({ vitality, count }) => `${count} ${vitality}`).join(", ");
    logger.log("info", "collected", { entries: counts });
    return stop.signal.aborted && flags.on("once") ? 1 : 0;
  } finally {
    following.abort();
    await reading;
    client.close();
    stop.dispose();
    logger.flush();
  }
}

function settingsOf(flags: GivenFlags): CollectorSettings {
  const unhealthyAfter = durationOf(flags, "unhealthy-after", "40s");
  const deleteAfter = durationOf(flags, "delete-after", "1h");
  const share = flags.text("max-share") ?? "0.3";
  const maxShare = Number(share);
  if (!/^[\d.]+$/.test(share) || !(maxShare >= 0 && maxShare <= 1)) {
    throw new UsageError(`--max-share: "${share}" is not allowed; it must be a share from 0 to 1, such as 0.3`);
  }
  if (deleteAfter < unhealthyAfter) {
    throw new UsageError(`--delete-after: ${formatDuration(deleteAfter)} is shorter than --unhealthy-after`);
  }
  return { unhealthyAfter, deleteAfter, maxShare, dryRun: flags.on("dry-run") };
}

function durationOf(flags: GivenFlags, name: string, preset: string): number {
  const text = flags.text(name) ?? preset;
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined && milliseconds >= 1000) return milliseconds;
  throw new UsageError(`--${name}: "${text}" is not allowed; it must be a duration of 1s or more, such as 40s or 1h`);
}

function viewOf(collector: Collector, { entries, slices, leases }: FleetStores): CollectorView {
  const stores = { workloadentries: entries, endpointslices: slices, leases };
  const isUnread = (state: string) => state === "syncing" || state === "unauthorized";
  return {
    pending: () =>
      Object.entries(stores).filter(([, { state }]) => isUnread(state.state)).map(([kind]) => `sync ${kind}`),
    targets: () => targetGroups(entries.list()),
    metrics: () => metricsOf(collector),
  };
}

function metricsOf(collector: Collector): Sample[] {
  const { leads, partition, entries, writes } = collector.status();
  const sample = (
    kind: "counter" | "gauge",
    name: string,
    value: number,
    labels: Record<string, string> = {},
  ): Sample => {
    return { kind, name, value, labels };
  };
  return [
    sample("gauge", "collector_leader", leads ? 1 : 0),
    sample("gauge", "collector_partition", partition ? 1 : 0),
    ...entries.map(({ vitality, count }) => sample("gauge", "collector_entries", count, { vitality })),
    ...writes.map(({ op, result, count }) => sample("counter", "collector_writes_total", count, { op, result })),
  ];
}
