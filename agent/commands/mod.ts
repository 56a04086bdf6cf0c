/**
 * The command line: one file a verb, and one table of them all.
 *
 * `table` names every verb with its flags, operands and help; `parse_arguments` reads a command line by it, `help`
 * prints it, and `command_line` runs what was meant and turns what went wrong into one line and an exit code. Verbs get
 * a `CommandContext` and touch nothing else of their surroundings. Those that look at a running agent go through
 * `agent_client` (HTTP on the socket) or `resolve_query`; those that are one are handed in by `cli.ts` (`programs`).
 */
export { type AgentClient, openAgent } from "./agent_client.ts";
export { main } from "./command_line.ts";
export type { DemoOptions, Programs, Reload, RunOptions } from "./programs.ts";
export { explainQuestion } from "./resolve_in_process.ts";
export { askDns, type DnsReply, NoReplyError } from "./resolve_query.ts";
export { answerRecords, extendedErrors, type RecordText, responseCode } from "./resolve_records.ts";
export { GLOBAL_FLAGS } from "./global_flags.ts";
export { verbTable } from "./table.ts";
export type { CommandContext, Flag, Verb } from "./verb.ts";
