import { type KindState, type KubeClient, systemClock } from "../registry/mod.ts";
import type { ClusterRow, DnsStatus, RegistrationRow, StatusDocument, UpstreamRow } from "./admin/mod.ts";
import type { AgentParts } from "./agent_parts.ts";
import type { ConnectedCluster } from "./clients.ts";
import type { AnswerSetting, ClusterStatus } from "./mesh/mod.ts";
import type { TokenKeeper } from "./workload/mod.ts";
import { findProblems, tokenProblems } from "./status_problems.ts";
import { VERSION } from "./version.ts";

/** `GET /api/status`: the agent in one document. */
export function statusDocument(
  app: AgentParts,
  pending: readonly string[],
  registrations: readonly RegistrationRow[],
  upstreams: readonly UpstreamRow[],
): StatusDocument {
  const { agentId, configFile, startedAt, snapshot: { writtenAt } } = app;
  const statuses = app.mesh.status();
  const clusters = app.clusters.map((cluster, index) =>
    clusterRow(cluster, statuses[index]!, app.config.dns.answers, index === 0 ? app.keeper : undefined)
  );
  return {
    ready: pending.length === 0,
    pending,
    agent: {
      id: agentId,
      version: VERSION,
      pid: Deno.pid,
      startedAt: new Date(startedAt).toISOString(),
      uptimeSeconds: secondsSince(startedAt),
      configFile,
    },
    registrations,
    clusters,
    dns: dnsStatus(app),
    upstreams,
    capture: app.capture.status(),
    snapshot: {
      writtenAt: writtenAt === undefined ? null : new Date(writtenAt).toISOString(),
      ageSeconds: writtenAt === undefined ? null : secondsSince(writtenAt),
    },
    problems: [
      ...findProblems(clusters, registrations, upstreams),
      ...tokenProblems(app.keeper),
    ],
  };
}

function clusterRow(
  { client, answers }: ConnectedCluster,
  { name, domain, measured, kinds }: ClusterStatus,
  setting: AnswerSetting,
  keeper: TokenKeeper | undefined,
): ClusterRow {
  const { clockSkew, credentialExpires = keeper?.expires } = client;
  return {
    ...{ name, domain },
    api: apiState(client, answers(), kinds.some(({ state }) => state.state === "stale")),
    server: client.access.server,
    clockOffsetSeconds: clockSkew === undefined ? null : Math.round(clockSkew / 1000),
    tokenExpiresAt: credentialExpires === undefined ? null : new Date(credentialExpires).toISOString(),
    ...answersOf(setting, measured),
    kinds: kinds.map(({ kind, namespace, labelSelector, state, objects, bad }) => ({
      kind: [kind, namespace && `in ${namespace}`, labelSelector && `(${labelSelector})`].filter(Boolean).join(" "),
      state: state.state,
      objects,
      reason: [stateReason(state), bad.length > 0 ? `${bad.length} cannot be read: ${bad[0]?.key}` : ""]
        .filter(Boolean).join("; "),
      since: "since" in state ? new Date(state.since).toISOString() : null,
    })),
  };
}

/** Which addresses Services answer with, and why. */
function answersOf(
  setting: AnswerSetting,
  { result, mode, reason }: ClusterStatus["measured"],
): Pick<ClusterRow, "answers" | "answersReason"> {
  if (setting !== "auto") return { answers: setting, answersReason: "dns.answers says so" };
  return { answers: result === "unknown" ? "unknown" : mode, answersReason: reason };
}

function apiState({ authState }: KubeClient, answered: boolean | undefined, isStale: boolean): string {
  if (authState.state === "unauthorized" || authState.state === "no-credentials") return "unauthorized";
  if (answered === undefined) return "connecting";
  return answered && !isStale ? "ok" : "unreachable";
}

/** What is missing, in one sentence; empty when nothing is. */
function stateReason(state: KindState): string {
  switch (state.state) {
    case "forbidden": {
      const where = state.namespace ? `namespace ${state.namespace}` : "the whole cluster";
      return `the role lacks ${state.verb} on ${state.resource} in ${where}`;
    }
    case "absent":
      return "the cluster does not have this kind";
    case "syncing":
    case "stale":
    case "unauthorized":
      return state.reason ?? "";
    default:
      return "";
  }
}

function dnsStatus({ dns, requestRate }: AgentParts): DnsStatus {
  const { listening, names, cache } = dns.status();
  const samples = dns.samples();
  const responses = samples.flatMap((sample) => {
    if (sample.name !== "dns_responses_total" || sample.kind === "histogram" || sample.value === 0) return [];
    const { rcode = "", source = "" } = sample.labels;
    return [{ rcode, source, count: sample.value }];
  });
  const answered = responses.reduce((sum, { count }) => sum + count, 0);
  const upstream = responses.reduce((sum, { source, count }) => source === "upstream" ? sum + count : sum, 0);
  return {
    listen: listening,
    io: "portable",
    names,
    requests: answered,
    requestsPerSecond: Math.round(requestRate.perSecond * 10) / 10,
    cacheEntries: cache.positive + cache.negative + cache.failure,
    hitRatio: answered === 0 ? null : Math.round((1 - upstream / answered) * 1000) / 1000,
    responses,
  };
}

function secondsSince(time: number): number {
  return Math.max(0, Math.round((systemClock.now() - time) / 1000));
}
