import type { Kind } from "../../registry/mod.ts";
import type { Wish } from "./entry_keeper.ts";
import { entryName } from "./entry_name.ts";
import { type Situation, wishFor } from "./situation.ts";
import { slicesFor } from "./slices.ts";
import { ownEntryKind, type OwningService, ownSliceKind, type WrittenObject } from "./workload_kinds.ts";

/** As what a workload is published. */
export type PublishMode = "workload-entry" | "endpoint-slice";

/** The objects that a workload wants in the cluster at this moment. */
export interface Publication {
  readonly mode: PublishMode;
  readonly kind: Kind<WrittenObject>;
  /** By name; the first is the one whose claim and Lease count. */
  readonly wishes: ReadonlyMap<string, Wish>;
}

/** What to publish in this situation: slices of a Service, or without one a WorkloadEntry. Pure. */
export function publicationFor(situation: Situation, service: OwningService | undefined): Publication {
  const { group, place } = situation;
  if (service) {
    const wishes = [...slicesFor(situation, service)].map(([name, slice]) => [name, () => slice] as const);
    return { mode: "endpoint-slice", kind: ownSliceKind, wishes: new Map(wishes) };
  }
  const name = entryName(group.name, place.address, place.network);
  return {
    mode: "workload-entry",
    kind: ownEntryKind,
    wishes: new Map([[name, (present) => wishFor(situation, present)]]),
  };
}
