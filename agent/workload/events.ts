import type { Log } from "../../registry/mod.ts";
import type { Cluster } from "./cluster.ts";
import type { Manifest } from "./manifest.ts";
import { eventKind, type WrittenObject } from "./workload_kinds.ts";

/** The reasons of the Events that moorline records: on entries, and the last one on the collectors' Lease. */
export type EventReason = "Registered" | "Unhealthy" | "Conflict" | "Collected" | "Partition";

/** What recording an Event needs. */
export interface EventRecorder {
  readonly cluster: Cluster;
  readonly log: Log;
  /** Who reports: `moorline`, `moorline-collector`. */
  readonly component: string;
}

/**
 * Records an Event. One that cannot be written is not worth more than a line in the log.
 *
 * @param now milliseconds by the API server's clock.
 */
export async function recordEvent(
  { cluster, log, component }: EventRecorder,
  about: WrittenObject,
  reason: EventReason,
  message: string,
  now: number,
): Promise<void> {
  try {
    await cluster.resource(eventKind).create(eventFor(about, reason, message, component, now));
  } catch (error) {
    log("debug", "an event could not be recorded", { object: about.name, reason, error: String(error) });
  }
}

/** A core/v1 Event about an entry or slice; its name carries the time, so that each is an object of its own. */
function eventFor(
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
