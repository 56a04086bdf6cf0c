import type { Flag } from "./verb.ts";

/** Where a running agent is asked. */
export const ADMIN: Flag = {
  name: "admin",
  value: "WHERE",
  help: "the agent: a socket's path, IP:port or URL; else as configured",
};

/** `-o`, the first choice being the default. */
export function output(...choices: string[]): Flag {
  return {
    name: "output",
    short: "o",
    value: "FORMAT",
    choices,
    help: `how it is printed; ${choices[0]} unless given`,
  };
}

/** For the list of exit codes of verbs that ask one. */
export const NO_AGENT = "3  no agent answers";
