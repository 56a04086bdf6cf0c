/** Capture without a guard: stays until it is removed. */
import type { Config } from "../config/mod.ts";
import { removeTable } from "./capture_table.ts";
import type { ServedMode } from "./choose.ts";
import { captureMeans, nftablesFacts } from "./hold_capture.ts";
import { captureRules } from "./nftables_capture.ts";
import { TABLE, tableCommand } from "./owner_table.ts";
import { runTool } from "./tool.ts";

/**
 * Captures once: a plain table, which a reboot takes away, or the takeover of resolv.conf.
 *
 * @returns whose questions are captured. @throws Error with one sentence.
 */
export async function installCapture(mode: ServedMode, config: Config): Promise<readonly string[]> {
  if (mode === "resolv-conf") return (await captureMeans(mode, () => config).take()).servers;
  const rules = await captureRules(nftablesFacts(() => config));
  await removeTable();
  const { code, err } = await runTool(
    "nft",
    ["-f", "-"],
    `${tableCommand(rules, "")}\n`,
  );
  if (code === 127) throw new Error("nft is not installed: install the package nftables");
  if (code !== 0) throw new Error(`the table ${TABLE} cannot be made: ${err.trim().split("\n")[0]}`);
  return rules.servers;
}

/**
 * Removes what a guard or `install` left behind.
 *
 * @returns what was done, a sentence each; empty when there was nothing. @throws Error with one sentence.
 */
export async function removeCapture(config: Config): Promise<string[]> {
  const done = await removeTable() ? [`removed the table ${TABLE}`] : [];
  const file = await captureMeans("resolv-conf", () => config).release();
  if (file !== undefined) done.push(file);
  const problem = await nftablesFacts(() => config).forget();
  return problem === undefined ? done : [...done, problem];
}
