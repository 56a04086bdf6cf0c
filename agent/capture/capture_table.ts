/** The table in the kernel: owned by an `nft -i` of ours where that can be had, else a plain one that is removed by hand. */
import { NftSession } from "./nft_session.ts";
import { type CaptureRules, TABLE, tableCommand } from "./owner_table.ts";
import { runTool, type Tool } from "./tool.ts";

export type TableHolding = "owner" | "plain";

/** The table as `nftables_capture` uses it. */
export interface CaptureTable {
  /** Puts exactly these rules in place. @throws Error with one sentence. */
  apply(rules: CaptureRules): Promise<TableHolding>;
  /** Whether the rules are still whole: others flush rulesets, and processes get killed. */
  isWhole(): Promise<boolean>;
  /** Takes them away; nothing happens when there are none. */
  remove(): Promise<void>;
}

/** nftables by the nft tool. */
export class NftTable implements CaptureTable {
  #session: NftSession | undefined;
  #holding: TableHolding | undefined;
  /** As nft lists it when it is whole; counters are not used, so that nothing of it changes by itself. */
  #whole = "";
  readonly #tool: Tool;

  constructor(tool: Tool = runTool) {
    this.#tool = tool;
  }

  async apply(rules: CaptureRules): Promise<TableHolding> {
    if (this.#holding === "owner" && this.#session?.isEnded === false) {
      this.#whole = await this.#session.run(tableCommand(rules, "owner"), TABLE);
      return "owner";
    }
    // A plain table that an earlier guard left would keep its rules beside ours.
    await removeTable(this.#tool);
    try {
      this.#session = new NftSession();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) throw new Error("nft is not installed: install the package nftables");
      throw error;
    }
    try {
      this.#whole = await this.#session.run(tableCommand(rules, "owner"), TABLE);
      if (!/^\s*flags owner\b/m.test(this.#whole)) throw new Error("the kernel does not know owner tables");
      this.#holding = "owner";
    } catch {
      // Linux before 5.12, or nft before 1.0: what is wrong with the rules themselves shows again right below.
      await this.#session.close();
      this.#session = undefined;
      await removeTable(this.#tool);
      await this.#nft(`${tableCommand(rules, "")}\n`);
      this.#whole = await this.#list();
      this.#holding = "plain";
    }
    return this.#holding;
  }

  async isWhole(): Promise<boolean> {
    if (this.#holding === undefined || this.#session?.isEnded) return false;
    const listed = await this.#list();
    return withoutRemarks(listed) === withoutRemarks(this.#whole);
  }

  async remove(): Promise<void> {
    const holding = this.#holding;
    this.#holding = undefined;
    await this.#session?.close();
    this.#session = undefined;
    if (holding === "plain") await removeTable(this.#tool);
  }

  async #nft(script: string): Promise<void> {
    const { code, err } = await this.#tool("nft", ["-f", "-"], script);
    if (code !== 0) throw new Error(`nft: ${err.trim().split("\n").slice(0, 2).join(" ")}`);
  }

  async #list(): Promise<string> {
    return (await this.#tool("nft", ["list", "table", ...TABLE.split(" ")])).out;
  }
}

/** nft names the owning process to everybody but its owner. */
function withoutRemarks(listing: string): string {
  return listing.replaceAll(/\s*#.*$/gm, "").trim();
}

/**
 * Removes the table of a guard that is gone.
 *
 * @returns whether there was one. @throws Error with one sentence when it cannot be removed, as while a guard owns it.
 */
export async function removeTable(tool: Tool = runTool): Promise<boolean> {
  const listed = await tool("nft", ["list", "table", ...TABLE.split(" ")]);
  if (listed.code !== 0) return false;
  const { code, err } = await tool("nft", ["delete", "table", ...TABLE.split(" ")]);
  if (code === 0) return true;
  if (/not permitted/.test(err)) {
    const owner = /# progname (\S+)/.exec(listed.out) ? "; a running guard owns it: stop that" : "";
    throw new Error(`the table ${TABLE} cannot be removed: not permitted${owner}`);
  }
  throw new Error(`the table ${TABLE} cannot be removed: ${err.trim().split("\n")[0]}`);
}
