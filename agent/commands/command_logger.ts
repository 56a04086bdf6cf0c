import type { LogConfig } from "../config/mod.ts";
import { isJournal, Logger, writeToStderr } from "../log.ts";

/** The log of a verb: to stderr, as the configuration says, for journald where that reads stderr. */
export function commandLogger({ level, format }: Pick<LogConfig, "level" | "format">): Logger {
  return new Logger({
    level,
    format,
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    write: writeToStderr,
    journal: isJournal(Deno.env.get("JOURNAL_STREAM")),
  });
}
