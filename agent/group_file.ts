import { parseYaml } from "./config/mod.ts";
import { parseGroup, type WorkloadGroup } from "./workload/mod.ts";

/**
 * Reads `workload.groupFile`; undefined where there is none.
 *
 * @throws Error with one sentence when it holds no WorkloadGroup.
 */
export async function readGroupFile(path: string): Promise<WorkloadGroup | undefined> {
  if (path === "") return undefined;
  try {
    return parseGroup(parseYaml(await Deno.readTextFile(path)));
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new Error(`workload.groupFile: ${path} holds no WorkloadGroup that can be used (${reason})`);
  }
}
