/**
 * How eagerly an entry is put back that others change or delete. The first time at once; when it goes on, more and
 * more slowly, so that two controllers that disagree do not keep the API server busy; calm forgives. Pure.
 */

/** The wait before the second put-back; doubles to the cap: 2, 4, ... 256 s, then every five minutes. */
const FIRST_WAIT_MS = 2_000;
const WAIT_CAP_MS = 300_000;
/** After so long without a put-back everything is forgotten. */
const CALM_MS = 600_000;
/** So many deletions by others, and the entry is left alone: five halvings of the refresh, then one more. */
export const MAX_DELETIONS = 6;
/** Whether it still vanishes is tried again after so long. */
const VANISHING_RETRY_MS = 3_600_000;

/** What happened lately; times are monotonic milliseconds. */
export interface PutBacks {
  /** In a row, without calm in between. */
  readonly count: number;
  /** Those among them that were deletions. */
  readonly deletions: number;
  readonly last: number;
  /** All deletions ever: an istiod that sweeps early goes on doing so, however calm our shorter refresh keeps it. */
  readonly everDeleted: number;
}

export const NO_PUT_BACKS: PutBacks = { count: 0, deletions: 0, last: 0, everDeleted: 0 };

/** Notes that the entry is being put back now. */
export function putBack(before: PutBacks, wasDeleted: boolean, now: number): PutBacks {
  const known = remembered(before, now);
  const deletion = wasDeleted ? 1 : 0;
  return {
    count: known.count + 1,
    deletions: known.deletions + deletion,
    last: now,
    everDeleted: known.everDeleted + deletion,
  };
}

/** @returns milliseconds until the entry may be put back (again); 0 for now. */
export function waitBeforePutBack(state: PutBacks, now: number): number {
  const { count, last } = remembered(state, now);
  if (count === 0) return 0;
  const wait = Math.min(WAIT_CAP_MS, FIRST_WAIT_MS * 2 ** (count - 1));
  return Math.max(0, last + wait - now);
}

/** @returns whether others delete the entry so persistently that it is no longer written. */
export function isVanishing(state: PutBacks, now: number): boolean {
  return state.deletions >= MAX_DELETIONS && now - state.last < VANISHING_RETRY_MS;
}

/** Forgives after calm; a vanishing entry only after its longer wait. */
export function remembered(state: PutBacks, now: number): PutBacks {
  const calm = state.deletions >= MAX_DELETIONS ? VANISHING_RETRY_MS : CALM_MS;
  return now - state.last >= calm ? { ...NO_PUT_BACKS, everDeleted: state.everDeleted } : state;
}
