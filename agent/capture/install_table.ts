/** Capture without a guard: a plain table that stays until it is removed, or the VM boots. */
import type { Config } from "../config/mod.ts";
import { agentProcess, whyNotExempt } from "./agent_process.ts";
import { removeTable } from "./capture_table.ts";
import { forgetRedirected } from "./conntrack.ts";
import { firstListener, listenPorts, serversToCapture } from "./hold_nftables.ts";
import { TABLE, tableCommand } from "./owner_table.ts";
import { runTool } from "./tool.ts";

/**
 * Puts a plain table in place, once.
 *
 * @returns whose port 53 is captured. @throws Error with one sentence.
 */
export async function installTable(config: Config): Promise<readonly string[]> {
  const listener = firstListener(config);
  const exempt = await agentProcess(listener);
  if (exempt === undefined) throw new Error(`nobody listens on ${listener}: start the agent before its capture`);
  const refusal = whyNotExempt(exempt);
  if (refusal !== undefined) throw new Error(refusal);
  const servers = serversToCapture(config);
  if (servers.length === 0) throw new Error("no name server is known whose port 53 could be captured");
  await removeTable();
  const { code, err } = await runTool(
    "nft",
    ["-f", "-"],
    `${tableCommand({ exempt, listen: config.dns.listen, servers }, "")}\n`,
  );
  if (code === 127) throw new Error("nft is not installed: install the package nftables");
  if (code !== 0) throw new Error(`the table ${TABLE} cannot be made: ${err.trim().split("\n")[0]}`);
  return servers;
}

/**
 * Removes what a guard or `install` left behind.
 *
 * @returns what was done, a sentence each; empty when there was nothing. @throws Error with one sentence.
 */
export async function removeCapture(config: Config): Promise<string[]> {
  const done = await removeTable() ? [`removed the table ${TABLE}`] : [];
  const problem = await forgetRedirected(listenPorts(config));
  return problem === undefined ? done : [...done, problem];
}
