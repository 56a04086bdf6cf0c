import { plainStatus } from "./status_error.ts";
import type { WatchScope } from "./watch_cache.ts";
import { type OpenWatch, startWatch, type WatchEnvironment } from "./watch_stream.ts";

/** The watches that are open now, and what may be done to them from outside; `plural` picks one kind. */
export class OpenWatches {
  readonly #watches = new Set<OpenWatch>();
  readonly #environment: WatchEnvironment;

  constructor(environment: Omit<WatchEnvironment, "onEnd">) {
    this.#environment = { ...environment, onEnd: (watch) => void this.#watches.delete(watch) };
  }

  open(scope: WatchScope): ReadableStream<Uint8Array> {
    const watch = startWatch(scope, this.#environment);
    if (!watch.ended) this.#watches.add(watch);
    return watch.body;
  }

  scopes(plural?: string): readonly WatchScope[] {
    return this.#of(plural).map(({ scope }) => scope);
  }

  /** Breaks the connections, in the middle of a line if asked. */
  cut(plural?: string, midLine = false): void {
    for (const watch of this.#of(plural)) watch.cut(midLine);
  }

  /** Ends the streams in good order, as the end of their time does. */
  end(plural?: string): void {
    for (const watch of this.#of(plural)) watch.end();
  }

  /** Sends an ERROR event with 410, as when a watch falls behind a compaction. */
  expire(plural?: string): void {
    const { status } = plainStatus(410, "too old resource version", "Expired");
    for (const watch of this.#of(plural)) watch.send({ type: "ERROR", object: status });
  }

  /** A bookmark now for every watch that asked for bookmarks. */
  bookmark(): void {
    for (const watch of this.#watches) watch.sendBookmark();
  }

  /** A copy: what is done to a watch may take it off the list. */
  #of(plural: string | undefined): OpenWatch[] {
    return [...this.#watches].filter(({ scope }) => !plural || scope.kind.plural === plural);
  }
}
