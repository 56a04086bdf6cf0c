import { parseYaml } from "./config/mod.ts";
import { parseGroup, type WorkloadGroup } from "./workload/mod.ts";

/**
 * Reads `workload.groupFile`; undefined where there is none.
 *
 * @throws Error with one sentence when it does not hold the WorkloadGroup that the workload names.
 */
export async function readGroupFile({ groupFile: path, namespace, group }: {
  readonly groupFile: string;
  readonly namespace: string;
  readonly group: string;
}): Promise<WorkloadGroup | undefined> {
  if (path === "") return undefined;
  const found = await parseFile(path);
  const isNamed = found.name === group && (found.namespace === "" || found.namespace === namespace);
  if (!isNamed) {
    throw new Error(`workload.groupFile: ${path} holds ${found.namespace}/${found.name}, not ${namespace}/${group}`);
  }
  return { ...found, namespace };
}

async function parseFile(path: string): Promise<WorkloadGroup> {
  try {
    return parseGroup(parseYaml(await Deno.readTextFile(path)));
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new Error(`workload.groupFile: ${path} holds no WorkloadGroup that can be used (${reason})`);
  }
}
