import type { LoadedConfig } from "../config/mod.ts";

/** One flag of a verb, as parsing, help, completions and the manual need it. */
export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  readonly short?: string;
  /** What the help calls its value; absent: the flag is on or off. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** May be given several times. */
  readonly repeat?: boolean;
  readonly help: string;
}

/** One verb of the command line; all that is known of it is in `table.ts`. */
export interface Verb {
  readonly name: string;
  /** `NAME [TYPE]`: upper case, optional ones in brackets, `...` behind one that repeats. */
  readonly operands?: string;
  /** One line. */
  readonly summary: string;
  /** A paragraph for `--help`, which breaks it into lines. */
  readonly details?: string;
  readonly flags?: readonly Flag[];
  readonly examples?: readonly string[];
  /** What the exit codes mean where it is more than 0, 1 and 2. */
  readonly exitCodes?: readonly string[];
  /** A verb has verbs below it, or does something itself. */
  readonly verbs?: readonly Verb[];
  /** Resolves to the exit code. What it throws is told in one line. */
  readonly run?: (context: CommandContext) => Promise<number>;
}

/** The flags that were given. */
export interface GivenFlags {
  /** Whether an on-or-off flag is there. */
  on(name: string): boolean;
  /** The last value given. */
  text(name: string): string | undefined;
  /** Every value given, in order. */
  all(name: string): readonly string[];
}

/** What a verb gets, and all that it may touch of its surroundings. */
export interface CommandContext {
  readonly operands: readonly string[];
  readonly flags: GivenFlags;
  /** The effective configuration. @throws ConfigError */
  readonly loadConfig: () => Promise<LoadedConfig>;
  /** Text for stdout, with its newlines. */
  readonly print: (text: string) => void;
  /** A remark for stderr, one line without its newline. */
  readonly note: (line: string) => void;
  /** Where the command was typed. */
  readonly folder: string;
}

/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** No agent answers: exit code 3. */
export class NoAgentError extends Error {
  override readonly name = "NoAgentError";
}
