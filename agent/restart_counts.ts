import type { Sample } from "./admin/mod.ts";

/** How often watches and polls were begun again, by cluster, kind and reason. */
export class RestartCounts {
  readonly #counts = new Map<string, { labels: { cluster: string; kind: string; reason: string }; value: number }>();

  add(cluster: string, kind: string, reason: string): void {
    const labels = { cluster, kind, reason };
    const key = JSON.stringify(labels);
    const count = this.#counts.get(key) ?? { labels, value: 0 };
    count.value++;
    this.#counts.set(key, count);
  }

  *samples(): Generator<Sample> {
    for (const { labels, value } of this.#counts.values()) {
      yield { kind: "counter", name: "registry_watch_restarts_total", labels, value };
    }
  }
}
