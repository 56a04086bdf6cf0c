import { nearest } from "../config/mod.ts";
import { type Flag, type GivenFlags, UsageError, type Verb } from "./verb.ts";

export interface ParsedArguments {
  /** From the outermost verb to the one that was meant; empty when none was given. */
  readonly verbs: readonly Verb[];
  readonly operands: readonly string[];
  readonly flags: GivenFlags;
}

/**
 * Reads a command line. Flags may stand anywhere behind the program's name, `--` ends them.
 *
 * @throws UsageError naming the argument, and the nearest known verb or flag.
 */
export function parseArguments(
  args: readonly string[],
  verbs: readonly Verb[],
  globals: readonly Flag[],
): ParsedArguments {
  const chain: Verb[] = [];
  const operands: string[] = [];
  const given: [Flag, string][] = [];
  let below: readonly Verb[] | undefined = verbs;
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]!;
    if (argument === "--") {
      operands.push(...args.slice(index + 1));
      break;
    }
    if (argument.startsWith("-") && argument !== "-") {
      // A flag in front of its verb is looked up in the verb that comes.
      const known = [
        ...chain.flatMap((verb) => verb.flags ?? []),
        ...globals,
        ...upcomingFlags(args.slice(index), below),
      ];
      const { flag, attached } = findFlag(argument, known, chain);
      if (flag.value === undefined) {
        if (attached !== undefined) throw new UsageError(`--${flag.name} takes no value`);
        given.push([flag, ""]);
        continue;
      }
      const value = attached ?? args[++index];
      if (value === undefined) throw new UsageError(`--${flag.name} needs a value: --${flag.name} ${flag.value}`);
      checkChoice(flag, value);
      given.push([flag, value]);
    } else if (below) {
      const verb: Verb | undefined = below.find(({ name }) => name === argument);
      if (!verb) throw unknownVerb(argument, below, chain);
      chain.push(verb);
      below = verb.verbs;
    } else operands.push(argument);
  }
  return { verbs: chain, operands, flags: givenFlags(given) };
}

/** Whether there are as many operands as a verb takes. @throws UsageError naming what is missing or too much. */
export function checkOperands(verb: Verb, path: string, operands: readonly string[]): void {
  const wanted = verb.operands?.split(" ") ?? [];
  const missing = wanted.filter((each) => !each.startsWith("["))[operands.length];
  if (missing) throw new UsageError(`${path} needs ${missing.replace("...", "")}: moorline ${path} ${verb.operands}`);
  if (operands.length > wanted.length && !verb.operands?.includes("...")) {
    throw new UsageError(`${path} takes no argument "${operands[wanted.length]}"; see moorline ${path} --help`);
  }
}

function findFlag(argument: string, known: readonly Flag[], chain: readonly Verb[]): { flag: Flag; attached?: string } {
  const long = /^--([^=]+)(?:=(.*))?$/s.exec(argument);
  const flag = long
    ? known.find(({ name }) => name === long[1])
    : known.find(({ short }) => short !== undefined && short === argument[1]);
  const attached = long ? long[2] : argument.length > 2 ? argument.slice(2).replace(/^=/, "") : undefined;
  if (flag) return attached === undefined ? { flag } : { flag, attached };
  const path = chain.map(({ name }) => name).join(" ");
  const shown = long ? `--${long[1]}` : argument;
  const names = known.flatMap(({ name, short }) =>
    long || short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`]
  );
  const best = nearest(shown, names)!;
  throw new UsageError(
    `unknown flag ${shown}${path ? ` for ${path}` : ""}; the nearest is ${best.word} (see moorline ${
      path ? `${path} ` : ""
    }--help)`,
  );
}

function checkChoice(flag: Flag, value: string): void {
  if (!flag.choices || flag.choices.includes(value)) return;
  const allowed = `${flag.choices.slice(0, -1).join(", ")} or ${flag.choices.at(-1)}`;
  throw new UsageError(`--${flag.name}: "${value}" is not allowed; it must be ${allowed}`);
}

function unknownVerb(argument: string, verbs: readonly Verb[], chain: readonly Verb[]): UsageError {
  const path = chain.map(({ name }) => `${name} `).join("");
  const best = nearest(argument, verbs.map(({ name }) => name))!;
  return new UsageError(
    `unknown verb ${path}${argument}; the nearest is ${path}${best.word} (see moorline ${path}--help)`,
  );
}

/** Flags of the first verb that stands further right. */
function upcomingFlags(args: readonly string[], below: readonly Verb[] | undefined): readonly Flag[] {
  const found: Flag[] = [];
  let verbs = below;
  for (const argument of args) {
    const verb = verbs?.find(({ name }) => name === argument);
    if (!verb) continue;
    found.push(...verb.flags ?? []);
    verbs = verb.verbs;
  }
  return found;
}

function givenFlags(given: readonly [Flag, string][]): GivenFlags {
  const all = (name: string) => given.filter(([flag]) => flag.name === name).map(([, value]) => value);
  return { on: (name) => all(name).length > 0, text: (name) => all(name).at(-1), all };
}
