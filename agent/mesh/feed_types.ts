import type { Identified, Kind, KindState, Selection, Source } from "../../registry/mod.ts";
import type { MeshKindName } from "./cluster_view.ts";

/** Makes the source of a kind: a watch or a poll of one cluster's API server. */
export type SourceMaker = <T extends Identified>(kind: Kind<T>, selection: Selection) => Source<T>;

/** What is written down of a feed, so that a later one goes on from there. Plain JSON. */
export interface FeedSnapshot {
  readonly parts: readonly PartSnapshot[];
  /** The kinds that the role may not read in the whole cluster. */
  readonly forbidden: readonly MeshKindName[];
}

export interface PartSnapshot {
  readonly kind: MeshKindName;
  readonly id: string;
  readonly resourceVersion: string;
  /** Wall-clock milliseconds at which the server last confirmed the items. */
  readonly confirmedAt: number;
  readonly items: readonly Identified[];
}

/** How one part of a kind stands, for `status`. */
export interface PartStatus {
  readonly kind: MeshKindName;
  readonly namespace: string;
  readonly labelSelector: string;
  readonly state: KindState;
  readonly objects: number;
  /** Objects that could not be read, by key. */
  readonly bad: readonly { readonly key: string; readonly problem: string }[];
  /** Wall-clock milliseconds at which the server last confirmed what we hold; 0 when it never did. */
  readonly confirmedAt: number;
}
