/** What a DnsService tells of itself. */
import type { Outcome } from "./outcome.ts";
import type { CacheListing } from "./shared_cache.ts";
import type { RoutedHealth } from "./upstream_routes.ts";

/** What `status` shows. */
export interface DnsStatus {
  /** Where it listens, as `127.0.0.1:15053`. */
  readonly listening: readonly string[];
  readonly upstreams: readonly RoutedHealth[];
  /** The file that gave the general servers; "" when the configuration did. */
  readonly upstreamSource: string;
  readonly search: readonly string[];
  readonly names: number;
  readonly cache: { readonly positive: number; readonly negative: number; readonly failure: number };
  /** Questions that upstream has not answered yet, and clients that wait for them. */
  readonly underWay: { readonly questions: number; readonly waiting: number };
}

/** How a question was answered. */
export interface Explained {
  /** Absent when it deserves no answer, or many. */
  readonly response?: Uint8Array;
  readonly outcome?: Outcome;
  /** What the cache holds of its name, of all types. */
  readonly cached: readonly CacheListing[];
}
