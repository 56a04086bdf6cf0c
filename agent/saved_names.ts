import type { ClusterSnapshot, MeshSnapshot } from "./mesh/mod.ts";

/** One cluster's line of the snapshot: everything but the objects, which follow, a line for each part of its feed. */
interface ClusterLine {
  readonly cluster: Omit<ClusterSnapshot, "feed"> & { readonly feed: Omit<ClusterSnapshot["feed"], "parts"> };
}
interface PartLine {
  readonly part: ClusterSnapshot["feed"]["parts"][number];
}

/** The mesh's snapshot as lines, none of which holds a whole cluster. */
export function* snapshotLines({ clusters }: MeshSnapshot): Generator<ClusterLine | PartLine> {
  for (const { feed: { parts, ...feed }, ...cluster } of clusters) {
    yield { cluster: { ...cluster, feed } };
    for (const part of parts) yield { part };
  }
}

/** The mesh's snapshot from its lines. Their checksum held, so they are what this version's `snapshotLines` wrote. */
export function snapshotFromLines(lines: readonly unknown[]): MeshSnapshot {
  const clusters: (ClusterSnapshot & { feed: { parts: PartLine["part"][] } })[] = [];
  for (const line of lines as readonly (ClusterLine | PartLine)[]) {
    if ("cluster" in line) clusters.push({ ...line.cluster, feed: { ...line.cluster.feed, parts: [] } });
    else clusters.at(-1)?.feed.parts.push(line.part);
  }
  return { clusters };
}
