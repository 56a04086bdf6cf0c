/** What the guard tells the agent and `capture status`: one small file, rewritten while the guard lives. */
import { dirname } from "node:path";
import type { Config } from "../config/mod.ts";
import type { Holding } from "./capture_means.ts";

/** Rewritten this often; who reads it takes a guard that missed three for gone. */
export const REPORT_EVERY_MS = 5_000;
const STALE_MS = 3 * REPORT_EVERY_MS;

export interface CaptureReport {
  readonly mode: string;
  /** What captures is in place. */
  readonly captured: boolean;
  /** Asked through the system's own resolver, the agent answered; null when that cannot be asked. */
  readonly active: boolean | null;
  /** How it is held; null while there is none. */
  readonly holding: Holding | null;
  /** Whose questions are captured. */
  readonly servers: readonly string[];
  /** What keeps it from capturing, or what is less than it should be; empty when all is well. */
  readonly note: string;
  /** A guard in its own right; else it ends some time after the agent that started it. */
  readonly standing: boolean;
  /** The guard's process. */
  readonly pid: number;
  /** Wall-clock milliseconds. */
  readonly writtenAt: number;
}

/** Beside the admin socket, which a reboot clears; without a socket in the state folder. */
export function reportPath({ admin, state }: Pick<Config, "admin" | "state">): string {
  return `${admin.socket === "" ? state : dirname(admin.socket)}/capture.json`;
}

/**
 * The folder may belong to the unprivileged agent: a new file and a rename follow no link that it might have put there.
 *
 * @throws Deno.errors when the folder cannot be written.
 */
export async function writeReport(path: string, report: CaptureReport): Promise<void> {
  const next = `${path}.${report.pid}`;
  await Deno.remove(next).catch(() => {/* there is none, as it should be */});
  await Deno.writeTextFile(next, `${JSON.stringify(report)}\n`, { createNew: true, mode: 0o644 });
  await Deno.rename(next, path);
}

/** The report of a living guard; undefined without one. */
export function readReport(path: string, now: number): CaptureReport | undefined {
  let report: CaptureReport;
  try {
    report = JSON.parse(Deno.readTextFileSync(path)) as CaptureReport;
  } catch {
    return undefined; // no guard has written, or it is not for us
  }
  return now - report.writtenAt > STALE_MS ? undefined : report;
}
