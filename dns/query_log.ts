/** What is told of each answer: to the log as `log.queries` says, and to those who ask why. */
import { wireToName } from "./name_text.ts";
import type { Outcome } from "./outcome.ts";
import type { Asker } from "./serving.ts";
import type { Log } from "./time.ts";

/** Which answers are logged: none, those with a failing code, all. */
export type QueryLogMode = "off" | "errors" | "all";

const NOERROR = 0;
const NXDOMAIN = 3;
const HEADER = 12;

/** Logs one answer, if `mode` says so. */
export function logQuery(log: Log, mode: QueryLogMode, query: Uint8Array, asker: Asker, outcome: Outcome): void {
  if (mode === "off" || (mode === "errors" && (outcome.rcode === NOERROR || outcome.rcode === NXDOMAIN))) return;
  log("info", "query", { name: questionName(query), client: asker.address, transport: asker.transport, ...outcome });
}

/** The name as it was asked for; "" of packets that hold none, which are answered too. */
export function questionName(query: Uint8Array): string {
  for (let at = HEADER; at < query.length && query[at]! < 64; at += query[at]! + 1) {
    if (query[at] === 0) return wireToName(query, HEADER);
  }
  return "";
}
