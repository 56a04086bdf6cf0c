import type { Manifest } from "./manifest.ts";

/**
 * Istio's condition on a WorkloadEntry (networking/v1alpha3 IstioCondition, type `Healthy`). `message` only when it is
 * "False"; `reason` is never set.
 */
export interface HealthyCondition {
  readonly type: "Healthy";
  readonly status: "True" | "False";
  readonly lastProbeTime: string;
  readonly lastTransitionTime: string;
  readonly message?: string;
}

/** What the condition should say. */
export interface WantedCondition {
  readonly healthy: boolean;
  /** Why not; ignored when healthy. */
  readonly message: string;
}

/**
 * An unchanged condition is written again after so long, to show that somebody still looks. 15 minutes: 5,000 VMs
 * then cost six writes a second.
 */
export const CONDITION_REFRESH_MS = 900_000;
/** Another message under the same status is written after so long: not with every failed probe. */
const MESSAGE_REFRESH_MS = 60_000;
/** A longer message is cut: the condition goes to every watcher of the entry. */
const MESSAGE_LIMIT = 500;

/**
 * The whole list of conditions to write, or undefined when the object already says what is wanted. `conditions` in
 * Istio's CRDs is an atomic list: other people's conditions must be sent along as they were read.
 *
 * @param now milliseconds by the API server's clock.
 */
export function conditionsFor(
  object: Manifest,
  wanted: WantedCondition,
  now: number,
): readonly unknown[] | undefined {
  const present = conditionsOf(object);
  const before = healthyOf(present);
  const status = wanted.healthy ? "True" : "False";
  const message = wanted.healthy ? undefined : wanted.message.slice(0, MESSAGE_LIMIT);
  const age = now - Date.parse(before?.lastProbeTime ?? "");
  const lasts = (before?.message ?? undefined) === message ? CONDITION_REFRESH_MS : MESSAGE_REFRESH_MS;
  if (before?.status === status && Math.abs(age) < lasts) return undefined; // NaN and a far future are not fresh
  const time = new Date(now).toISOString();
  const condition: HealthyCondition = {
    type: "Healthy",
    status,
    lastProbeTime: time,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime ?? time : time,
    ...(message === undefined ? {} : { message }),
  };
  const at = present.findIndex(isHealthy);
  return at < 0 ? [...present, condition] : present.with(at, condition);
}

/** @returns "True", "False" or undefined, as the object says now. */
export function healthyStatus(object: Manifest): string | undefined {
  return healthyOf(conditionsOf(object))?.status;
}

function conditionsOf(object: Manifest): readonly unknown[] {
  const status = object["status"] as { conditions?: unknown } | undefined;
  return Array.isArray(status?.conditions) ? status.conditions : [];
}

function isHealthy(condition: unknown): boolean {
  return (condition as { type?: unknown } | null)?.type === "Healthy";
}

function healthyOf(conditions: readonly unknown[]): Partial<Record<keyof HealthyCondition, string>> | undefined {
  return conditions.find(isHealthy) as Partial<Record<keyof HealthyCondition, string>> | undefined;
}
