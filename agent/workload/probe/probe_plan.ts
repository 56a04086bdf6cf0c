import type { Thresholds } from "../health.ts";
import type { ProbeSpec } from "../probe_spec.ts";

/** When a probe runs and how its results are counted; durations in milliseconds. */
export interface ProbePlan extends Thresholds {
  readonly initialDelay: number;
  readonly period: number;
  readonly timeout: number;
}

/**
 * Gives a probe's numbers their defaults; 0 means "not given", as in protobuf. `failureThreshold` is 3 as Istio's API
 * documents (its code takes 1, and so marks a VM unhealthy for a single lost probe).
 */
export function probePlan(spec: ProbeSpec): ProbePlan {
  return {
    initialDelay: spec.initialDelaySeconds * 1000,
    period: (spec.periodSeconds || 10) * 1000,
    timeout: (spec.timeoutSeconds || 1) * 1000,
    success: spec.successThreshold || 1,
    failure: spec.failureThreshold || 3,
  };
}
