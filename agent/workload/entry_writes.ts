import { adopted } from "./adoption.ts";
import type { Objects } from "./cluster.ts";
import { differences, leftovers, without } from "./entry_diff.ts";
import { FIELD_MANAGER, type Manifest } from "./manifest.ts";
import type { WrittenObject } from "./workload_kinds.ts";

/** The writes that a registration does to its entry (or slice). Each gives the object as the API server has it then. */

const APPLY = { fieldManager: FIELD_MANAGER, force: true };

/** Writes an entry that does not exist. Two agents that do so at once: the policy or the Lease tells them apart. */
export async function createEntry(objects: Objects<WrittenObject>, wanted: Manifest): Promise<WrittenObject> {
  return await objects.apply(wanted, APPLY);
}

/**
 * Makes the entry as wanted. The apply carries uid and resourceVersion, so that it fails (409) when the entry changed
 * or was replaced since it was read. What moorline once set by PUT and no longer wants is removed by another PUT.
 */
export async function updateEntry(
  objects: Objects<WrittenObject>,
  observed: WrittenObject,
  wanted: Manifest,
): Promise<WrittenObject> {
  let current = observed;
  const removed = leftovers(current.object, wanted).applied;
  if (differences(current.object, wanted).length > 0 || removed.length > 0) {
    const { uid, resourceVersion } = current;
    current = await objects.apply({ ...wanted, metadata: { ...wanted.metadata, uid, resourceVersion } }, APPLY);
  }
  const { put } = leftovers(current.object, wanted);
  return put.length === 0 ? current : await objects.replace(bare(without(current.object, put)), APPLY);
}

/** Takes over an entry that another manager wrote: one PUT, since an apply would leave that manager's labels. */
export async function adoptEntry(
  objects: Objects<WrittenObject>,
  observed: WrittenObject,
  wanted: Manifest,
): Promise<WrittenObject> {
  return await objects.replace(adopted(observed.object, wanted), { fieldManager: FIELD_MANAGER });
}

/** @returns whether `updateEntry` would write anything. */
export function isAsWanted(observed: Manifest, wanted: Manifest): boolean {
  const { applied, put } = leftovers(observed, wanted);
  return applied.length === 0 && put.length === 0 && differences(observed, wanted).length === 0;
}

/** managedFields that are sent back count as a claim to them; absent ones are kept by the server. */
function bare(object: Manifest): Manifest {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
