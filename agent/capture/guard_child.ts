/** The guard as a child of root's agent, where no unit of its own holds the capture. */
import { systemClock } from "../../registry/mod.ts";
import { type Config, printConfig } from "../config/mod.ts";
import type { Log } from "../log.ts";

/** After a guard that died by itself; nothing is captured meanwhile. */
const RESTART_AFTER_MS = 1_000;
/** Of the program's permissions those that the guard uses. */
const PERMISSIONS = ["net", "read", "write", "env", "run", "sys"].map((name) => `--allow-${name}`);

export interface GuardChild {
  /** Hands over what a reload changed. */
  reload(config: Config): Promise<void>;
  /** Ends the guard; the capture is released when this resolves. */
  stop(): Promise<void>;
}

/**
 * Starts `capture hold`, and starts it again when it dies. The guard sees our end by its standard input's end.
 *
 * @param listening where the agent really listens.
 */
export async function startGuard(config: Config, listening: readonly string[], log: Log): Promise<GuardChild> {
  const file = `${config.state}/guard.json`;
  const write = ({ dns, ...rest }: Config) => {
    const text = printConfig({ ...rest, dns: { ...dns, listen: listening } }, "json");
    return Deno.writeTextFile(file, text, { mode: 0o600 });
  };
  await write(config);
  const stopping = new AbortController();
  let child: Deno.ChildProcess | undefined;
  const keep = async () => {
    while (!stopping.signal.aborted) {
      child = spawnGuard(file);
      const { code } = await child.status;
      if (stopping.signal.aborted) return;
      log("warn", "the capture's guard ended; it is started again", { code });
      await systemClock.sleep(RESTART_AFTER_MS, stopping.signal).catch(() => {/* stopped */});
    }
  };
  const kept = keep();
  return {
    reload: async (changed) => {
      await write(changed);
      signalChild(child, "SIGHUP");
    },
    stop: async () => {
      stopping.abort(new Error("stopped"));
      signalChild(child, "SIGTERM");
      await kept;
      await Deno.remove(file);
    },
  };
}

function spawnGuard(file: string): Deno.ChildProcess {
  const hold = ["capture", "hold", "--follow-stdin", "--config", file];
  const program = ["run", "--no-prompt", "--quiet", "--unstable-net", ...PERMISSIONS, Deno.mainModule];
  return new Deno.Command(Deno.execPath(), {
    args: Deno.build.standalone ? hold : [...program, ...hold],
    // Root's own group again: the guard measures as any program, and those of the agent's group are not captured.
    gid: 0,
    // What was set for the agent is in the file already, and beats it no more.
    clearEnv: true,
    env: childEnvironment(),
    stdin: "piped",
  }).spawn();
}

function childEnvironment(): Record<string, string> {
  const kept = Object.entries(Deno.env.toObject()).filter(([name]) =>
    /^(PATH|HOME|DENO_\w+|JOURNAL_STREAM)$/.test(name)
  );
  return Object.fromEntries(kept);
}

function signalChild(child: Deno.ChildProcess | undefined, signal: Deno.Signal): void {
  try {
    child?.kill(signal);
  } catch {
    // It has ended already.
  }
}
