import type { Identified, Kind } from "../../registry/mod.ts";
import { type Cluster, orAbsent } from "./cluster.ts";
import { AGENT_ID, annotationsOf, FIELD_MANAGER, type Manifest, OWNER } from "./manifest.ts";

/**
 * Writes another owner into an object of ours and changes nothing else: the last thing that its present owner may do to
 * it. Another agent's object, or one that is handed over already, is left alone.
 *
 * @throws ApiError, Unreachable.
 */
export async function handOver<T extends Identified & { readonly object: Manifest }>(
  cluster: Cluster,
  kind: Kind<T>,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  writer: { readonly agentId: string; readonly owner: string },
): Promise<void> {
  const objects = cluster.resource(kind);
  const present = await orAbsent(objects.get(namespace, name));
  const annotations = present ? annotationsOf(present.object) : {};
  if (!present || annotations[AGENT_ID] !== writer.agentId || annotations[OWNER] === writer.owner) return;
  const patch = { metadata: { annotations: { [OWNER]: writer.owner } } };
  const { resourceVersion } = present;
  await objects.mergePatch(namespace, name, patch, { resourceVersion, fieldManager: FIELD_MANAGER });
}
