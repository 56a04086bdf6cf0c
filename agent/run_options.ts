import type { ChangedKeys, Config } from "./config/mod.ts";
import type { Logger } from "./log.ts";

/** What a SIGHUP brought: a new configuration and what differs, or none because it cannot be used (logged already). */
export type Reload =
  | { readonly ok: true; readonly config: Config; readonly changed: ChangedKeys }
  | { readonly ok: false };

export interface RunOptions {
  readonly config: Config;
  /** The file that it came from; empty when there is none. */
  readonly configFile: string;
  readonly logger: Logger;
  /** Aborts for an orderly stop. */
  readonly signal: AbortSignal;
  /** Calls the listener for each reload; the returned function ends that. */
  readonly onReload: (listener: (reload: Reload) => void) => () => void;
}

export interface DemoOptions {
  /** Do and check each step, then end. */
  readonly once: boolean;
  /** Stay also without a terminal. */
  readonly stay: boolean;
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}
