import { changedKeys, type Config, unservedKeys } from "../config/mod.ts";
import type { Logger } from "../log.ts";
import { commandLogger } from "./command_logger.ts";
import type { Reload } from "../run_options.ts";
import type { Programs } from "./programs.ts";
import { stopOnSignals } from "./stop_signals.ts";
import type { CommandContext } from "./verb.ts";

/** `moorline run`: the agent in the foreground, until SIGTERM or SIGINT; SIGHUP reads the configuration again. */
export async function runCommand(
  context: CommandContext,
  runAgent: Programs["runAgent"],
): Promise<number> {
  const { config, file, warnings } = await context.loadConfig();
  const logger = commandLogger(config.log);
  for (const warning of warnings) logger.log("warn", warning);
  const unserved = unservedKeys(config);
  if (unserved.length > 0) {
    logger.log("warn", "keys that nothing serves in this version", { keys: unserved.join(", ") });
  }
  const stop = stopOnSignals();
  const reloads = reloadOnHangup(context, config, logger);
  try {
    const { signal } = stop;
    await runAgent({ config, configFile: file ?? "", logger, signal, onReload: reloads.onReload });
    return 0;
  } finally {
    reloads.dispose();
    stop.dispose();
    logger.flush();
  }
}

/** Reads the configuration at each SIGHUP, one after the other, and says in one line what of it needs a restart. */
function reloadOnHangup(context: CommandContext, started: Config, logger: Logger) {
  const listeners = new Set<(reload: Reload) => void>();
  let lastRead = started;
  let last = Promise.resolve();
  const reload = async () => {
    try {
      const { config } = await context.loadConfig();
      // What waits for a restart is what differs from the start; what is applied differs from the reload before.
      const changed = { live: changedKeys(lastRead, config).live, restart: changedKeys(started, config).restart };
      lastRead = config;
      const fields = { applied: changed.live.join(", ") || "none", restart: changed.restart.join(", ") || "none" };
      logger.configure(config.log);
      logger.log(changed.restart.length > 0 ? "warn" : "info", "configuration read again", fields);
      for (const listener of listeners) listener({ ok: true, config, changed });
    } catch (error) {
      logger.log("error", "the new configuration cannot be used; the running one stays", { error });
      for (const listener of listeners) listener({ ok: false });
    }
  };
  const onHangup = () => {
    last = last.then(reload);
  };
  Deno.addSignalListener("SIGHUP", onHangup);
  return {
    onReload: (listener: (reload: Reload) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispose: () => Deno.removeSignalListener("SIGHUP", onHangup),
  };
}
