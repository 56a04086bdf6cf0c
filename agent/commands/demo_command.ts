import type { Programs } from "./programs.ts";
import { stopOnSignals } from "./stop_signals.ts";
import { type CommandContext, UsageError } from "./verb.ts";

/** `moorline demo`. */
export async function demoCommand(context: CommandContext, runDemo: Programs["runDemo"]): Promise<number> {
  const { flags, print } = context;
  if (flags.on("once") && flags.on("stay")) throw new UsageError("--once and --stay exclude each other");
  const stop = stopOnSignals();
  try {
    return await runDemo({ once: flags.on("once"), stay: flags.on("stay"), signal: stop.signal, print });
  } finally {
    stop.dispose();
  }
}
