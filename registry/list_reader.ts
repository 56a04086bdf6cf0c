import { ApiError } from "./api_error.ts";
import { type Item, JsonItems } from "./json_items.ts";
import { type Identified, identify, isLater, type Kind } from "./kind.ts";
import type { KubeClient } from "./kube_client.ts";
import { Pace } from "./pace.ts";
import type { Selection } from "./selection.ts";
import type { SourceEvent } from "./source.ts";
import { StreamBroken, WentBack } from "./stream_broken.ts";

/**
 * How a list is asked for:
 * - `cache`: whole, from the server's watch cache, at least as new as what is known: the cheapest for both sides;
 * - `pages`: in pages of a consistent read: where the cache cannot serve, or a whole list does not get through;
 * - `whole`: a consistent read in one piece: where pages expire before they are read.
 */
export type ListMode = "cache" | "pages" | "whole";

/** kubectl's and client-go's page. */
const PAGE_ITEMS = 500;
/** A list from a cold cache or etcd begins late: reading 100,000 objects took the real server several seconds. */
const LIST_ANSWER_WITHIN_MS = 60_000;
/**
 * etcd holds 8 GiB at most, which is some millions of objects; the memory of an agent ends before: a Service takes about
 * 0.7 KB of it.
 */
const MAX_OBJECTS = 500_000;
/** A list of one object comes at once. */
const CHECK_WITHIN_MS = 10_000;
/** Events are handed over at least this often, so that a list is in the store while it is read. */
const BATCH_EVENTS = 250;

/** Reads whole lists, and learns from failures how to ask next time. */
export class ListReader<T extends Identified> {
  readonly #client: KubeClient;
  readonly #kind: Kind<T>;
  readonly #selection: Selection;
  #mode: ListMode = "cache";
  /** Objects of the list that is being read. */
  #count = 0;

  constructor(client: KubeClient, kind: Kind<T>, selection: Selection) {
    this.#client = client;
    this.#kind = kind;
    this.#selection = selection;
  }

  /** How the next list will be asked for. */
  get mode(): ListMode {
    return this.#mode;
  }

  /**
   * Reads one list, item by item.
   *
   * @param known the last known resourceVersion, or the empty string.
   */
  async *read(known: string, signal: AbortSignal): AsyncGenerator<readonly SourceEvent<T>[], void, void> {
    const mode = this.#mode;
    try {
      let from = "";
      this.#count = 0;
      do {
        const end = yield* this.#page(mode, from, known, signal);
        if (end.continue !== "" && end.continue === from) throw new StreamBroken("a list goes on with the same page");
        from = end.continue;
        if (from === "") {
          if (end.resourceVersion === "" || end.resourceVersion === "0") {
            throw new StreamBroken(`the list of ${this.#kind.plural} has no resourceVersion`);
          }
          this.#mode = "cache";
          yield [{ type: "listed", resourceVersion: end.resourceVersion }];
        }
      } while (from !== "");
    } catch (error) {
      if (!signal.aborted) this.#mode = nextMode(mode, error);
      throw error;
    }
  }

  /**
   * Asks where the server is, by a list of one object: after a watch in which it should have said so and did not.
   *
   * @throws WentBack when it is before `version`.
   */
  async checkPosition(version: string, signal: AbortSignal): Promise<void> {
    const options = { query: { limit: "1" }, signal, answerWithin: CHECK_WITHIN_MS };
    const answer = await this.#client.resource(this.#kind).read("list", this.#selection, options);
    const items = new JsonItems();
    for await (const chunk of answer.bytes()) for (const _ of items.push(chunk)) { /* only its end is of interest */ }
    const { resourceVersion } = items.end();
    if (!isLater(version, resourceVersion)) return;
    throw new WentBack(
      `the server of ${this.#kind.plural} went back from resourceVersion ${version} to ${resourceVersion}`,
    );
  }

  async *#page(mode: ListMode, from: string, known: string, signal: AbortSignal) {
    const query = {
      resourceVersion: mode === "cache" ? known || "0" : "",
      resourceVersionMatch: mode === "cache" && known ? "NotOlderThan" : "",
      limit: mode === "pages" ? String(PAGE_ITEMS) : "",
      continue: from,
    };
    const options = { query, signal, answerWithin: LIST_ANSWER_WITHIN_MS };
    const answer = await this.#client.resource(this.#kind).read("list", this.#selection, options);
    const items = new JsonItems();
    const pace = new Pace(this.#client.clock);
    let batch: SourceEvent<T>[] = [];
    for await (const chunk of answer.bytes()) {
      for (const item of items.push(chunk)) {
        if (++this.#count > MAX_OBJECTS) throw new StreamBroken(`a list has more than ${MAX_OBJECTS} objects`);
        batch.push(eventOf(item, this.#kind));
        if (batch.length < BATCH_EVENTS && !pace.due()) continue;
        yield batch;
        batch = [];
        if (pace.due()) await pace.rest();
      }
      // Given back at once: chunks grow old while their items are worked on, and then wait long for the garbage collector.
      (chunk.buffer as ArrayBuffer).transfer(0);
    }
    if (batch.length > 0) yield batch;
    return items.end();
  }
}

/** What to try after a list failed. A list that was cut off or too slow may get through in pages. */
export function nextMode(mode: ListMode, error: unknown): ListMode {
  const known = error instanceof ApiError;
  if (known && !error.isGone && !error.isBehind && error.status < 500) return mode;
  if (known && error.status === 503) return mode;
  return mode === "cache" ? "pages" : mode === "pages" && known && error.isGone ? "whole" : "cache";
}

function eventOf<T extends Identified>(item: Item, kind: Kind<T>): SourceEvent<T> {
  if ("problem" in item) return { type: "bad", problem: item.problem };
  return readObject("item", item.value, kind);
}

/** Parses an object into an event, or into `bad` with as much of its identity as can be read. */
export function readObject<T extends Identified>(type: "item" | "put", raw: unknown, kind: Kind<T>): SourceEvent<T> {
  try {
    return { type, item: kind.parse(raw) };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    try {
      return { type: "bad", object: identify(raw), problem };
    } catch {
      return { type: "bad", problem };
    }
  }
}
