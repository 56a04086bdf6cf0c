import type { Identified } from "./kind.ts";

/**
 * What every source tells, in this order: `item`s and one `listed` for each whole list that it reads, then changes.
 * Objects that the kind cannot parse come as `bad`.
 */
export type SourceEvent<T> =
  /** An object of the list that is being read. */
  | { readonly type: "item"; readonly item: T }
  /** The list is whole: what it did not hold is gone. */
  | { readonly type: "listed"; readonly resourceVersion: string }
  | { readonly type: "put"; readonly item: T }
  | { readonly type: "removed"; readonly object: Identified }
  /** An object without a readable form; `object` is absent when not even its metadata could be read. */
  | { readonly type: "bad"; readonly object?: Identified; readonly problem: string }
  /** Everything up to this resourceVersion has been told. */
  | { readonly type: "bookmark"; readonly resourceVersion: string }
  /** The server answered and has nothing new: what we hold is what it holds. */
  | { readonly type: "current" };

/** Where a reflector gets its objects: by watch or by poll, one kind of event stream. */
export interface Source<T> {
  /** How it reads: the word of the configuration. */
  readonly mode: "watch" | "poll";
  /** What it reads, for logs: `list services in namespace "a"`. */
  readonly name: string;
  /** Two sources of one scope show the same objects, so that one can go on where the other stopped. */
  readonly scope: string;
  /**
   * Reads from a resourceVersion on, or, when it is the empty string, a whole list first. Batches hold no more than one
   * slice of work. Ends when the server ended the watch in order; the reader then opens the next one.
   *
   * @param known the last resourceVersion that was known, so that a list is never older than that.
   * @throws ApiError (`isGone`: list again), Unreachable, StreamBroken, WentBack.
   */
  open(from: string, known: string, signal: AbortSignal): AsyncIterable<readonly SourceEvent<T>[]>;
}
