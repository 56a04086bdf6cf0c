import { ConfigError, configSchema, printConfig } from "../config/mod.ts";
import type { CommandContext } from "./verb.ts";

/** `moorline config check`: every problem on a line of its own, exit code 2; or one line that all is well. */
export async function configCheckCommand({ loadConfig, print, note }: CommandContext): Promise<number> {
  try {
    const { file, warnings } = await loadConfig();
    warnings.forEach(note);
    print(`${file ?? "the defaults (no configuration file)"}: ok\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    error.problems.forEach(note);
    return 2;
  }
}

/** `moorline config print`: the effective configuration, secrets hidden. */
export async function configPrintCommand({ flags, loadConfig, print }: CommandContext): Promise<number> {
  const { config } = await loadConfig();
  print(printConfig(config, flags.text("output") === "json" ? "json" : "yaml"));
  return 0;
}

/** `moorline config schema`: the configuration's JSON Schema. */
export function configSchemaCommand({ print }: CommandContext): Promise<number> {
  print(`${JSON.stringify(configSchema(), null, 2)}\n`);
  return Promise.resolve(0);
}
