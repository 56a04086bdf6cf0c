import type { Identified, Kind } from "./kind.ts";
import type { KubeClient } from "./kube_client.ts";
import { ListReader } from "./list_reader.ts";
import { nameOf, scopeOf, type Selection } from "./selection.ts";
import type { Source, SourceEvent } from "./source.ts";
import { Unreachable } from "./unreachable.ts";
import { watchOnce } from "./watch_once.ts";

/**
 * How long a watch is asked to last, in seconds: spread over 5 to 10 minutes as in client-go, so that 5,000 agents come
 * back at 11 a second and not together.
 */
const WATCH_SECONDS = { least: 300, most: 600 };
/** Bookmarks come every minute; one may be late by half. */
const WATCH_IDLE_MS = 90_000;
/** A watch that is refused (410) says so at once; one that is quiet for this long has nothing to add. */
export const CURRENT_AFTER_MS = 500;

/** Reads a kind by one list and then watches. */
export function watchSource<T extends Identified>(
  client: KubeClient,
  kind: Kind<T>,
  selection: Selection = {},
): Source<T> {
  const lists = new ListReader(client, kind, selection);
  return { mode: "watch", name: nameOf(kind, selection), scope: scopeOf(kind, selection), open };

  async function* open(from: string, known: string, signal: AbortSignal) {
    let version = from;
    if (version === "") {
      for await (const batch of lists.read(known, signal)) {
        for (const event of batch) if (event.type === "listed") version = event.resourceVersion;
        yield batch;
      }
    }
    const spread = client.random() * (WATCH_SECONDS.most - WATCH_SECONDS.least);
    const timeoutSeconds = Math.round(WATCH_SECONDS.least + spread);
    const request = { kind, selection, resourceVersion: version, timeoutSeconds, idle: WATCH_IDLE_MS };
    try {
      yield* withCurrent(watchOnce(client, request, signal), client, signal);
    } catch (error) {
      // Not even a bookmark: the connection is dead, or the server has never reached our version.
      if (error instanceof Unreachable && error.timedOut) await lists.checkPosition(version, signal);
      throw error;
    }
  }
}

/** Adds `current` when the watch has been accepted and has nothing to say at once; else its events tell as much. */
async function* withCurrent<T>(
  batches: AsyncGenerator<readonly SourceEvent<T>[], void, void>,
  client: KubeClient,
  signal: AbortSignal,
): AsyncGenerator<readonly SourceEvent<T>[], void, void> {
  try {
    await batches.next(); // accepted
    const quiet = new AbortController();
    const silence = client.clock.sleep(CURRENT_AFTER_MS, AbortSignal.any([signal, quiet.signal]))
      .then(() => "silence" as const, () => "over" as const);
    let next = batches.next();
    const first = await Promise.race([next, silence]);
    quiet.abort();
    if (first === "silence") yield [{ type: "current" }];
    else if (first !== "over") next = Promise.resolve(first);
    for (let result = await next; !result.done; result = await batches.next()) yield result.value;
  } finally {
    await batches.return();
  }
}
