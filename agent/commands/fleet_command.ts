import { formatDuration } from "../config/mod.ts";
import { type FleetRow, fleetRows, followFleet } from "../workload/mod.ts";
import { commandLogger } from "./command_logger.ts";
import { fleetSynced } from "./fleet_synced.ts";
import { openCluster } from "./one_cluster.ts";
import { stopOnSignals } from "./stop_signals.ts";
import { textTable } from "./text_table.ts";
import type { CommandContext } from "./verb.ts";

/** `moorline fleet`: every VM that is registered, as the cluster knows it. */
export async function fleetCommand(context: CommandContext): Promise<number> {
  const { flags, print } = context;
  const { config } = await context.loadConfig();
  const home = config.clusters[0]!;
  const { client, common } = await openCluster(home, commandLogger({ ...config.log, level: "error" }).log, {
    operator: true,
  });
  const stop = stopOnSignals();
  const following = new AbortController();
  const given = flags.all("namespaces").flatMap((text) => text.split(",")).filter((name) => name !== "");
  const stores = followFleet(client, given.length > 0 ? given : home.namespaces, common);
  const reading = stores.run(following.signal);
  try {
    await fleetSynced(stores, stop.signal);
    const { entries, slices, leases } = stores;
    const vms = fleetRows(
      [...entries.list(), ...slices.list()],
      ({ namespace, name }) => leases.get(`${namespace}/${name}`),
    );
    print(
      flags.text("output") === "json" ? `${JSON.stringify({ vms }, null, 2)}\n` : fleetText(vms, common.clock.now()),
    );
    return 0;
  } finally {
    following.abort();
    await reading;
    client.close();
    stop.dispose();
  }
}

function fleetText(vms: readonly FleetRow[], now: number): string {
  const rows = vms.map(({ namespace, name, group, address, version, health, lastBeat, ...vm }) => {
    const age = now - Date.parse(lastBeat);
    const beat = vm.static ? "static" : Number.isNaN(age) ? "never" : `${ageText(Math.max(0, age))} ago`;
    return [`${namespace}/${name}`, group || "-", address, version || "-", health, beat];
  });
  return textTable(["VM", "GROUP", "ADDRESS", "VERSION", "HEALTH", "LAST BEAT"], rows);
}

/** In the greatest unit that says enough: `8s`, `12m`, `5h`, `3d`. */
function ageText(milliseconds: number): string {
  const unit = [86_400_000, 3_600_000, 60_000].find((each) => milliseconds >= 2 * each) ?? 1000;
  return formatDuration(Math.floor(milliseconds / unit) * unit);
}
