import { type Writer, writerAnnotations } from "./entry.ts";
import type { Manifest, OwnerReference } from "./manifest.ts";
import type { Lease } from "./workload_kinds.ts";

/** A heartbeat lasts four beats: three may be lost before anybody worries. */
const BEATS = 4;
/** By this label the collector finds heartbeats among all Leases of a cluster. */
export const HEARTBEAT_LABEL = { "app.kubernetes.io/managed-by": "moorline" } as const;
/** Of a Lease that does not say how long it lasts: four beats of the default 10 s. */
const DEFAULT_DURATION_S = 40;

/** The object that a Lease belongs to, and goes with. */
export interface LeaseSubject {
  readonly namespace: string;
  readonly name: string;
  readonly owner: OwnerReference;
}

/**
 * The heartbeat of one registration, named as its entry or slice and owned by it, so that Kubernetes removes it with
 * the entry. The entry is written first: a Lease without entry would be nobody's to remove.
 *
 * @param heartbeat milliseconds between beats.
 * @param now milliseconds by the API server's clock.
 */
export function leaseFor(subject: LeaseSubject, writer: Writer, heartbeat: number, now: number): Manifest {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      namespace: subject.namespace,
      name: subject.name,
      labels: HEARTBEAT_LABEL,
      annotations: writerAnnotations(writer, false),
      ownerReferences: [subject.owner],
    },
    spec: leaseSpec(writer, heartbeat, now),
  };
}

/** What a heartbeat says: who beats, for how long it counts, and when it was. */
export function leaseSpec(writer: Writer, heartbeat: number, now: number) {
  return {
    holderIdentity: writer.agentId,
    leaseDurationSeconds: durationSeconds(heartbeat),
    renewTime: microTime(now),
  };
}

/** @returns how long a Lease with this heartbeat lasts, in seconds. */
export function durationSeconds(heartbeat: number): number {
  return Math.ceil(BEATS * heartbeat / 1000);
}

/** metav1.MicroTime: RFC 3339 with six digits. */
function microTime(now: number): string {
  return new Date(now).toISOString().replace("Z", "000Z");
}

/** @returns how long a Lease lasts, in milliseconds. */
export function durationOf(lease: Lease | undefined): number {
  return (lease?.durationSeconds || DEFAULT_DURATION_S) * 1000;
}

/** What was seen of another agent's Lease, and since when it has not changed. */
export interface LeaseWatch {
  readonly renewTime: string;
  readonly holder: string;
  /** Monotonic milliseconds. */
  readonly since: number;
}

/** Looks once more. A missing Lease is watched like one that never changes. */
export function watchLease(before: LeaseWatch | undefined, lease: Lease | undefined, now: number): LeaseWatch {
  const renewTime = lease?.renewTime ?? "";
  const holder = lease?.holder ?? "";
  return before && before.renewTime === renewTime && before.holder === holder
    ? before
    : { renewTime, holder, since: now };
}

/**
 * Whether a holder has gone silent: its renewTime has not changed, while we looked, for as long as the Lease lasts. A
 * VM's clock may be wrong by hours, so its distance from ours means nothing; only one that lies two durations back by
 * the API server's clock, by which moorline writes, counts at once.
 *
 * @param now monotonic milliseconds.
 * @param serverNow wall-clock milliseconds of the API server; undefined while its clock is unknown.
 */
export function isSilent(watch: LeaseWatch, lease: Lease | undefined, now: number, serverNow?: number): boolean {
  const duration = durationOf(lease);
  if (now - watch.since >= duration) return true;
  const renewed = Date.parse(watch.renewTime);
  return serverNow !== undefined && serverNow - renewed > 2 * duration;
}
