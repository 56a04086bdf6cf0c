import { isJsonObject, type KubeObject } from "./kube_object.ts";
import { invalidValue, type StatusCause } from "./status_error.ts";

/** What Kubernetes refuses in Leases. */

const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)$/;

const specOf = (lease: KubeObject) => isJsonObject(lease.spec) ? lease.spec : {};

/** Times of Leases have microseconds (meta/v1 MicroTime) and nothing else parses. */
export function undecodableLease(lease: KubeObject): string {
  const spec = specOf(lease);
  for (const field of ["acquireTime", "renewTime"]) {
    const time = spec[field];
    if (time === undefined || (typeof time === "string" && MICRO_TIME.test(time))) continue;
    const rest = String(time).slice("2006-01-02T15:04:05".length);
    return `parsing time ${JSON.stringify(time)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse ` +
      `${JSON.stringify(rest)} as ".000000"`;
  }
  return "";
}

export function checkLease(lease: KubeObject): StatusCause[] {
  const seconds = specOf(lease).leaseDurationSeconds;
  if (typeof seconds !== "number" || seconds > 0) return [];
  return [invalidValue("spec.leaseDurationSeconds", String(seconds), "must be greater than 0")];
}
