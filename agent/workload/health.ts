/**
 * Health as a fold over probe results. Pure: the same state and result always give the same step.
 *
 * As in Istio (pkg/istio-agent/health/health_check.go) so many results in a row decide. Other than there, a VM whose
 * health flaps must stay well for longer and longer before it counts as healthy again; becoming unhealthy is never
 * delayed.
 */

/** One probe's outcome; `message` says why it failed, and is empty when it did not. */
export interface ProbeResult {
  readonly ok: boolean;
  readonly message: string;
}

/** From the probe: how many results in a row decide. */
export interface Thresholds {
  readonly success: number;
  readonly failure: number;
}

export interface Health {
  /** `unknown` until a threshold was reached; it counts as unhealthy. */
  readonly verdict: "unknown" | "healthy" | "unhealthy";
  /** Of the last failure; empty while healthy. */
  readonly message: string;
  /** Monotonic milliseconds of the last change of the verdict. */
  readonly since: number;
  readonly successes: number;
  readonly failures: number;
  /** How often it became unhealthy lately: each doubles the successes that healthy takes. */
  readonly flaps: number;
}

/** Nobody probed yet. */
export const UNPROBED: Health = {
  verdict: "unknown",
  message: "not probed yet",
  since: 0,
  successes: 0,
  failures: 0,
  flaps: 0,
};

/** 2^3: at the default period of 10 s and one success, a flapping VM is back after 80 s without a failure. */
const MAX_DOUBLINGS = 3;
/** One flap is forgotten for each five minutes without a change. */
const FORGET_MS = 300_000;

/**
 * Takes one result into account.
 *
 * @param now milliseconds that never jump.
 */
export function step(health: Health, result: ProbeResult, thresholds: Thresholds, now: number): Health {
  return result.ok ? succeed(health, thresholds, now) : fail(health, result.message, thresholds, now);
}

function succeed(health: Health, thresholds: Thresholds, now: number): Health {
  const successes = health.successes + 1;
  if (health.verdict === "healthy") return { ...health, successes, failures: 0 };
  const next = { ...health, successes, failures: 0 };
  return successes < successesNeeded(health, thresholds, now)
    ? next
    : { ...next, verdict: "healthy", message: "", since: now };
}

function fail(health: Health, message: string, thresholds: Thresholds, now: number): Health {
  const failures = health.failures + 1;
  const next = { ...health, successes: 0, failures };
  if (health.verdict === "unhealthy") return { ...next, message };
  if (failures < thresholds.failure) return next;
  const flaps = health.verdict === "healthy" ? remembered(health, now) + 1 : health.flaps;
  return { ...next, verdict: "unhealthy", message, since: now, flaps };
}

/** The first recovery takes the plain threshold; the second twice as many successes, then four and eight times. */
export function successesNeeded(health: Health, thresholds: Thresholds, now: number): number {
  return thresholds.success * 2 ** Math.min(MAX_DOUBLINGS, Math.max(0, remembered(health, now) - 1));
}

function remembered(health: Health, now: number): number {
  return Math.max(0, health.flaps - Math.floor((now - health.since) / FORGET_MS));
}
