import type { Identified, Kind } from "./kind.ts";
import type { KubeClient } from "./kube_client.ts";
import { ListReader } from "./list_reader.ts";
import type { Selection } from "./selection.ts";
import { nameOf, scopeOf } from "./selection.ts";
import type { Source } from "./source.ts";
import { watchOnce } from "./watch_once.ts";

/** A poll is a watch of one second, the shortest there is: it costs the changes and not the table. */
const POLL_SECONDS = 1;
/** The server ends the watch after a second; ten more for a slow one. */
const POLL_IDLE_MS = 11_000;

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
  return { mode: "poll", name: nameOf(kind, selection), scope: scopeOf(kind, selection), open };

  async function* open(from: string, known: string, signal: AbortSignal) {
    let version = from;
    if (version === "") {
      for await (const batch of lists.read(known, signal)) {
        for (const event of batch) if (event.type === "listed") version = event.resourceVersion;
        yield batch;
      }
    } else yield* poll();
    while (true) {
      await client.clock.sleep(untilNext(client.clock.monotonic(), client.pollPhase, interval), signal);
      yield* poll();
    }

    async function* poll() {
      const request = { kind, selection, resourceVersion: version, timeoutSeconds: POLL_SECONDS, idle: POLL_IDLE_MS };
      for await (const batch of watchOnce(client, request, signal)) {
        for (const event of batch) {
          if (event.type === "bookmark") version = event.resourceVersion;
          else if (event.type === "put") version = event.item.resourceVersion;
          else if ("object" in event && event.object) version = event.object.resourceVersion;
        }
        if (batch.length > 0) yield batch;
      }
      yield [{ type: "current" as const }];
    }
  }
}

/** Milliseconds to the next multiple of the interval, counted from a phase in [0, 1) of it. */
export function untilNext(now: number, phase: number, interval: number): number {
  return interval - (((now - phase * interval) % interval) + interval) % interval;
}
