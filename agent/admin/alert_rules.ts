/** A rule of Prometheus, as its rule files have it. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** How long it must hold. */
  readonly for: string;
  readonly labels: { readonly severity: "critical" | "warning" };
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** One line of the table below: what is wrong, since when it counts, and what to do about it. */
function rule(
  severity: AlertRule["labels"]["severity"],
  alert: string,
  since: string,
  expr: string,
  summary: string,
  description: string,
): AlertRule {
  return { alert, expr, for: since, labels: { severity }, annotations: { summary, description } };
}

/** States of a registration in which nothing is amiss. */
const SETTLED = "registered|static|off|draining|deregistered";

const AGENT_RULES: readonly AlertRule[] = [
  rule(
    "warning",
    "MoorlineNotRegistered",
    "10m",
    `sum by (instance, workload) (moorline_registration_state{state!~"${SETTLED}"}) > 0`,
    "{{ $labels.instance }} is not registered as {{ $labels.workload }}",
    "`moorline status` on the machine says why, `moorline check` what to type.",
  ),
  rule(
    "warning",
    "MoorlineWorkloadUnhealthy",
    "5m",
    "moorline_probe_healthy == 0",
    "{{ $labels.workload }} on {{ $labels.instance }} fails its probe",
    "The mesh sends it no traffic. `moorline status` shows what the probe saw.",
  ),
  rule(
    "critical",
    "MoorlineHeartbeatLate",
    "1m",
    "time() - moorline_heartbeat_last_success_timestamp_seconds > 60",
    "{{ $labels.instance }} has not renewed its Lease for a minute",
    "The collector marks it unhealthy and later removes it. Is the API server reachable from there?",
  ),
  rule(
    "critical",
    "MoorlineUpstreamsDown",
    "2m",
    "max by (instance) (moorline_dns_upstream_healthy) == 0",
    "No upstream DNS server answers {{ $labels.instance }}",
    "Only mesh names and stale answers are left. `moorline check` asks each of them.",
  ),
  rule(
    "warning",
    "MoorlineQuestionsFail",
    "10m",
    'sum by (instance) (rate(moorline_dns_responses_total{rcode="SERVFAIL"}[5m])) / ' +
      "sum by (instance) (rate(moorline_dns_responses_total[5m])) > 0.05",
    "One in twenty DNS questions of {{ $labels.instance }} fails",
    "`log.queries: errors` names them in the log.",
  ),
  rule(
    "warning",
    "MoorlineSlow",
    "10m",
    "histogram_quantile(0.99, sum by (instance, le) (rate(moorline_dns_request_duration_seconds_bucket[5m]))) > 1",
    "DNS answers of {{ $labels.instance }} take more than a second",
    "Most likely an upstream: moorline_dns_upstream_request_duration_seconds says which.",
  ),
  rule(
    "warning",
    "MoorlineStale",
    "5m",
    "moorline_registry_staleness_seconds > 600",
    "{{ $labels.instance }} has not heard from cluster {{ $labels.cluster }} for ten minutes",
    "Names are answered as last known. Is the API server reachable from there?",
  ),
  rule(
    "warning",
    "MoorlineForbidden",
    "15m",
    'moorline_registry_kind_state{state=~"forbidden|unauthorized"} == 1',
    "{{ $labels.instance }} may not read {{ $labels.kind }} of cluster {{ $labels.cluster }}",
    "Those names are missing. `moorline check` names the right that lacks; `moorline manifests rbac` prints them all.",
  ),
  rule(
    "critical",
    "MoorlineTokenExpires",
    "1m",
    "moorline_token_expiry_timestamp_seconds - time() < 600",
    "The token of {{ $labels.instance }} ends within ten minutes",
    "It was not renewed at 80 % of its life. The log says why; put a new one into cluster.tokenFile.",
  ),
  rule(
    "warning",
    "MoorlineClockOff",
    "10m",
    "abs(moorline_clock_offset_seconds) > 30",
    "The clock of {{ $labels.instance }} is off by more than 30 s",
    "`timedatectl set-ntp true` on the machine.",
  ),
  rule(
    "critical",
    "MoorlineCaptureLost",
    "1m",
    "moorline_capture_active == 0",
    "Programs on {{ $labels.instance }} do not reach moorline",
    "Their DNS works as it did before; mesh names are missing. `moorline capture status` says why.",
  ),
  rule(
    "warning",
    "MoorlineReloadFailed",
    "5m",
    "moorline_config_last_reload_successful == 0",
    "{{ $labels.instance }} runs with an older configuration than its file",
    "`moorline config check` says what is wrong with the file.",
  ),
  rule(
    "warning",
    "MoorlineSnapshotOld",
    "5m",
    "moorline_snapshot_age_seconds > 3600",
    "The snapshot of {{ $labels.instance }} is an hour old",
    "It is written each minute while all is well: is the disk of `state` full?",
  ),
];

const COLLECTOR_RULES: readonly AlertRule[] = [
  rule(
    "critical",
    "MoorlinePartition",
    "1m",
    "max(moorline_collector_partition) == 1",
    "So many machines are silent that the collector removes none",
    "Most likely the network between them and the API server. `moorline fleet` lists them with their last beat.",
  ),
  rule(
    "warning",
    "MoorlineCollectorLeaderless",
    "2m",
    "sum(moorline_collector_leader) == 0",
    "No replica of the collector leads",
    "Registrations of dead machines stay. Look at the log of the collector.",
  ),
];

/** A rule file of Prometheus; also the `spec` of a PrometheusRule. */
export function alertRuleFile(): {
  readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[];
} {
  return { groups: [{ name: "moorline", rules: AGENT_RULES }, { name: "moorline-collector", rules: COLLECTOR_RULES }] };
}
