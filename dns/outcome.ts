/** How a question was answered. */
export interface Outcome {
  /** Number of the type that was asked for. */
  readonly type: number;
  readonly rcode: number;
  /** `mesh`, `cache`, `stale`, `upstream` or `refused`. */
  readonly source: string;
  /** The rule that decided, in words. */
  readonly rule: string;
  /** The upstream servers that were asked for it, in turn; empty when memory held the answer. */
  readonly asked: readonly string[];
  readonly milliseconds: number;
}
