import { AGENT_ID, annotationsOf, STATIC } from "../manifest.ts";
import { durationOf } from "../lease.ts";
import type { Lease, WrittenObject } from "../workload_kinds.ts";

/** Since when the collector knows that an entry is silent, and at which heartbeat it fell silent. */
export const SILENT_SINCE = "moorline.dev/silent-since";

/** What the collector saw of one heartbeat. Times are observed milliseconds: they stand still while nothing is seen. */
export interface Observation {
  readonly renewTime: string;
  readonly since: number;
}

/** How one entry is. */
export type Vitality = "living" | "silent" | "dead" | "static" | "unwatched";

/** One registration as the collector judges it. */
export interface Judgement {
  readonly entry: WrittenObject;
  readonly lease: Lease | undefined;
  readonly vitality: Vitality;
  /** Two beats or more are missing: nothing yet for one VM, much for many at once. */
  readonly isLate: boolean;
}

/** When a silent entry counts as what; milliseconds. */
export interface Patience {
  /** Silent for so long is unhealthy; never before the Lease's own duration. */
  readonly unhealthyAfter: number;
  /** Silent for so long is dead. */
  readonly deleteAfter: number;
}

/** Everything that moorline registered, judged. */
export interface Census {
  readonly judged: readonly Judgement[];
  /** Of those with an agent id and a Lease. */
  readonly watched: number;
  readonly late: number;
}

/**
 * Judges every registration by when its heartbeat was seen to change, never by a VM's clock. A silence that an earlier
 * collector noted on the entry goes on counting, as long as the heartbeat is still the same. Static entries and entries
 * without a Lease have nobody who should beat: they are left alone. Pure.
 *
 * @param now observed milliseconds.
 * @param serverNow wall-clock milliseconds of the API server, for notes of earlier collectors.
 */
export function takeCensus(
  entries: Iterable<WrittenObject>,
  leaseOf: (entry: WrittenObject) => Lease | undefined,
  observations: ReadonlyMap<string, Observation>,
  patience: Patience,
  now: number,
  serverNow: number,
): Census {
  const judged: Judgement[] = [];
  for (const entry of entries) {
    const annotations = annotationsOf(entry.object);
    if (!annotations[AGENT_ID]) continue; // not ours
    const lease = leaseOf(entry);
    const isStatic = annotations[STATIC] === "true";
    const observation = lease && observations.get(lease.uid);
    if (isStatic || !lease || lease.holder !== annotations[AGENT_ID] || !observation) {
      judged.push({ entry, lease, vitality: isStatic ? "static" : "unwatched", isLate: false });
      continue;
    }
    const isLate = now - observation.since >= durationOf(lease) / 2;
    judged.push({ entry, lease, vitality: judge(entry, lease, observation, patience, now, serverNow), isLate });
  }
  const watched = judged.filter(({ vitality }) => vitality !== "static" && vitality !== "unwatched").length;
  return { judged, watched, late: judged.filter(({ isLate }) => isLate).length };
}

function judge(
  entry: WrittenObject,
  lease: Lease,
  observation: Observation,
  { unhealthyAfter, deleteAfter }: Patience,
  now: number,
  serverNow: number,
): Vitality {
  const silence = now - observation.since;
  if (silence < Math.max(unhealthyAfter, durationOf(lease))) return "living";
  const note = readNote(annotationsOf(entry.object)[SILENT_SINCE]);
  const noted = note?.renewTime === lease.renewTime ? serverNow - note.since : 0;
  return Math.max(silence, noted) >= Math.max(deleteAfter, durationOf(lease)) ? "dead" : "silent";
}

/** The value of the note: when it was written by the API server's clock, and the heartbeat that was the last. */
export function writeNote(serverNow: number, lease: Lease): string {
  return `${new Date(serverNow).toISOString()} ${lease.renewTime}`;
}

function readNote(text: string | undefined): { readonly since: number; readonly renewTime: string } | undefined {
  const [time = "", renewTime = ""] = text?.split(" ") ?? [];
  const since = Date.parse(time);
  return Number.isNaN(since) ? undefined : { since, renewTime };
}

/**
 * Whether so many are late that the fault is more likely between them and the API server than in each of them. Lateness
 * shows it before the first of them counts as silent.
 *
 * @param maxShare from 0 to 1.
 */
export function isPartition({ late, watched }: Census, maxShare: number): boolean {
  return late > 0 && late / watched > maxShare;
}
