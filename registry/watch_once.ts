import { ApiError } from "./api_error.ts";
import { JsonLines } from "./json_lines.ts";
import { type Identified, identify, isRecord, type Kind, resourceName } from "./kind.ts";
import type { KubeClient } from "./kube_client.ts";
import { readObject } from "./list_reader.ts";
import { Pace } from "./pace.ts";
import type { Selection } from "./selection.ts";
import type { SourceEvent } from "./source.ts";
import { StreamBroken } from "./stream_broken.ts";

/** One watch request (Kubernetes API concepts, "Efficient detection of changes"). */
export interface WatchRequest<T extends Identified> {
  readonly kind: Kind<T>;
  readonly selection: Selection;
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
  /** Milliseconds of silence after which the connection counts as dead. */
  readonly idle: number;
}

/**
 * Runs one watch to its end: one batch of events for each chunk that came, in slices, and an empty batch when the server
 * accepted it. Ends when the server ended it in order.
 *
 * @throws ApiError for a refusal, also one inside the stream; Unreachable; StreamBroken.
 */
export async function* watchOnce<T extends Identified>(
  client: KubeClient,
  request: WatchRequest<T>,
  signal: AbortSignal,
): AsyncGenerator<readonly SourceEvent<T>[], void, void> {
  const { kind, selection, resourceVersion } = request;
  const answer = await client.resource(kind).read("watch", selection, {
    query: {
      watch: "1",
      resourceVersion,
      timeoutSeconds: String(request.timeoutSeconds),
      allowWatchBookmarks: "true",
    },
    signal,
  });
  yield [];
  const asked = { verb: "watch", resource: resourceName(kind), namespace: selection.namespace ?? "", name: "" };
  const lines = new JsonLines();
  const pace = new Pace(client.clock);
  for await (const chunk of answer.bytes(request.idle)) {
    pace.begin();
    let batch: SourceEvent<T>[] = [];
    try {
      for (const line of lines.push(chunk)) {
        batch.push(eventOf(line, kind, asked));
        if (!pace.due()) continue;
        yield batch;
        batch = [];
        await pace.rest();
      }
    } catch (error) {
      if (batch.length > 0) yield batch;
      if (error instanceof ApiError) throw error;
      throw new StreamBroken(`the watch of ${kind.plural} sent what is no event: ${(error as Error).message}`);
    }
    if (batch.length > 0) yield batch;
  }
}

function eventOf<T extends Identified>(line: unknown, kind: Kind<T>, asked: ApiError["asked"]): SourceEvent<T> {
  if (!isRecord(line)) throw new Error("it is no JSON object");
  const object = line["object"];
  switch (line["type"]) {
    case "ADDED":
    case "MODIFIED":
      return readObject("put", object, kind);
    case "DELETED":
      return { type: "removed", object: identify(object) };
    case "BOOKMARK":
      return { type: "bookmark", resourceVersion: bookmarkOf(object) };
    case "ERROR": {
      const code = isRecord(object) && typeof object["code"] === "number" ? object["code"] : 500;
      throw new ApiError(asked, code, JSON.stringify(object ?? null));
    }
    default:
      throw new Error(`its type is ${JSON.stringify(line["type"])}`);
  }
}

/** A bookmark's object has a resourceVersion and no name. */
function bookmarkOf(object: unknown): string {
  const metadata = isRecord(object) ? object["metadata"] : undefined;
  const version = isRecord(metadata) ? metadata["resourceVersion"] : undefined;
  if (typeof version !== "string" || version === "") throw new Error("a bookmark has no resourceVersion");
  return version;
}
