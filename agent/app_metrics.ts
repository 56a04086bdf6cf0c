import { systemClock } from "../registry/mod.ts";
import type { Sample } from "./admin/mod.ts";
import type { AgentParts } from "./agent_parts.ts";
import { REGISTRATION_STATES } from "./workload/mod.ts";

type Labels = Readonly<Record<string, string>>;

/** Everything that is measured, but for the process itself. */
export function* appMetrics(app: AgentParts): Generator<Sample> {
  yield* app.dns.samples();
  for (const histogram of app.histograms) yield* histogram.samples();
  yield* app.restarts.samples();
  yield* meshSamples(app);
  yield* clusterSamples(app);
  yield* registrationSamples(app);
  const { mode, active } = app.capture.status();
  yield gauge("capture_active", active ? 1 : 0, { mode });
  yield gauge("config_last_reload_successful", app.reloadOk ? 1 : 0);
  const { writtenAt } = app.snapshot;
  if (writtenAt !== undefined) yield gauge("snapshot_age_seconds", (systemClock.now() - writtenAt) / 1000);
}

function* meshSamples({ mesh }: AgentParts): Generator<Sample> {
  for (const { name: cluster, kinds } of mesh.status()) {
    const confirmed: number[] = [];
    for (const [kind, parts] of Map.groupBy(kinds, (part) => part.kind)) {
      const states = parts.map(({ state }) => state.state);
      yield gauge("registry_objects", parts.reduce((sum, part) => sum + part.objects, 0), { cluster, kind });
      for (const state of new Set(states)) yield gauge("registry_kind_state", 1, { cluster, kind, state });
      yield gauge("registry_synced", states.every((state) => state === "synced") ? 1 : 0, { cluster, kind });
      confirmed.push(...parts.filter((part) => part.state.state !== "absent").map((part) => part.confirmedAt));
    }
    const oldest = Math.min(...confirmed.filter((at) => at > 0));
    if (Number.isFinite(oldest)) {
      yield gauge("registry_staleness_seconds", Math.max(0, (systemClock.now() - oldest) / 1000), { cluster });
    }
  }
  const refused = new Map<string, number>();
  for (const { code } of mesh.refused()) refused.set(code, (refused.get(code) ?? 0) + 1);
  for (const [reason, count] of refused) yield gauge("dns_names_refused", count, { reason });
}

function* clusterSamples({ clusters: [home], keeper }: AgentParts): Generator<Sample> {
  const { clockSkew, credentialExpires = keeper?.expires } = home?.client ?? {};
  if (clockSkew !== undefined) yield gauge("clock_offset_seconds", clockSkew / 1000);
  if (credentialExpires !== undefined) yield gauge("token_expiry_timestamp_seconds", credentialExpires / 1000);
}

function* registrationSamples({ registrations }: AgentParts): Generator<Sample> {
  const writes = new Map<string, { labels: Labels; value: number }>();
  const probes = { ok: 0, failed: 0 };
  let lastBeat = 0;
  for (const registration of registrations) {
    const { namespace, group, state, health, heartbeat, writes: counts } = registration.status();
    const workload = `${namespace}/${group}`;
    for (const each of REGISTRATION_STATES) {
      yield gauge("registration_state", each === state ? 1 : 0, { workload, state: each });
    }
    if (health.probed) yield gauge("probe_healthy", health.verdict === "healthy" ? 1 : 0, { workload });
    for (const { result, count } of health.probes) probes[result] += count;
    for (const { op, result, count } of counts) {
      const key = `${op} ${result}`;
      writes.set(key, { labels: { op, result }, value: count + (writes.get(key)?.value ?? 0) });
    }
    if (heartbeat.lastSuccess) lastBeat = Math.max(lastBeat, Date.parse(heartbeat.lastSuccess));
  }
  for (const { labels, value } of writes.values()) yield counter("registration_writes_total", value, labels);
  for (const [result, value] of Object.entries(probes)) yield counter("probe_total", value, { result });
  if (lastBeat > 0) yield gauge("heartbeat_last_success_timestamp_seconds", lastBeat / 1000);
}

function gauge(name: string, value: number, labels: Labels = {}): Sample {
  return { kind: "gauge", name, labels, value };
}

function counter(name: string, value: number, labels: Labels = {}): Sample {
  return { kind: "counter", name, labels, value };
}
