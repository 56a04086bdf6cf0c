/** One way to capture DNS, as the guard works it. */

/** How a capture is held: `owner` and what it redirects go with the guard, whatever ends it; the others have to be undone. */
export type Holding = "owner" | "plain" | "file";

/** What is in place. */
export interface Taken {
  readonly holding: Holding;
  /** Whose questions the agent answers now. */
  readonly servers: readonly string[];
  /** What is less than it should be; empty when nothing is. */
  readonly note: string;
}

export interface CaptureMeans {
  /** Puts the capture in place, or makes it whole again; all or nothing. @throws Error with one sentence. */
  take(): Promise<Taken>;
  /** Whether it is still as it should be: servers change, and others have their hands in the same places. */
  isWhole(): Promise<boolean>;
  /**
   * Undoes it; nothing happens where nothing is captured.
   *
   * @returns what could not be undone, in one sentence; undefined when all was. @throws Error with one sentence.
   */
  release(): Promise<string | undefined>;
}
