import { VERSION } from "../version.ts";
import { completionScript, SHELLS } from "./completion_scripts.ts";
import { manPage } from "./man.ts";
import { GLOBAL_FLAGS } from "./global_flags.ts";
import { type CommandContext, UsageError, type Verb } from "./verb.ts";

/** `moorline completions SHELL`. */
export function completionsCommand({ operands, print }: CommandContext, verbs: readonly Verb[]): Promise<number> {
  const shell = SHELLS.find((each) => each === operands[0]);
  if (!shell) throw new UsageError(`SHELL is "${operands[0]}"; it must be bash, zsh or fish`);
  print(completionScript(shell, verbs, GLOBAL_FLAGS));
  return Promise.resolve(0);
}

/** `moorline man`: the manual page, for `man -l -` or a package. */
export function manCommand({ print }: CommandContext, verbs: readonly Verb[]): Promise<number> {
  print(manPage(verbs, GLOBAL_FLAGS, VERSION));
  return Promise.resolve(0);
}
