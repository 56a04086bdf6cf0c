import type { Kind } from "../../../registry/mod.ts";
import type { ToldBy } from "../ambient.ts";
import { type Cluster, orAbsent } from "../cluster.ts";
import { conditionsFor } from "../condition.ts";
import { annotationsOf, FIELD_MANAGER, HEALTH_CHECKS_ENABLED, TLS_MODE } from "../manifest.ts";
import { type Lease, leaseKind, type WrittenObject } from "../workload_kinds.ts";
import { SILENT_SINCE, writeNote } from "./census.ts";

/**
 * What the collector writes about a VM that has fallen silent. All of it under the agent's own field manager: when the
 * agent returns it finds fields of its own that it does not want, and takes them back.
 */

/**
 * Has no new traffic sent to a silent VM: an entry becomes unhealthy (or, where ambient ignores that, loses the labels
 * that select it), a slice's endpoints are no longer ready. Notes since when, for collectors to come.
 *
 * @returns whether anything was written.
 * @throws ApiError, Unreachable.
 */
export async function markSilent(
  cluster: Cluster,
  kind: Kind<WrittenObject>,
  entry: WrittenObject,
  lease: Lease,
  toldBy: ToldBy,
  serverNow: number,
): Promise<boolean> {
  const isNoted = annotationsOf(entry.object)[SILENT_SINCE]?.endsWith(` ${lease.renewTime}`);
  if (isNoted) return false;
  const objects = cluster.resource(kind);
  const { namespace, name, resourceVersion } = entry;
  const options = { resourceVersion, fieldManager: FIELD_MANAGER };
  const annotations: Record<string, string> = { [SILENT_SINCE]: writeNote(serverNow, lease) };
  if (kind.kind === "EndpointSlice") {
    await objects.mergePatch(namespace, name, { metadata: { annotations }, endpoints: notReady(entry) }, options);
    return true;
  }
  annotations[HEALTH_CHECKS_ENABLED] = "true";
  const patch = toldBy === "withdraw" ? withdrawn(entry, annotations) : { metadata: { annotations } };
  const marked = await objects.mergePatch(namespace, name, patch, options);
  const message = `no heartbeat since ${lease.renewTime}`;
  const conditions = conditionsFor(marked.object, { healthy: false, message }, serverNow);
  if (!conditions) return true;
  const fresh = { ...options, resourceVersion: marked.resourceVersion };
  await objects.mergeStatus(namespace, name, { conditions }, fresh);
  return true;
}

/**
 * Removes a dead VM's entry, unless it gave a sign of life or changed in this very moment.
 *
 * @returns whether it was removed.
 * @throws ApiError, Unreachable.
 */
export async function removeDead(
  cluster: Cluster,
  kind: Kind<WrittenObject>,
  entry: WrittenObject,
  lease: Lease,
): Promise<boolean> {
  const { namespace, name, uid, resourceVersion } = entry;
  const leases = cluster.resource(leaseKind);
  const now = await orAbsent(leases.get(namespace, name));
  if (!now || now.uid !== lease.uid || now.renewTime !== lease.renewTime) return false;
  await cluster.resource(kind).delete(namespace, name, { uid, resourceVersion });
  await orAbsent(leases.delete(namespace, name, { uid: lease.uid }));
  return true;
}

function notReady(slice: WrittenObject): unknown[] {
  const endpoints = slice.object["endpoints"];
  return (Array.isArray(endpoints) ? endpoints : []).map((endpoint: { conditions?: object }) => ({
    ...endpoint,
    conditions: { ...endpoint.conditions, ready: false, serving: false },
  }));
}

/** A merge patch that removes every label but the one that says that nobody here speaks mTLS. */
function withdrawn(entry: WrittenObject, annotations: Record<string, string>) {
  const none = (labels: unknown) =>
    Object.fromEntries(Object.keys(labels ?? {}).filter((key) => key !== TLS_MODE).map((key) => [key, null]));
  const spec = entry.object["spec"] as { labels?: unknown } | undefined;
  return {
    metadata: { annotations, labels: none(entry.object.metadata.labels) },
    spec: { labels: none(spec?.labels) },
  };
}
