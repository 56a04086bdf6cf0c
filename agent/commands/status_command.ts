import type { StatusDocument } from "../admin/mod.ts";
import { connectToAgent } from "./agent_client.ts";
import { statusText } from "./status_text.ts";
import type { CommandContext } from "./verb.ts";

/** `moorline status`: the agent in one screen; exit code 0 when ready, 1 when not. */
export async function statusCommand(context: CommandContext): Promise<number> {
  using agent = await connectToAgent(context);
  const status = await agent.get("/api/status") as StatusDocument;
  const asJson = context.flags.text("output") === "json";
  context.print(asJson ? `${JSON.stringify(status, null, 2)}\n` : statusText(status));
  return status.ready ? 0 : 1;
}
