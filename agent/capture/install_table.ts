/** Capture without a guard: a plain table that stays until it is removed, or the VM boots. */
import type { Config } from "../config/mod.ts";
import { removeTable } from "./capture_table.ts";
import { nftablesFacts } from "./hold_nftables.ts";
import { captureRules } from "./nftables_capture.ts";
import { TABLE, tableCommand } from "./owner_table.ts";
import { runTool } from "./tool.ts";

/**
 * Puts a plain table in place, once.
 *
 * @returns whose port 53 is captured. @throws Error with one sentence.
 */
export async function installTable(config: Config): Promise<readonly string[]> {
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
  const problem = await nftablesFacts(() => config).forget();
  return problem === undefined ? done : [...done, problem];
}
