import { ConfigError, parseYaml } from "./config/mod.ts";
import { parseGroup, type WorkloadGroup } from "./workload/mod.ts";

/**
 * Reads `workload.groupFile`; undefined where there is none.
 *
 * @throws ConfigError when it cannot be read or does not hold the WorkloadGroup that the workload names.
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
    const problem = `${path} holds ${found.namespace}/${found.name}, not ${namespace}/${group}`;
    throw new ConfigError([`workload.groupFile: ${problem}`]);
  }
  return { ...found, namespace };
}

async function parseFile(path: string): Promise<WorkloadGroup> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "no such file" : messageOf(error);
    throw new ConfigError([`workload.groupFile: ${path} cannot be read (${reason})`]);
  }
  try {
    return parseGroup(parseYaml(text));
  } catch (error) {
    throw new ConfigError([
      `workload.groupFile: ${path} holds no WorkloadGroup that can be used (${messageOf(error)})`,
    ]);
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
}
