import type { SourceMaker } from "../../../agent/mesh/feed_types.ts";
import {
  ApiError,
  type Identified,
  type Kind,
  type Selection,
  type Source,
  type SourceEvent,
} from "../../../registry/mod.ts";

/** One source that a feed has opened, and the way to speak through it. */
export interface OpenSource {
  readonly kind: string;
  readonly namespace: string;
  readonly labelSelector: string;
  /** The resourceVersion from which it was opened; empty: with a list. */
  readonly from: string;
  readonly mode: "watch" | "poll";
  send(...events: SourceEvent<Identified>[]): void;
  /** The whole list, and from now on changes. */
  list(items: readonly Identified[], resourceVersion: string): void;
  /** Fails as an API server does: 403, 404, 401. */
  refuse(status: number): void;
}

/** Sources that say what a test makes them say. */
export class FakeSources {
  readonly open: OpenSource[] = [];

  /** For a feed's `source`. */
  maker(mode: "watch" | "poll" = "watch"): SourceMaker {
    return (kind, selection) => this.#source(kind, selection, mode);
  }

  /** What is being read, as `kind namespace selector`, in order. */
  get reading(): string[] {
    return this.open.map(({ kind, namespace, labelSelector }) => `${kind} ${namespace || "*"} ${labelSelector}`.trim())
      .sort();
  }

  find(kind: string, namespace = "", labelSelector?: string): OpenSource {
    const found = this.open.find((source) =>
      source.kind === kind && source.namespace === namespace &&
      (labelSelector ?? source.labelSelector) === source.labelSelector
    );
    if (!found) throw new Error(`nobody reads ${kind} in "${namespace}": ${this.reading.join("; ")}`);
    return found;
  }

  #source<T extends Identified>(kind: Kind<T>, selection: Selection, mode: "watch" | "poll"): Source<T> {
    const { namespace = "", labelSelector = "" } = selection;
    const sources = this.open;
    const scope = `${kind.plural} ${namespace} ${labelSelector}`;
    return { mode, name: scope, scope, open };

    async function* open(from: string, _known: string, signal: AbortSignal) {
      const queue: (readonly SourceEvent<Identified>[] | ApiError)[] = [];
      let wake = () => {};
      const push = (item: readonly SourceEvent<Identified>[] | ApiError) => {
        queue.push(item);
        wake();
      };
      const source: OpenSource = {
        kind: kind.plural,
        namespace,
        labelSelector,
        from,
        mode,
        send: (...events) => push(events),
        list: (items, resourceVersion) =>
          push([...items.map((item) => ({ type: "item" as const, item })), { type: "listed", resourceVersion }]),
        refuse: (status) => push(refusal(status, kind.plural, namespace)),
      };
      sources.push(source);
      signal.addEventListener("abort", () => wake(), { once: true });
      try {
        while (!signal.aborted) {
          const next = queue.shift();
          if (next instanceof ApiError) throw next;
          if (next) yield next as readonly SourceEvent<T>[];
          else await new Promise<void>((resolve) => wake = resolve);
        }
      } finally {
        sources.splice(sources.indexOf(source), 1);
      }
    }
  }
}

function refusal(status: number, resource: string, namespace: string): ApiError {
  return new ApiError({ verb: "list", resource, namespace, name: "" }, status, "");
}
