import type { z } from "zod";
import { clusterSection } from "./cluster_section.ts";
import { dnsSection } from "./dns_section.ts";
import { key, list, optionalKey, section, text } from "./field.ts";
import { adminSection, captureSection, logSection } from "./host_sections.ts";
import { workloadSection } from "./workload_section.ts";

const clusters = list(clusterSection, "clusters").min(1, { error: "a list of at least one cluster" });
const workloads = list(workloadSection, "workloads").min(1, { error: "a list of at least one workload" });
const state = text("a path", (value) => value.trim() !== "");

/**
 * What a person may write. `cluster` and `clusters`, `workload` and `workloads` are two ways to say one thing;
 * `parse_document.ts` leaves only the lists.
 */
export const documentSchema = section({
  cluster: optionalKey(clusterSection, "the cluster whose names are served; or `clusters`, a list"),
  clusters: optionalKey(clusters, "several; the first is home: registration goes there, and its names win"),
  workload: optionalKey(workloadSection, "the service that this VM runs; or `workloads`, a list"),
  workloads: optionalKey(workloads, "several services on one VM"),
  dns: key(dnsSection, {}, "how names are answered"),
  capture: key(captureSection, {}, "how this VM's DNS reaches the agent"),
  admin: key(adminSection, {}, "HTTP for operators"),
  state: key(state, "/var/lib/moorline", "folder for snapshot, identity and capture backup; locked by one agent"),
  log: key(logSection, {}, "what the agent writes to stderr"),
});

/** The document as parsed: durations are milliseconds, on and off booleans. */
export type ParsedDocument = z.output<typeof documentSchema>;
