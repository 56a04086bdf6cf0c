import { formatLogLine, type LogFields, type LogLevel } from "./log_line.ts";

/** A constant message, and fields for what varies. */
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void;

const RANK = { debug: 0, info: 1, warn: 2, error: 3 } as const;

/** After the first line of a fault: a line with the count after 1 minute, 10 minutes, then each hour it goes on. */
const FOLD_MS = [60_000, 600_000, 3_600_000] as const;

/** Faults remembered at a time; at the limit the one that began first is forgotten (its count is written). */
const FOLDED_MAX = 256;

interface Fold {
  readonly level: LogLevel;
  readonly message: string;
  fields: LogFields;
  /** Monotonic milliseconds at which the next line may be written. */
  until: number;
  step: number;
  /** Lines held back since the last one that was written. */
  held: number;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: "text" | "json";
  readonly clock: { now(): number; monotonic(): number };
  /** Takes one line with its newline. */
  readonly write: (line: string) => void;
  /** The lines go to journald. */
  readonly journal?: boolean;
}

/**
 * Writes log lines, and folds faults that repeat: the first warning or error of a kind is written at once, then one
 * line with `repeated` each minute, ten minutes, hour. Faults are of one kind when level, message and all fields but
 * numbers agree. Nothing here uses a timer: a held count is written with the next line of any kind that is due, or by
 * `flush`.
 */
export class Logger {
  #level: LogLevel;
  #format: "text" | "json";
  readonly #options: LoggerOptions;
  readonly #folds = new Map<string, Fold>();

  constructor(options: LoggerOptions) {
    this.#options = options;
    this.#level = options.level;
    this.#format = options.format;
  }

  /** Bound, to be handed to every part. */
  readonly log: Log = (level, message, fields = {}) => {
    const now = this.#options.clock.monotonic();
    this.#writeDue(now);
    if (RANK[level] < RANK[this.#level]) return;
    if (RANK[level] < RANK.warn) return this.#write(level, message, fields);
    const key = foldKey(level, message, fields);
    const fold = this.#folds.get(key);
    if (fold) {
      fold.held++;
      fold.fields = fields;
      return;
    }
    if (this.#folds.size >= FOLDED_MAX) this.#forgetOldest();
    this.#folds.set(key, { level, message, fields, until: now + FOLD_MS[0], step: 0, held: 0 });
    this.#write(level, message, fields);
  };

  /** Takes effect with the next line. */
  configure(settings: { readonly level: LogLevel; readonly format: "text" | "json" }): void {
    this.#level = settings.level;
    this.#format = settings.format;
  }

  /** Writes every held count; to be called before the process ends. */
  flush(): void {
    for (const fold of this.#folds.values()) this.#writeHeld(fold);
    this.#folds.clear();
  }

  /** Counts whose time has come are written; a fault that was quiet for a whole interval is forgotten. */
  #writeDue(now: number): void {
    for (const [key, fold] of this.#folds) {
      if (now < fold.until) continue;
      if (fold.held === 0) this.#folds.delete(key);
      this.#writeHeld(fold);
      fold.step = Math.min(fold.step + 1, FOLD_MS.length - 1);
      fold.until = now + FOLD_MS[fold.step]!;
    }
  }

  #forgetOldest(): void {
    const [oldest] = this.#folds;
    if (!oldest) return;
    this.#folds.delete(oldest[0]);
    this.#writeHeld(oldest[1]);
  }

  #writeHeld(fold: Fold): void {
    if (fold.held > 0) this.#write(fold.level, fold.message, { ...fold.fields, repeated: fold.held });
    fold.held = 0;
  }

  #write(level: LogLevel, message: string, fields: LogFields): void {
    const { clock, write, journal = false } = this.#options;
    write(formatLogLine({ time: new Date(clock.now()), level, message, fields }, this.#format, journal));
  }
}

/** Writes to stderr. A reader that went away must not stop the agent: there is nobody left to tell. */
export function writeToStderr(line: string): void {
  const bytes = new TextEncoder().encode(line);
  try {
    for (let written = 0; written < bytes.length;) written += Deno.stderr.writeSync(bytes.subarray(written));
  } catch {
    // EPIPE, or a full disk behind a redirection: a log line is worth less than the agent.
  }
}

/**
 * Whether stderr is journald's socket: systemd sets JOURNAL_STREAM to its `device:inode` (systemd.exec(5)); children
 * inherit the variable also when their stderr is something else.
 */
export function isJournal(journalStream: string | undefined): boolean {
  if (!journalStream) return false;
  try {
    const { dev, ino } = Deno.statSync("/dev/stderr");
    return journalStream === `${dev}:${ino}`;
  } catch {
    // No /dev, or no permission to look: then it is a plain stream for us.
    return false;
  }
}

function foldKey(level: LogLevel, message: string, fields: LogFields): string {
  const varying = Object.entries(fields).filter(([, value]) => typeof value !== "number").map(([name, value]) => {
    const text = value instanceof Error ? value.message : JSON.stringify(value) ?? "";
    // Ports, durations and attempts in an error's text vary from one occurrence to the next; names elsewhere do not.
    return `${name}=${value instanceof Error || name === "error" ? text.replaceAll(/\d+/g, "#") : text}`;
  });
  return `${level} ${message} ${varying.join(" ")}`;
}
