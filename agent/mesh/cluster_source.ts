import { type KubeClient, pollSource, watchSource } from "../../registry/mod.ts";
import type { SourceMaker } from "./feed_types.ts";

/** The sources of one cluster as `cluster.source` says. @param pollInterval milliseconds, 1,000 or more. */
export function sourceOf(client: KubeClient, mode: "watch" | "poll", pollInterval: number): SourceMaker {
  return (kind, selection) =>
    mode === "poll"
      ? pollSource(client, kind, { ...selection, interval: pollInterval })
      : watchSource(client, kind, selection);
}
