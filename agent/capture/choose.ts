/** `capture.mode: auto`: the first way that this VM allows. */
import type { Config } from "../config/mod.ts";
import { runTool, type Tool } from "./tool.ts";

export type CaptureMode = Config["capture"]["mode"];
/** Those that a guard can hold. */
export type ServedMode = "nftables" | "resolv-conf";

/**
 * What `auto` means here: nftables where its tool works, else resolv-conf, else none; other modes mean themselves.
 *
 * @param mayBind whether this process may listen on port 53, as resolv-conf needs.
 */
export async function chosenMode(
  mode: CaptureMode,
  tool: Tool = runTool,
  mayBind: boolean = Deno.uid() === 0,
): Promise<CaptureMode> {
  if (mode !== "auto") return mode;
  const { code, err } = await tool("nft", ["list", "tables"]);
  // The agent's own user may not list what root's guard will make.
  if (code === 0 || /not permitted/i.test(err)) return "nftables";
  return mayBind ? "resolv-conf" : "none";
}

export function isServed(mode: CaptureMode): mode is ServedMode {
  return mode === "nftables" || mode === "resolv-conf";
}
