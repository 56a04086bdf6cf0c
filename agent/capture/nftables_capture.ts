/** Capture by nftables: the table over what is to be redirected now, and the connections that it has redirected. */
import { type AgentProcess, whyNotExempt } from "./agent_process.ts";
import type { CaptureMeans, Taken } from "./capture_means.ts";
import type { CaptureTable } from "./capture_table.ts";
import { type CaptureRules, uncapturedServers } from "./owner_table.ts";

/** Everything is read anew at each use. */
export interface NftablesOptions {
  readonly table: CaptureTable;
  /** Whose port 53 is to be captured. */
  readonly servers: () => readonly string[];
  readonly listen: () => readonly string[];
  /** Who holds the agent's port. */
  readonly agent: () => Promise<AgentProcess | undefined>;
  /** Forgets redirected connections; a sentence is what could not be done. */
  readonly forget: () => Promise<string | undefined>;
}

export class NftablesCapture implements CaptureMeans {
  readonly #options: NftablesOptions;
  #servers: readonly string[] = [];

  constructor(options: NftablesOptions) {
    this.#options = options;
  }

  async take(): Promise<Taken> {
    const rules = await captureRules(this.#options);
    const holding = await this.#options.table.apply(rules);
    this.#servers = rules.servers;
    const left = uncapturedServers(rules);
    const note = left.length === 0 ? "" : `${left.join(", ")}: dns.listen has no address of that family`;
    return { holding, servers: rules.servers, note };
  }

  async isWhole(): Promise<boolean> {
    const { servers, table } = this.#options;
    return JSON.stringify(servers()) === JSON.stringify(this.#servers) && await table.isWhole();
  }

  async release(): Promise<string | undefined> {
    await this.#options.table.remove();
    // Only now: with the rules in place the next packet would make the entry again.
    return await this.#options.forget();
  }
}

/** @throws Error with one sentence when there is nothing that may be captured. */
export async function captureRules(
  { agent, listen, servers }: Pick<NftablesOptions, "agent" | "listen" | "servers">,
): Promise<CaptureRules> {
  const exempt = await agent();
  if (exempt === undefined) throw new Error("nobody listens on the agent's port: start the agent first");
  const refusal = whyNotExempt(exempt);
  if (refusal !== undefined) throw new Error(refusal);
  const rules = { exempt, listen: listen(), servers: servers() };
  if (rules.servers.length === 0) throw new Error("no name server is known whose port 53 could be captured");
  return rules;
}
