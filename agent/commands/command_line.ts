import { resolve } from "node:path";
import { ConfigError, loadConfig, parseSetting, type Setting } from "../config/mod.ts";
import { redactText } from "../redact.ts";
import { VERSION } from "../version.ts";
import { GLOBAL_FLAGS } from "./global_flags.ts";
import { programHelp, verbHelp } from "./help.ts";
import { checkOperands, parseArguments, type ParsedArguments } from "./parse_arguments.ts";
import type { Programs } from "./programs.ts";
import { verbTable } from "./table.ts";
import { type CommandContext, type GivenFlags, NoAgentError, UsageError } from "./verb.ts";

/**
 * Runs one command line.
 *
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage or configuration, 3 no agent, and what a verb adds. Whatever
 * goes wrong is told in one line on stderr.
 */
export async function main(args: readonly string[], programs: Programs): Promise<number> {
  try {
    const verbs = verbTable(programs);
    // `moorline help resolve` is what many type first.
    const words = args[0] === "help" ? [...args.slice(1), "--help"] : args;
    const parsed = parseArguments(words, verbs, GLOBAL_FLAGS);
    const verb = parsed.verbs.at(-1);
    if (parsed.flags.on("version") && !verb) {
      print(`moorline ${VERSION} (deno ${Deno.version.deno}, ${Deno.build.target})\n`);
      return 0;
    }
    const isHelp = parsed.flags.on("help");
    if (isHelp || !verb?.run) print(verb ? verbHelp(parsed.verbs, GLOBAL_FLAGS) : programHelp(verbs, GLOBAL_FLAGS));
    if (isHelp) return 0;
    if (!verb?.run) {
      const below = (verb?.verbs ?? verbs).map(({ name }) => name).join(", ");
      throw new UsageError(`${verb ? verb.name : "moorline"} needs a verb: ${below}`);
    }
    checkOperands(verb, parsed.verbs.map(({ name }) => name).join(" "), parsed.operands);
    return await verb.run(contextOf(parsed));
  } catch (error) {
    // `moorline names | head`: the reader has seen enough.
    if (error instanceof Deno.errors.BrokenPipe) return 0;
    note(redactText(error instanceof Error ? error.message : String(error)));
    if (error instanceof UsageError || error instanceof ConfigError || isAccessError(error)) return 2;
    return error instanceof NoAgentError ? 3 : 1;
  }
}

/** A credential file or kubeconfig that cannot be used; by name, since most verbs never load the registry. */
function isAccessError(error: unknown): boolean {
  return error instanceof Error && error.name === "AccessError";
}

function contextOf({ operands, flags }: ParsedArguments): CommandContext {
  const folder = typedFolder();
  return {
    operands,
    flags,
    folder,
    print,
    note,
    loadConfig: () => {
      const file = flags.text("config");
      return loadConfig({
        ...file === undefined ? {} : { file: resolve(folder, file) },
        environment: Deno.env.toObject(),
        settings: settingsOf(flags),
        folder,
      });
    },
  };
}

function settingsOf(flags: GivenFlags): Setting[] {
  const settings: Setting[] = [];
  for (const argument of flags.all("set")) {
    try {
      settings.push(parseSetting(argument, "--set"));
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error));
    }
  }
  for (const [flag, key] of [["log-level", "log.level"], ["log-format", "log.format"]] as const) {
    const text = flags.text(flag);
    if (text !== undefined) settings.push({ key, text, origin: `--${flag}` });
  }
  return settings;
}

/** `deno task` changes to the checkout and leaves where it was typed in INIT_CWD; a compiled binary ignores it. */
function typedFolder(): string {
  return (Deno.build.standalone ? undefined : Deno.env.get("INIT_CWD")) ?? Deno.cwd();
}

function print(text: string): void {
  writeAll(Deno.stdout, text);
}

/** One line, whatever is in it. */
function note(line: string): void {
  writeAll(Deno.stderr, `moorline: ${line.split("\n")[0]}\n`);
}

function writeAll(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += to.writeSync(bytes.subarray(written));
}
