/**
 * `agent`: what registry and dns mean together, and the only place that knows Istio.
 *
 * `config` says what is wanted. `agent_parts` builds every part and wires it, `app` gives it its life: lock the state
 * folder, put the snapshot's names into the table, answer DNS, then read the clusters (`mesh`: objects -> names), then
 * register (`workload`: group -> entry, probe -> condition, heartbeat -> Lease), until it is told to stop; and the same
 * backwards. `admin` shows it over HTTP (`app_view`, `status_document`, `app_metrics`), `commands` are the verbs,
 * `demo` is all of it on an API server of its own.
 */
export type { Config } from "./config/mod.ts";
export { loadConfig } from "./config/mod.ts";
export { runDemo } from "./demo/mod.ts";
export { runAgent } from "./app.ts";
export type { RunOptions } from "./commands/mod.ts";
