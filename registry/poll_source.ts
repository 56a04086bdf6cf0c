import type { Identified, Kind } from "./kind.ts";
import type { KubeClient } from "./kube_client.ts";
import { ListReader } from "./list_reader.ts";
import { nameOf, scopeOf, type Selection } from "./selection.ts";
import type { Source, SourceEvent } from "./source.ts";
import { watchOnce } from "./watch_once.ts";

/** A poll is a watch of one second, the shortest there is: it costs the changes and not the table. */
const POLL_SECONDS = 1;
/** kube-apiserver sends a bookmark two seconds before a watch ends, so this is the shortest that has one. */
const LONG_POLL_SECONDS = 4;
/**
 * A kind without changes is polled the longer way this often, so that its resourceVersion moves on: one that stays
 * behind is too old after the next restart of the server, and the whole list would be read again.
 */
const LONG_POLL_EACH_MS = 300_000;
/** The server ends the watch in time; ten seconds more for a slow one. */
const POLL_GRACE_MS = 10_000;

/** How a poll source is timed. */
export interface PollOptions extends Selection {
  /** Milliseconds between two polls, 1,000 or more. */
  readonly interval: number;
}

/**
 * Reads a kind by one list and then by short watches from the last resourceVersion. All sources of one interval poll at
 * the same moments of a client, so that an object which moves between two of them is seen in both at once.
 */
export function pollSource<T extends Identified>(client: KubeClient, kind: Kind<T>, options: PollOptions): Source<T> {
  const { interval, ...selection } = options;
  if (!(interval >= 1000)) throw new RangeError(`a poll interval must be 1 s or more, not ${interval} ms`);
  const lists = new ListReader(client, kind, selection);
  const { clock } = client;

  async function* open(from: string, known: string, signal: AbortSignal) {
    let version = from;
    /** When the server last named a version: then it is not behind ours. */
    let heardAt = -Infinity;
    const hear = (batch: readonly SourceEvent<T>[]) => {
      version = batch.reduce((last, event) => versionOf(event) ?? last, version);
      if (batch.length > 0) heardAt = clock.monotonic();
    };
    if (version === "") {
      for await (const batch of lists.read(known, signal)) {
        hear(batch);
        yield batch;
      }
      await untilNextPoll();
    }
    while (true) {
      const long = clock.monotonic() - heardAt >= LONG_POLL_EACH_MS;
      const timeoutSeconds = long ? LONG_POLL_SECONDS : POLL_SECONDS;
      const idle = timeoutSeconds * 1000 + POLL_GRACE_MS;
      const request = { kind, selection, resourceVersion: version, timeoutSeconds, idle };
      const before = heardAt;
      for await (const batch of watchOnce(client, request, signal)) {
        hear(batch);
        if (batch.length > 0) yield batch;
      }
      if (long && heardAt === before) {
        await lists.checkPosition(version, signal);
        heardAt = clock.monotonic();
      }
      yield [{ type: "current" as const }];
      await untilNextPoll();
    }

    function untilNextPoll(): Promise<void> {
      return clock.sleep(untilNext(clock.monotonic(), client.pollPhase, interval), signal);
    }
  }

  return { mode: "poll", name: nameOf(kind, selection), scope: scopeOf(kind, selection), open };
}

/** The resourceVersion up to which an event tells everything, if it does. */
function versionOf(event: SourceEvent<Identified>): string | undefined {
  switch (event.type) {
    case "listed":
    case "bookmark":
      return event.resourceVersion;
    case "put":
      return event.item.resourceVersion;
    case "removed":
      return event.object.resourceVersion;
    case "bad":
      return event.object?.resourceVersion;
    default:
      return undefined;
  }
}

/** Milliseconds to the next multiple of the interval, counted from a phase in [0, 1) of it. */
export function untilNext(now: number, phase: number, interval: number): number {
  return interval - (((now - phase * interval) % interval) + interval) % interval;
}
