export interface MetricDescription {
  /** Without the `moorline_` prefix; `process_*` has none. */
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
}

/** One line of the table below. */
function metric(kind: MetricDescription["kind"], name: string, labels: string, help: string): MetricDescription {
  return { kind, name, labels: labels === "" ? [] : labels.split(" "), help };
}

/** Every metric of the agent: what `/metrics` says of it, and what docs/metrics.md must say. */
const TABLE: readonly MetricDescription[] = [
  metric("gauge", "build_info", "version", "1; which version this is."),
  metric("counter", "dns_requests_total", "proto type", "Questions received."),
  metric("counter", "dns_responses_total", "rcode source", "Answers given, by rcode and by what gave them."),
  metric("counter", "dns_dropped_total", "reason", "Packets that got no answer."),
  metric("gauge", "dns_names_refused", "reason", "Names that objects ask for and that are not served."),
  metric("histogram", "dns_request_duration_seconds", "", "Time from a question to its answer."),
  metric("gauge", "dns_cache_entries", "type", "Answers of upstream that are kept."),
  metric("counter", "dns_cache_hits_total", "type", "Questions answered from the cache."),
  metric("counter", "dns_cache_misses_total", "", "Questions that neither table nor cache could answer."),
  metric("counter", "dns_upstream_requests_total", "to", "Questions sent to an upstream."),
  metric("counter", "dns_upstream_failures_total", "to reason", "Questions that an upstream did not answer usefully."),
  metric("histogram", "dns_upstream_request_duration_seconds", "to", "Time that an upstream took."),
  metric("gauge", "dns_upstream_healthy", "to", "1 while an upstream is asked in its turn, 0 while it is asked last."),
  metric(
    "histogram",
    "dns_programming_duration_seconds",
    "",
    "Time from a change of an object to its name being served.",
  ),
  metric("gauge", "dns_names", "", "Names that are served."),
  metric("gauge", "registry_objects", "cluster kind", "Objects in memory."),
  metric("gauge", "registry_kind_state", "cluster kind state", "1 for the state that a kind is in."),
  metric("gauge", "registry_synced", "cluster kind", "1 when everything of a kind has been read."),
  metric("gauge", "registry_staleness_seconds", "cluster", "Time since the API server was last heard."),
  metric("counter", "registry_watch_restarts_total", "cluster kind reason", "Watches begun again."),
  metric("histogram", "registry_request_duration_seconds", "verb code", "Time of requests to the API server."),
  metric("gauge", "registration_state", "workload state", "1 for the state that a registration is in."),
  metric("counter", "registration_writes_total", "op result", "Writes to the API server for registrations."),
  metric("gauge", "heartbeat_last_success_timestamp_seconds", "", "When a Lease was last renewed."),
  metric("counter", "probe_total", "result", "Health probes run."),
  metric("gauge", "probe_healthy", "workload", "1 while a workload's probe says so."),
  metric("gauge", "capture_active", "mode", "1 while this VM's own resolver reaches the agent."),
  metric("gauge", "token_expiry_timestamp_seconds", "", "When the token for the API server expires."),
  metric("gauge", "clock_offset_seconds", "", "The API server's clock minus ours."),
  metric("gauge", "snapshot_age_seconds", "", "Age of the snapshot on disk."),
  metric("gauge", "config_last_reload_successful", "", "1 when the last reload of the configuration worked."),
  metric("gauge", "collector_leader", "", "`moorline collect`: 1 while this replica leads."),
  metric("gauge", "collector_partition", "", "1 while so many VMs are silent that nothing is removed."),
  metric("gauge", "collector_entries", "vitality", "Registrations by how alive their VM is."),
  metric("counter", "collector_writes_total", "op result", "Registrations marked or removed."),
  metric("counter", "process_cpu_seconds_total", "", "CPU time used, user and system."),
  metric("gauge", "process_resident_memory_bytes", "", "Resident memory."),
  metric("gauge", "process_virtual_memory_bytes", "", "Virtual memory."),
  metric("gauge", "process_start_time_seconds", "", "When the process started."),
  metric("gauge", "process_open_fds", "", "Open file descriptors."),
  metric("gauge", "process_max_fds", "", "Most file descriptors that may be open."),
];

/** By name without prefix. */
export const METRICS: ReadonlyMap<string, MetricDescription> = new Map(TABLE.map((each) => [each.name, each]));
