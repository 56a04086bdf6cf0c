import type { AgentView, CacheRow, RegistrationRow, UpstreamRow } from "./admin/mod.ts";
import type { AgentParts } from "./agent_parts.ts";
import { appMetrics } from "./app_metrics.ts";
import { explainQuestion } from "./commands/mod.ts";
import { statusDocument } from "./status_document.ts";

/** A running agent as the outside may see it. */
export function appView(app: AgentParts): AgentView {
  const { mesh, dns, registrations } = app;
  return {
    pending: () => pending(app),
    status: () => statusDocument(app, pending(app), registrationRows(app), upstreamRows(app)),
    names: (filter) => mesh.names(filter),
    refusedNames: () => mesh.refused(),
    collisions: () => mesh.collisions(),
    explain: async (name, type) => ({
      ...await explainQuestion((packet) => dns.explain(packet), name, type),
      mesh: mesh.explain(name, { mode: app.config.dns.shortNames, search: dns.status().search }),
    }),
    registrations: () => registrationRows(app),
    upstreams: () => upstreamRows(app),
    cache: () => cacheRows(app),
    metrics: () => appMetrics(app),
    drain: async () => {
      app.readiness.task("draining");
      await Promise.all(registrations.map((registration) => registration.drain()));
      app.end.abort(new Error("drained"));
    },
    flushCache: () => {
      const { positive, negative, failure } = dns.status().cache;
      dns.flushCache();
      return positive + negative + failure;
    },
  };
}

/** What readiness waits for. */
function pending({ readiness, mesh, registrations }: AgentParts): readonly string[] {
  const waiting = registrations.filter(({ pending }) => pending !== "").map((registration) => {
    const { namespace, group } = registration.status();
    return `registration of ${namespace}/${group}: ${registration.pending}`;
  });
  return [...readiness.pending, ...mesh.pending(), ...waiting];
}

function registrationRows({ registrations }: AgentParts): RegistrationRow[] {
  return registrations.map((registration) => registration.status());
}

function upstreamRows({ dns }: AgentParts): UpstreamRow[] {
  const samples = dns.samples();
  const sumFor = (name: string, to: string) =>
    samples.reduce((sum, sample) => {
      const counts = sample.name === name && sample.kind === "counter" && sample.labels["to"] === to;
      return counts ? sum + sample.value : sum;
    }, 0);
  return dns.status().upstreams.flatMap(({ server, healthy, latency, lastFailure, zones }) =>
    zones.map((zone) => ({
      ...{ server, zone, healthy },
      requests: sumFor("dns_upstream_requests_total", server),
      failures: sumFor("dns_upstream_failures_total", server),
      averageMilliseconds: latency,
      lastError: lastFailure ?? "",
    }))
  );
}

function cacheRows({ dns }: AgentParts): CacheRow[] {
  return [...dns.cacheListing()].map(({ name, type, kind, ttl, stale, hits }) => ({
    ...{ name, kind, stale, hits },
    type: String(type),
    ttl: Math.max(0, Math.round(ttl)),
  }));
}
