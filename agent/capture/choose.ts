/** `capture.mode: auto`: the first way that this VM allows. */
import type { Config } from "../config/mod.ts";
import { runTool, type Tool } from "./tool.ts";

export type CaptureMode = Config["capture"]["mode"];

/** What `auto` means here: nftables where its tool works, else none; resolved and resolv-conf are not offered yet. */
export async function chosenMode(mode: CaptureMode, tool: Tool = runTool): Promise<CaptureMode> {
  if (mode !== "auto") return mode;
  return (await tool("nft", ["list", "tables"])).code === 0 ? "nftables" : "none";
}
