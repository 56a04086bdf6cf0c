import { changedKeys } from "./changed_keys.ts";
import type { Config } from "./config_type.ts";
import { parseDocument } from "./parse_document.ts";

/** Keys that are checked and kept, but that no part of this version acts on yet. */
const UNSERVED: readonly string[] = [
  ...["names", "interfaces"].map((key) => `capture.${key}`),
  ...["dns.workers", "dns.io"],
];
/** Values of `capture.mode` of which the same is true. */
const UNSERVED_MODES: readonly string[] = ["resolved"];

/** Those of them that this configuration sets to something else than the default. */
export function unservedKeys(config: Config): string[] {
  const defaults = parseDocument({});
  if ("problems" in defaults) throw new Error("the defaults are no valid configuration");
  const { live, restart } = changedKeys(defaults.config, config);
  return [...live, ...restart].filter((name) => {
    const key = name.replace(/^(cluster|workload)s\[\d+\]/, "$1");
    if (key === "capture.mode") return UNSERVED_MODES.includes(config.capture.mode);
    return UNSERVED.some((unserved) => key === unserved || key.startsWith(`${unserved}.`));
  }).sort();
}
