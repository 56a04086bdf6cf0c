/**
 * HTTP for operators: health, metrics, and the agent's own view of itself.
 *
 * `agent_view` is the seam: the documents, and the interface that the agent implements. `routes` serves it in three
 * scopes: the socket (everything), `admin.listen` (looking only) and `admin.public` (health and metrics), each behind
 * the check that the Host header means this machine; `admin_servers` binds, with errors that say which key to change.
 * `metrics_table` names every metric, `metrics_text` writes them, `process_metrics` adds the usual ones; `alert_rules`
 * and `dashboard` are what to make of them. `collector_routes` is what the collector serves, `page/` the status page.
 */
export { AdminAddressError, type AdminServers, serveTcp, startAdmin } from "./admin_servers.ts";
export type {
  AgentView,
  CacheRow,
  ClusterRow,
  DnsStatus,
  RegistrationRow,
  ResolveExplanation,
  StatusDocument,
  UpstreamRow,
} from "./agent_view.ts";
export { alertRuleFile } from "./alert_rules.ts";
export { collectorRoutes, type CollectorView } from "./collector_routes.ts";
export { dashboard } from "./dashboard.ts";
export { type MetricDescription, METRICS } from "./metrics_table.ts";
export type { Sample } from "./metrics_text.ts";
export { type Machine, thisMachine } from "./own_host.ts";
export { adminRoutes, type Scope } from "./routes.ts";
