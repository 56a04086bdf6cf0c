import type { Writer } from "./entry.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Reconciler } from "./reconciler.ts";
import type { RegistrationStatus } from "./registration_status.ts";
import type { RegistrationState } from "./registration_table.ts";
import type { Surroundings } from "./surroundings.ts";
import type { WorkloadOptions } from "./workload_options.ts";

/** The parts of a registration that know something about it. */
export interface ReportParts {
  readonly workload: WorkloadOptions;
  readonly writer: Writer;
  readonly state: RegistrationState;
  readonly reason: string;
  /** Wall-clock milliseconds. */
  readonly since: number;
  /** Absent where nothing is to be registered. */
  readonly surroundings: Surroundings | undefined;
  readonly reconciler: Reconciler;
  readonly heartbeat: Heartbeat;
}

/** Puts together what `status` shows. */
export function describeRegistration(parts: ReportParts): RegistrationStatus {
  const { workload, writer, state, reason, since, surroundings, reconciler, heartbeat } = parts;
  const { lastSuccess, failures } = heartbeat;
  return {
    namespace: workload.namespace,
    group: workload.group,
    state,
    reason,
    since: new Date(since).toISOString(),
    agentId: writer.agentId,
    publish: surroundings ? surroundings.mode ?? "undecided" : "none",
    addresses: surroundings?.addresses ?? [],
    objects: reconciler.entries.map(({ object, name, uid }) => ({ kind: object.kind ?? "", name, uid })),
    health: describeHealth(surroundings),
    heartbeat: {
      intervalSeconds: workload.heartbeat / 1000,
      lastSuccess: lastSuccess === undefined ? "" : new Date(lastSuccess).toISOString(),
      failures,
    },
    putBacks: reconciler.putBacks,
    writes: reconciler.counts.list(),
    warnings: surroundings?.warnings ?? [],
  };
}

function describeHealth(surroundings: Surroundings | undefined): RegistrationStatus["health"] {
  const { isProbed = false, verdict = "unknown", message = "" } = surroundings?.health ?? {};
  const { ok, failed } = surroundings?.probes ?? { ok: 0, failed: 0 };
  return {
    probed: isProbed,
    verdict,
    message: isProbed ? message : "",
    toldBy: surroundings?.toldBy ?? "undecided",
    probes: [{ result: "ok", count: ok }, { result: "failed", count: failed }],
  };
}
