import { AccessError, ApiError, backoff, type Random } from "../../registry/mod.ts";
import type { Seen } from "./registration_table.ts";

/** What a failed pass means for the next one. */
export interface Refusal {
  readonly access: Seen["access"];
  readonly reason: string;
  /** Milliseconds until it is worth trying again. */
  readonly wait: number;
}

/** A role or a policy is changed by people: looked at again each minute, as credentials are. */
const REFUSED_WAIT_MS = 60_000;
/** The object changed between reading and writing: read again soon, a little apart from the other writer. */
const CONFLICT_WAIT_MS = 200;

/** How a write that failed counts in metrics. */
export function resultOf(error: unknown): string {
  if (!(error instanceof ApiError)) return error === undefined ? "ok" : "unreachable";
  if (error.isConflict) return "conflict";
  if (error.isUnauthorized) return "unauthorized";
  if (error.isForbidden) return "forbidden";
  return error.isInvalid ? "invalid" : error.isNotFound ? "absent" : `http-${error.status}`;
}

/**
 * Reads a failure of a pass.
 *
 * @param attempt failed passes in a row before this one.
 * @throws the error itself when it is no refusal of the API server but a mistake of ours.
 */
export function refusalOf(error: unknown, attempt: number, random: Random): Refusal {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof ApiError) {
    const retryAfter = error.retryAfter ?? 0;
    if (error.isUnauthorized) return { access: "unauthorized", reason, wait: Math.max(retryAfter, REFUSED_WAIT_MS) };
    // The first conflicts cost nothing but another look; a storm of them is met like any other overload.
    if (error.isConflict || error.isNotFound) {
      const wait = attempt < 3 ? CONFLICT_WAIT_MS * (1 + random()) : backoff(attempt - 3, random, retryAfter);
      return { access: "ok", reason, wait };
    }
    if (!error.isRetriable) return { access: "forbidden", reason, wait: REFUSED_WAIT_MS * (0.5 + random() / 2) };
    return { access: "unreachable", reason, wait: backoff(attempt, random, retryAfter) };
  }
  if (error instanceof AccessError) return { access: "unauthorized", reason, wait: REFUSED_WAIT_MS };
  return { access: "unreachable", reason, wait: backoff(attempt, random) };
}
