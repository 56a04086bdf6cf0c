import type { DemoOptions, Reload, RunOptions } from "../run_options.ts";

export type { DemoOptions, Reload, RunOptions };

/** The long-running programs behind verbs; `cli.ts` hands them in, since only they need the whole agent. */
export interface Programs {
  /** Resolves when the agent has stopped in order. @throws Error with one sentence when it cannot start. */
  readonly runAgent: (options: RunOptions) => Promise<void>;
  /** Resolves to the exit code. */
  readonly runDemo: (options: DemoOptions) => Promise<number>;
}
