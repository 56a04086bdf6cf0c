import { objectKey } from "./kube_object.ts";
import type { LocalClient } from "./local_client.ts";
import { type ServerKind, tableName } from "./server_kind.ts";
import type { Storage, StorageChange } from "./storage.ts";

/** What every cluster has from the start, and what Kubernetes' controllers take away. */

const NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];

/** The namespaces, default/kubernetes and the role cluster-admin. */
export function seedCluster(admin: LocalClient): void {
  for (const name of NAMESPACES) admin.create({ kind: "Namespace", metadata: { name } }, "kube-apiserver");
  const metadata = { name: "kubernetes", namespace: "default" };
  const ports = [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }];
  admin.create({ kind: "Service", metadata, spec: { clusterIP: "10.96.0.1", ports } }, "kube-apiserver");
  admin.create({
    kind: "ClusterRole",
    metadata: { name: "cluster-admin" },
    rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }, { nonResourceURLs: ["*"], verbs: ["*"] }],
  }, "kube-apiserver");
}

/**
 * Deletes what no owner is left of, and what is in a namespace that goes, at once and in the same turn. Unlike the
 * controllers it neither waits nor honours `propagationPolicy`.
 */
export function collectGarbage(storage: Storage, admin: LocalClient, kinds: readonly ServerKind[]): void {
  const everything = () =>
    kinds.flatMap((kind) => storage.list(tableName(kind)).map(([key, object]) => ({ kind, key, object })));
  const isOrphan = (owners: readonly { uid: string }[] | undefined, uids: ReadonlySet<string>) =>
    owners !== undefined && owners.length > 0 && owners.every(({ uid }) => !uids.has(uid));
  storage.onChange((change: StorageChange) => {
    const created = !change.before && change.after;
    if (change.after && !created) return;
    const objects = everything();
    const uids = new Set(objects.map(({ object }) => object.metadata.uid ?? ""));
    const goes = (key: string) => change.table === "/namespaces" && !change.after && key.startsWith(`${change.key}/`);
    for (const { kind, key, object } of objects) {
      const concerned = created ? object.metadata.uid === created.metadata.uid : true;
      if (!concerned || !(isOrphan(object.metadata.ownerReferences, uids) || goes(key))) continue;
      const { namespace = "", name = "" } = object.metadata;
      // An earlier deletion of this loop may have taken it along.
      if (storage.get(tableName(kind), objectKey(namespace, name))) admin.delete(kind.kind, namespace, name);
    }
  });
}
