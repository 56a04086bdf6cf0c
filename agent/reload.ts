import type { AgentParts } from "./agent_parts.ts";
import type { Reload } from "./commands/mod.ts";

/** Carries out what a reload of the configuration changes and a running agent can take: the contract's live keys. */
export function applyReload(app: AgentParts, reload: Reload): void {
  app.reloadOk = reload.ok;
  if (!reload.ok) return;
  const { config } = reload;
  const { upstream, zones, cache, search, records } = config.dns;
  try {
    app.dns.setUpstreams({ upstream, zones });
    const notHandedOver = (error: unknown) => app.logger.log("error", "the guard keeps its configuration", { error });
    app.capture.reload(config).catch(notHandedOver);
    app.dns.setCache(cache);
    app.dns.setRules({ search });
    app.dns.setQueryLog(config.log.queries);
    app.mesh.setRules({ ...app.mesh.rules, records });
    app.registrations.forEach((registration, index) => {
      const labels = config.workloads[index]?.labels;
      if (labels) registration.setLabels(labels);
    });
  } catch (error) {
    app.reloadOk = false;
    app.logger.log("error", "a changed key cannot be carried out; the former value stays", { error });
  }
}
