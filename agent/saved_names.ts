import type { ClusterSnapshot, MeshSnapshot } from "./mesh/mod.ts";

type Part = ClusterSnapshot["feed"]["parts"][number];

/** One cluster's line of the snapshot: everything but the parts of its feed, which follow. */
interface ClusterLine {
  readonly cluster: Omit<ClusterSnapshot, "feed"> & { readonly feed: Omit<ClusterSnapshot["feed"], "parts"> };
}
/** A part of the feed before it: everything but its objects, which follow. */
interface PartLine {
  readonly part: Omit<Part, "items">;
}
/** Objects of the part before them. */
interface ItemsLine {
  readonly items: Part["items"];
}
type Line = ClusterLine | PartLine | ItemsLine;

/** Objects to a line: 50 to 100 KB, less than a millisecond for the thread that also answers questions. */
const LINE_ITEMS = 200;

/** The mesh's snapshot as lines, none of which is large. */
export function* snapshotLines({ clusters }: MeshSnapshot): Generator<Line> {
  for (const { feed: { parts, ...feed }, ...cluster } of clusters) {
    yield { cluster: { ...cluster, feed } };
    for (const { items, ...part } of parts) {
      yield { part };
      for (let at = 0; at < items.length; at += LINE_ITEMS) yield { items: items.slice(at, at + LINE_ITEMS) };
    }
  }
}

/** The mesh's snapshot from its lines. Their checksum held, so they are what this version's `snapshotLines` wrote. */
export function snapshotFromLines(lines: readonly unknown[]): MeshSnapshot {
  const clusters: (ClusterSnapshot & { feed: { parts: Part[] } })[] = [];
  let items: Part["items"][number][] = [];
  for (const line of lines as readonly Line[]) {
    if ("cluster" in line) clusters.push({ ...line.cluster, feed: { ...line.cluster.feed, parts: [] } });
    else if ("items" in line) items.push(...line.items);
    else clusters.at(-1)?.feed.parts.push({ ...line.part, items: items = [] });
  }
  return { clusters };
}
