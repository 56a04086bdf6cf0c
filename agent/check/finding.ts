/** One thing that was looked at; `moorline check -o json` prints them as they are. */
export interface Finding {
  /** What was looked at: `cluster primary: api`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was found, in one sentence. */
  readonly message: string;
  /** What to type or change; empty when nothing is wrong. */
  readonly fix: string;
}

/** All is well. */
export function good(name: string, message: string): Finding {
  return { name, ok: true, message, fix: "" };
}

/** Something is wrong. */
export function bad(name: string, message: string, fix: string): Finding {
  return { name, ok: false, message, fix };
}

/** The first line of whatever was thrown. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
}
