import type { ProbeResult } from "../health.ts";
import { failed, PASSED } from "./prober.ts";

/** `nobody` on Linux: an agent that runs as root does not lend its rights to a command that came from a group. */
const NOBODY = 65534;
/** Enough for what a health command needs to find its tools. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Healthy when the command's exit code is 0. It runs without shell, with an empty environment but PATH, in a session
 * of its own whose whole process group is killed at the end, in time or not: no child outlives its probe.
 */
export async function probeExec(command: readonly string[], signal: AbortSignal): Promise<ProbeResult> {
  const [program = "", ...args] = command;
  const child = new Deno.Command(program, {
    args,
    clearEnv: true,
    env: { PATH },
    cwd: "/",
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
    ...(Deno.uid() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
  }).spawn();
  const kill = () => killGroup(child.pid);
  signal.addEventListener("abort", kill, { once: true });
  if (signal.aborted) kill();
  try {
    const status = await child.status;
    if (signal.aborted) throw signal.reason;
    if (status.success) return PASSED;
    return failed(status.signal ? `killed by ${status.signal}` : `exit status ${status.code}`);
  } finally {
    signal.removeEventListener("abort", kill);
    kill();
  }
}

function killGroup(leader: number): void {
  try {
    Deno.kill(-leader, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // the group has ended by itself
  }
}
