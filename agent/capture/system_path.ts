/** Whether programs of this VM reach the agent: asked as they ask, by way of nsswitch, resolved and resolv.conf. */
import { type SelfAnswer, selfName } from "./self_question.ts";
import { runTool, type Tool } from "./tool.ts";

/** getent(1) ends with 2 when the name is not found. */
const NOT_FOUND = 2;

/**
 * True when the system's resolver says of this VM what the agent says; undefined where getent is not installed.
 *
 * @param direct what the agent answered when it was asked itself; a wildcard upstream may answer anything.
 */
export async function reachesAgent(
  domain: string,
  direct: SelfAnswer | undefined,
  tool: Tool = runTool,
): Promise<boolean | undefined> {
  const { code, out } = await tool("getent", ["ahosts", `${selfName(domain)}.`]);
  if (code === 127) return undefined;
  if (code === NOT_FOUND || code !== 0 || direct === undefined) return false;
  const found = out.split("\n").map((line) => line.split(/\s+/)[0] ?? "").filter((address) => address !== "");
  return direct.length === 0 ? found.length > 0 : direct.some((address) => found.includes(address));
}
