import type { Manifest } from "./manifest.ts";
import type { WrittenObject } from "./workload_kinds.ts";

/** The reasons of the Events that moorline records: on entries, and the last one on the collectors' Lease. */
export type EventReason = "Registered" | "Unhealthy" | "Conflict" | "Collected" | "Partition";

/** A core/v1 Event about an entry or slice; its name carries the time, so that each is an object of its own. */
export function eventFor(
  about: WrittenObject,
  reason: EventReason,
  message: string,
  component: string,
  now: number,
): Manifest {
  const { namespace, name, uid, resourceVersion, object } = about;
  const time = new Date(now).toISOString();
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { namespace, name: `${name.slice(0, 230)}.${Math.trunc(now).toString(16)}` },
    involvedObject: { apiVersion: object.apiVersion, kind: object.kind, namespace, name, uid, resourceVersion },
    type: reason === "Registered" ? "Normal" : "Warning",
    reason,
    message: message.slice(0, 1024),
    source: { component },
    reportingComponent: component,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}
