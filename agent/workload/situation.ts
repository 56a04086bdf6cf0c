import type { WantedCondition } from "./condition.ts";
import { connectedAt } from "./connected_at.ts";
import { entryFor, type VmPlace, type Writer } from "./entry.ts";
import { healthyStatus } from "./condition.ts";
import type { Health } from "./health.ts";
import { CONNECTED_AT, type Manifest } from "./manifest.ts";
import type { WorkloadGroup, WrittenObject } from "./workload_kinds.ts";

/** Everything that decides what an entry should say at this moment. */
export interface Situation {
  readonly group: WorkloadGroup;
  readonly writer: Writer;
  readonly place: VmPlace;
  /** All of this VM's, the entry's first; two for dual stack. */
  readonly addresses: readonly string[];
  readonly isProbed: boolean;
  readonly health: Health;
  readonly toldBy: "condition" | "withdraw";
  /** RFC 3339 when the drain began; undefined while running. */
  readonly drainingSince: string | undefined;
  readonly istioCleanup: boolean;
  /** Written once by `register`: no probe, no connectedAt, nobody watches over it. */
  readonly isStatic?: boolean;
  /** How often others deleted the entry: the more, the oftener connectedAt is refreshed. */
  readonly everDeleted: number;
  /** From 0 to 1, fixed for one run. */
  readonly jitter: number;
  /** Milliseconds by the API server's clock. */
  readonly serverNow: number;
}

/** The entry that is wanted in this situation; what is still fresh in the present one is kept. Pure. */
export function wishFor(situation: Situation, present: WrittenObject | undefined): Manifest {
  const { group, writer, place, drainingSince, toldBy, istioCleanup, serverNow, everDeleted, jitter } = situation;
  if (situation.isStatic) return entryFor(group, writer, place, { healthChecked: false, isStatic: true });
  const before = present?.object.metadata.annotations?.[CONNECTED_AT];
  return entryFor(group, writer, place, {
    healthChecked: situation.isProbed || drainingSince !== undefined,
    withdrawn: toldBy === "withdraw" && !isWell(situation),
    ...(istioCleanup
      ? drainingSince
        ? { disconnectedAt: drainingSince }
        : { connectedAt: connectedAt(before, serverNow, everDeleted, jitter) }
      : {}),
  });
}

/** The Healthy condition that is wanted, or undefined where nothing needs to be said. Pure. */
export function conditionWish(situation: Situation, present: WrittenObject): WantedCondition | undefined {
  if (situation.drainingSince) return { healthy: false, message: "draining" };
  if (!situation.isProbed) return undefined;
  const { verdict, message } = situation.health;
  // Nothing was found out yet: what an earlier life of this VM wrote must not go on counting.
  if (verdict === "unknown" && healthyStatus(present.object) !== "True") return undefined;
  return { healthy: verdict === "healthy", message };
}

function isWell({ isProbed, health, drainingSince }: Situation): boolean {
  return drainingSince === undefined && (!isProbed || health.verdict === "healthy");
}
