import { HIDDEN, isSecretName, redactText } from "./redact.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, unknown>>;

/** journald's priorities (sd-daemon(3)): the syslog numbers of debug, info, warning and err. */
const PRIORITY = { debug: 7, info: 6, warn: 4, error: 3 } as const;

export interface LogLine {
  readonly time: Date;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/**
 * One line for the log, with its newline.
 *
 * - `json`: `{"time", "level", "message", ...fields}`; a field of one of these names loses to it.
 * - `text`: `2026-11-23T01:02:03.456Z info message key=value key="two words"`.
 *
 * `journal`: the line goes to journald, which keeps the time itself and reads a `<6>` in front as the priority.
 */
export function formatLogLine(line: LogLine, format: "text" | "json", journal: boolean): string {
  const prefix = journal ? `<${PRIORITY[line.level]}>` : "";
  const time = line.time.toISOString();
  if (format === "json") {
    const fields = Object.fromEntries(Object.entries(line.fields).map(([name, value]) => [name, plain(name, value)]));
    return `${prefix}${JSON.stringify({ ...fields, time, level: line.level, message: line.message })}\n`;
  }
  const fields = Object.entries(line.fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${quoted(plain(name, value))}`).join("");
  return `${prefix}${journal ? "" : `${time} ${line.level.padEnd(5)} `}${line.message}${fields}\n`;
}

/** A value as JSON can hold it: errors by their message, never a stack; secrets hidden. */
function plain(name: string, value: unknown): unknown {
  if (isSecretName(name) && typeof value !== "number" && typeof value !== "boolean") return HIDDEN;
  if (value instanceof Error) return redactText(value.message);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return value.map((item) => plain("", item));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, plain(key, child)]));
  }
  return value;
}

/** Text without spaces, quotes or control characters stands bare; everything else as JSON. */
function quoted(value: unknown): string {
  return typeof value === "string" && /^[^\s"=\p{Cc}]+$/u.test(value) ? value : JSON.stringify(value) ?? "null";
}
