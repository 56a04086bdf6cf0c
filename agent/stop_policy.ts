/** Package scripts write this file before they restart the unit. */
const KEEP_FILE = "/run/moorline/keep";
/** An upgrade that takes longer than this has failed. */
const KEEP_MS = 60_000;

/**
 * Whether a stop takes the VM out of the mesh (`workload.onStop`). `auto`: not when `/run/moorline/keep` is younger than
 * a minute, or the unit's job is a restart; then a successor is about to come.
 *
 * @param now wall-clock milliseconds.
 */
export async function isDeregistering(
  onStop: "auto" | "deregister" | "keep",
  now: number,
  keepFile: string = KEEP_FILE,
): Promise<boolean> {
  if (onStop !== "auto") return onStop === "deregister";
  const written = (await Deno.stat(keepFile).catch(() => undefined))?.mtime?.getTime();
  if (written !== undefined && now - written < KEEP_MS) return false;
  return await unitJob() !== "restart";
}

/** The type of the job that systemd has for our unit; empty without systemd. */
async function unitJob(): Promise<string> {
  // INVOCATION_ID is set for services only (systemd.exec(5)).
  if (Deno.env.get("INVOCATION_ID") === undefined) return "";
  try {
    const args = ["list-jobs", "--no-legend", "--plain", "moorline.service"];
    const { stdout } = await new Deno.Command("systemctl", { args, stdin: "null", stderr: "null" }).output();
    return /\bmoorline\.service\s+(\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "";
  } catch {
    return ""; // no systemctl, or no permission to run it: then it is a stop
  }
}
