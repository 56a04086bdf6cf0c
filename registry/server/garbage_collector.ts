import { type KubeObject, objectKey } from "./kube_object.ts";
import type { LocalClient } from "./local_client.ts";
import { type ServerKind, tableName } from "./server_kind.ts";
import type { Storage, StorageChange } from "./storage.ts";

interface Stored {
  readonly kind: ServerKind;
  readonly object: KubeObject;
}

/**
 * Deletes what no owner is left of, and what is in a namespace that goes, at once and in the same turn, as two of
 * Kubernetes' controllers do in their time. It does not honour `propagationPolicy`.
 */
export function collectGarbage(storage: Storage, admin: LocalClient, kinds: readonly ServerKind[]): void {
  const everything = () =>
    kinds.flatMap((kind) => storage.list(tableName(kind)).map(([, object]): Stored => ({ kind, object })));
  const remove = ({ kind, object }: Stored) => {
    const { namespace = "", name = "" } = object.metadata;
    // An earlier deletion may have taken it along.
    if (storage.get(tableName(kind), objectKey(namespace, name))) admin.delete(kind.kind, namespace, name);
  };
  storage.onChange((change) => {
    if (isTerminatingNamespace(change)) {
      everything().filter(({ object }) => object.metadata.namespace === change.key).forEach(remove);
      storage.remove(change.table, change.key);
      return;
    }
    if (!mayOrphan(change)) return;
    const objects = everything();
    const alive = new Set(objects.map(({ object }) => object.metadata.uid));
    objects.filter(({ object }) => isOrphan(object, alive)).forEach(remove);
  });
}

function isTerminatingNamespace({ table, after }: StorageChange): boolean {
  return table === "/namespaces" && after?.metadata.deletionTimestamp !== undefined;
}

/** Something is gone, or something with owners is new: its owner may be gone already. */
function mayOrphan({ before, after }: StorageChange): boolean {
  return !after || (!before && (after.metadata.ownerReferences?.length ?? 0) > 0);
}

function isOrphan({ metadata: { ownerReferences = [] } }: KubeObject, alive: ReadonlySet<string | undefined>): boolean {
  return ownerReferences.length > 0 && ownerReferences.every(({ uid }) => !alive.has(uid));
}
