import type { StatusDocument } from "../admin/mod.ts";
import { askDns, openAgent, responseCode } from "../commands/mod.ts";
import type { Config } from "../config/mod.ts";
import type { Logger } from "../log.ts";
import { runAgent } from "../app.ts";
import { eventually } from "./eventually.ts";

/** A whole agent in this process, looked at only from outside: by DNS and by its socket. */
export class StoryAgent {
  readonly #stop = new AbortController();
  readonly #config: Config;
  readonly #finished: Promise<void>;
  #dns = "";

  private constructor(config: Config, logger: Logger) {
    this.#config = config;
    const onReload = () => () => {};
    this.#finished = runAgent({ config, configFile: "", logger, signal: this.#stop.signal, onReload });
  }

  /** Starts one; resolves when its socket answers. */
  static async start(config: Config, logger: Logger): Promise<StoryAgent> {
    const agent = new StoryAgent(config, logger);
    const failed = agent.#finished.then(() => {
      throw new Error("the agent ended by itself");
    });
    const answers = eventually("the agent's socket answers", async () => {
      agent.#dns = (await agent.status()).dns.listen[0] ?? "";
      return agent.#dns !== "";
    });
    await Promise.race([answers, failed]);
    return agent;
  }

  /** `IP:port` of its DNS. */
  get dns(): string {
    return this.#dns;
  }

  get socket(): string {
    return this.#config.admin.socket;
  }

  async status(): Promise<StatusDocument> {
    using client = openAgent(this.socket);
    return await client.get("/api/status") as StatusDocument;
  }

  /** What a name answers, in short: its addresses or targets in order, or the rcode when there are none. */
  async resolve(name: string, type = "A"): Promise<string> {
    const { packet } = await askDns(this.#dns, name, type);
    const data = (packet.answers ?? []).map((record) => {
      const value: unknown = "data" in record ? record.data : "";
      if (record.type === "SRV" && typeof record.data === "object") return `${record.data.port} ${record.data.target}`;
      return Array.isArray(value) ? value.join("") : String(value);
    });
    if (data.length > 0) return data.sort().join(" ");
    const rcode = responseCode(packet);
    return rcode === "NOERROR" ? "NODATA" : rcode;
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error("the story's end"));
    await this.#finished;
  }
}
