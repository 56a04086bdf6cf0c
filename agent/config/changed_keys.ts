import type { Config } from "./config_type.ts";

/** What takes effect while the agent runs; a key stands for everything below it. */
const LIVE = [
  "dns.upstream",
  "dns.zones",
  "dns.cache",
  "dns.search",
  "dns.records",
  "log",
  "workload.labels",
] as const;

export interface ChangedKeys {
  /** Applied by a reload. */
  readonly live: readonly string[];
  /** Waiting for a restart. */
  readonly restart: readonly string[];
}

/** The keys in which two configurations differ, as the document writes them (`dns.ttl`, `workloads[1].labels`). */
export function changedKeys(before: Config, after: Config): ChangedKeys {
  const [old, now] = [flatten(before), flatten(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name)).sort();
  const isLive = (name: string) => {
    const key = name.replace(/^workloads?(\[\d+\])?/, "workload");
    return LIVE.some((live) => key === live || key.startsWith(`${live}.`));
  };
  return { live: names.filter(isLive), restart: names.filter((name) => !isLive(name)) };
}

/** Leaf by leaf, lists and label maps as a whole; the one cluster or workload is named without its list. */
function flatten(config: Config): Map<string, string> {
  const leaves = new Map<string, string>();
  const walk = (value: unknown, path: string) => {
    if (typeof value !== "object" || value === null || Array.isArray(value) || /\.(labels|override)$/.test(path)) {
      leaves.set(path, JSON.stringify(value));
    } else for (const [name, child] of Object.entries(value)) walk(child, path === "" ? name : `${path}.${name}`);
  };
  const { clusters, workloads, ...rest } = { ...config };
  walk(rest, "");
  for (const [name, items] of [["cluster", clusters], ["workload", workloads]] as const) {
    items.forEach((item, index) => walk(item, items.length === 1 ? name : `${name}s[${index}]`));
  }
  return leaves;
}
