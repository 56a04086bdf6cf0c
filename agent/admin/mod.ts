/**
 * HTTP for operators: health, metrics, and the agent's own view of itself.
 *
 * `agent_view` is the seam: the documents, and the interface that the agent implements. `routes` serves it in three
 * scopes: the socket (everything), `admin.listen` (looking only) and `admin.public` (health and metrics), each behind
 * the check that the Host header means this machine. `metrics_table` names every metric, `metrics_text` writes them,
 * `process_metrics` adds the usual ones; `collector_routes` is what the collector serves. `page/` is the status page. `admin_servers` binds, with the errors that say
 * which key to change.
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
export { collectorRoutes, type CollectorView } from "./collector_routes.ts";
export { type MetricDescription, METRICS } from "./metrics_table.ts";
export type { Sample } from "./metrics_text.ts";
export { type Machine, thisMachine } from "./own_host.ts";
export { adminRoutes, type Scope } from "./routes.ts";
