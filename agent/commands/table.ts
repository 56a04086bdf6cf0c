import { agentVerbs } from "./agent_verbs.ts";
import { clusterVerbs } from "./cluster_verbs.ts";
import { machineVerbs } from "./machine_verbs.ts";
import type { Programs } from "./programs.ts";
import type { Verb } from "./verb.ts";

/** Every verb: what parsing, `--help`, completions, manual and docs/cli.md are made from. */
export function verbTable(programs: Programs): readonly Verb[] {
  const verbs: Verb[] = [...agentVerbs(programs), ...machineVerbs(), ...clusterVerbs()];
  verbs.push(completionsVerb(verbs), manVerb(verbs));
  return verbs;
}

function completionsVerb(verbs: readonly Verb[]): Verb {
  return {
    name: "completions",
    operands: "SHELL",
    summary: "completions for bash, zsh or fish, to be sourced",
    examples: ["moorline completions bash > /usr/share/bash-completion/completions/moorline"],
    run: async (context) => (await import("./manual_command.ts")).completionsCommand(context, verbs),
  };
}

function manVerb(verbs: readonly Verb[]): Verb {
  return {
    name: "man",
    summary: "the manual page, for `man -l -` or a package",
    examples: ["moorline man > moorline.1"],
    run: async (context) => (await import("./manual_command.ts")).manCommand(context, verbs),
  };
}
