import { refreshRule } from "./connected_at.ts";
import type { Publication } from "./publication.ts";
import type { RegistrationState, Row, Seen } from "./registration_table.ts";
import type { Situation } from "./situation.ts";

/** What one pass of the reconciler starts from: the table's view of everything but the entry itself. */
export interface PassInput extends Omit<Seen, "entry" | "differs"> {
  /** Absent while the group or this VM's address is not known. */
  readonly situation: Situation | undefined;
  readonly publication: Publication | undefined;
}

/** What a pass found and did. */
export interface PassResult {
  readonly state: RegistrationState;
  /** Why nothing was written although something differs; empty otherwise. */
  readonly reason: string;
  /** Milliseconds until the next pass is due by time. */
  readonly next: number;
}

/** Without anything due, everything is looked at again so often. */
const IDLE_MS = 30_000;
/** How often another agent's Lease is read: as often as it is renewed by default. */
const RIVAL_LOOK_MS = 10_000;

/**
 * The result of a pass that has nothing left to do, with the time of the next look.
 *
 * @param beatIn milliseconds until the next heartbeat; 0 while none is due.
 * @param everDeleted how often others deleted the entry: connectedAt is then refreshed oftener.
 */
export function resultOfPass({ state }: Row, beatIn: number, everDeleted: number, reason = ""): PassResult {
  const refresh = refreshRule(everDeleted).interval / 4;
  const isBeating = (state === "registered" || state === "draining") && beatIn > 0;
  const look = state === "conflict" ? RIVAL_LOOK_MS : IDLE_MS;
  return { state, reason, next: Math.min(look, refresh, isBeating ? beatIn : IDLE_MS) };
}
