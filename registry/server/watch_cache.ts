import type { KubeObject } from "./kube_object.ts";
import { asVersion } from "./list_objects.ts";
import type { ListOptions } from "./list_options.ts";
import { apiVersionOf, type ServerKind, tableName } from "./server_kind.ts";
import { expired, plainStatus, type Status } from "./status_error.ts";
import type { Storage, StorageChange } from "./storage.ts";

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject | Status;
}

/** What storage without progress notifications (etcd before 3.5) makes of a watch-list. */
const NO_WATCH_LIST =
  "a watch stream was requested by the client but the required storage feature RequestWatchProgress is " +
  "disabled";

/** What a watch is over. */
export interface WatchScope {
  readonly kind: ServerKind;
  readonly version: string;
  readonly namespace: string;
  readonly options: ListOptions;
}

/**
 * The first events of a watch, and a subscription to what follows; both are taken in one step, so that no write falls
 * between them. Without a revision or with 0 the present state comes first as ADDED events; `sendInitialEvents` ends
 * them with a marked bookmark. A revision that is compacted gives one ERROR event (410) and no more.
 * @param watchList whether storage can do `sendInitialEvents`; otherwise it gives one ERROR event (500).
 */
export function openWatch(
  storage: Storage,
  scope: WatchScope,
  watchList: boolean,
  emit: (event: WatchEvent) => void,
): () => void {
  const { options, kind } = scope;
  const table = tableName(kind);
  if (options.sendInitialEvents && !watchList) {
    emit({ type: "ERROR", object: plainStatus(500, NO_WATCH_LIST).status });
    return () => {};
  }
  const fromState = options.sendInitialEvents || !options.revision;
  if (fromState) {
    const prefix = scope.namespace ? `${scope.namespace}/` : "";
    for (const [key, object] of storage.list(table)) {
      if (key.startsWith(prefix) && options.matches(object)) emit({ type: "ADDED", object: seen(scope, object) });
    }
    if (options.sendInitialEvents && options.bookmarks) emit(bookmark(storage, scope, true));
  } else {
    const missed = storage.changesSince(table, options.revision!);
    if (!missed) {
      const { status } = expired(`too old resource version: ${options.revision} (${storage.compacted})`);
      emit({ type: "ERROR", object: status });
      return () => {};
    }
    for (const change of missed) deliver(scope, change, emit);
  }
  const after = Math.max(storage.revision, options.revision ?? 0);
  return storage.onChange((change) => {
    if (change.table === table && change.revision > after) deliver(scope, change, emit);
  });
}

function deliver(scope: WatchScope, change: StorageChange, emit: (event: WatchEvent) => void) {
  if (scope.namespace && !change.key.startsWith(`${scope.namespace}/`)) return;
  const matches = scope.options.matches;
  const was = change.before && matches(change.before);
  const is = change.after && matches(change.after);
  if (is) emit({ type: was ? "MODIFIED" : "ADDED", object: seen(scope, change.after!) });
  // What leaves the selector is shown as it last was, with the revision of the change.
  else if (was) {
    const metadata = { ...change.before!.metadata, resourceVersion: String(change.revision) };
    emit({ type: "DELETED", object: seen(scope, { ...change.before!, metadata }) });
  }
}

function seen(scope: WatchScope, object: KubeObject): KubeObject {
  return asVersion(object, apiVersionOf(scope.kind, scope.version));
}

/** An event that carries nothing but the newest revision. */
export function bookmark(storage: Storage, { kind, version }: WatchScope, initialEventsEnd: boolean): WatchEvent {
  return {
    type: "BOOKMARK",
    object: {
      ...kind.empty,
      apiVersion: apiVersionOf(kind, version),
      kind: kind.kind,
      metadata: {
        resourceVersion: String(storage.revision),
        ...(initialEventsEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
      },
    },
  };
}
