import type { Kind } from "../../registry/mod.ts";
import type { Wish } from "./entry_keeper.ts";
import { entryName } from "./entry_name.ts";
import { type Situation, wishFor } from "./wish.ts";
import { ownEntryKind, type WrittenObject } from "./workload_kinds.ts";

/** As what a workload is published. */
export type PublishMode = "workload-entry" | "endpoint-slice";

/** The objects that a workload wants in the cluster at this moment. */
export interface Publication {
  readonly mode: PublishMode;
  readonly kind: Kind<WrittenObject>;
  /** By name; the first is the one whose claim and Lease count. */
  readonly wishes: ReadonlyMap<string, Wish>;
}

/** What to publish in this situation. Pure. */
export function publicationFor(mode: PublishMode, situation: Situation): Publication {
  const { group, place } = situation;
  const name = entryName(group.name, place.address, place.network);
  return { mode, kind: ownEntryKind, wishes: new Map([[name, (present) => wishFor(situation, present)]]) };
}
