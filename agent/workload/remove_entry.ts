import type { Kind } from "../../registry/mod.ts";
import { holderOf } from "./claim.ts";
import { type Cluster, orAbsent } from "./cluster.ts";
import { leaseKind, type WrittenObject } from "./workload_kinds.ts";

/**
 * Removes an object of ours with its Lease (which Kubernetes would collect, later). Another agent's object of the same
 * name is left alone.
 *
 * @returns whether there was one of ours.
 * @throws ApiError, Unreachable.
 */
export async function removeEntry(
  cluster: Cluster,
  kind: Kind<WrittenObject>,
  namespace: string,
  name: string,
  agentId: string,
): Promise<boolean> {
  const objects = cluster.resource(kind);
  const entry = await orAbsent(objects.get(namespace, name));
  if (!entry || holderOf(entry, agentId).by !== "us") return false;
  const leases = cluster.resource(leaseKind);
  const lease = await orAbsent(leases.get(namespace, name));
  await orAbsent(objects.delete(namespace, name, { uid: entry.uid }));
  if (lease?.holder === agentId) await orAbsent(leases.delete(namespace, name, { uid: lease.uid }));
  return true;
}
