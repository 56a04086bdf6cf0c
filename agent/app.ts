import { systemClock } from "../registry/mod.ts";
import { startAdmin, thisMachine } from "./admin/mod.ts";
import { type AgentParts, buildParts } from "./agent_parts.ts";
import { appView } from "./app_view.ts";
import type { RunOptions } from "./commands/mod.ts";
import { followOwnNetwork } from "./own_rules.ts";
import { removeFormerRegistrations } from "./registrations.ts";
import { applyReload } from "./reload.ts";
import { acquireStateLock } from "./state_lock.ts";
import { isDeregistering } from "./stop_policy.ts";
import { VERSION } from "./version.ts";

/** How often slow things are looked at: the request rate, resourceVersions for the snapshot. */
const TICK_MS = 1_000;
/** Bookmarks move resourceVersions on without any change of names; a snapshot must not grow too old to resume from. */
const SAVE_EVERY_TICKS = 60;

/**
 * The agent, from its first packet to its last: DNS answers before anything else happens and ends after everything
 * else has; the API server may be away all the time.
 *
 * @throws Error with one sentence when it cannot start: a key that cannot be carried out, an address in use, a state
 *   folder that another agent has.
 */
export async function runAgent(options: RunOptions): Promise<void> {
  const { config, logger, signal } = options;
  const { log } = logger;
  const lock = await acquireStateLock(config.state);
  const reading = new AbortController();
  const running: Promise<void>[] = [];
  try {
    const app = await buildParts(options);
    const stopping = app.readiness.task("stopping");
    stopping.done();
    const run = (part: Promise<void>) => {
      running.push(part.catch((error) => log("error", "a part of the agent ended", { error })));
    };
    // Names of the snapshot are in the table before the first packet can come.
    run(app.mesh.run(reading.signal));
    run(app.snapshot.run(reading.signal));
    run(followOwnNetwork(app, reading.signal));
    run(tick(app, reading.signal));
    app.mesh.flush();
    await app.dns.start();
    const endReloads = options.onReload((reload) => applyReload(app, reload));
    try {
      const view = appView(app);
      const { startedAt } = app;
      const admin = await startAdmin(config.admin, { view, version: VERSION, startedAt, log, machine: thisMachine });
      try {
        const { listening } = app.dns.status();
        log("info", "answering", { dns: listening.join(", "), ...admin.addresses, version: VERSION });
        if (app.keeper) run(app.keeper.run(reading.signal));
        // A join token becomes this VM's own before anything is written with it.
        const owned = app.keeper?.settled ?? Promise.resolve();
        app.registrations.forEach((each) => run(owned.then(() => each.run(reading.signal))));
        const former = { ...app, home: app.clusters[0]!, log };
        run(owned.then(() => removeFormerRegistrations(former, reading.signal)));
        await app.capture.start(listening);
        const ended = AbortSignal.any([signal, app.end.signal]);
        await stopRequested(ended);
        stopping.again();
        log("info", "stopping", { reason: reasonOf(ended) });
        // While everybody is still answered: nobody's question is lost.
        await app.capture.stop();
        await leave(app);
        reading.abort(new Error("stopped"));
        await Promise.all(running);
      } finally {
        await admin.stop();
      }
    } finally {
      endReloads();
      await app.dns.stop();
      app.clusters.forEach(({ client }) => client.close());
    }
    log("info", "stopped", {});
  } finally {
    reading.abort(new Error("stopped"));
    // Nobody writes into the state folder any more when another agent may.
    await Promise.all(running);
    lock.release();
  }
}

/** Takes the workloads out of the mesh, all at once, where their `onStop` says so. */
async function leave(app: AgentParts): Promise<void> {
  const now = systemClock.now();
  await Promise.all(app.registrations.map(async (registration, index) => {
    const { onStop } = app.config.workloads[index]!;
    if (!await isDeregistering(onStop, now)) return;
    if (!await registration.drain()) {
      const { namespace, group } = registration.status();
      const workload = `${namespace}/${group}`;
      app.logger.log("warn", "the entry could not be removed; it goes when its Lease expires", { workload });
    }
  }));
}

async function tick(app: AgentParts, signal: AbortSignal): Promise<void> {
  for (let ticks = 0; !signal.aborted; ticks++) {
    app.requestRate.tick();
    if (ticks % SAVE_EVERY_TICKS === SAVE_EVERY_TICKS - 1) app.snapshot.changed();
    await systemClock.sleep(TICK_MS, signal).catch(() => {/* stopped */});
  }
}

function stopRequested(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function reasonOf({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : String(reason);
}
