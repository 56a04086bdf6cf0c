import { type CacheListing, typeMnemonic } from "../dns/mod.ts";
import type { AgentView, CacheRow, RegistrationRow, ResolveExplanation, UpstreamRow } from "./admin/mod.ts";
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
    explain: (name, type) => explain(app, name, type),
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
  return [...dns.cacheListing()].map(cacheRow);
}

function cacheRow({ name, type, kind, ttl, stale, hits }: CacheListing): CacheRow {
  return { name, type: typeMnemonic(type), kind, ttl: Math.max(0, Math.round(ttl)), stale, hits };
}

/** How a question would be answered now: the packet's way through the DNS service, and what the mesh says of the name. */
async function explain({ config, dns, mesh }: AgentParts, name: string, type: string): Promise<ResolveExplanation> {
  const shortNames = { mode: config.dns.shortNames, search: dns.status().search };
  const cached: CacheRow[] = [];
  const answered = await explainQuestion(
    async (packet) => {
      const explained = await dns.explain(packet);
      cached.push(...explained.cached.map(cacheRow));
      return explained;
    },
    name,
    type,
  );
  return { ...answered, cached, mesh: mesh.explain(name, shortNames) };
}
