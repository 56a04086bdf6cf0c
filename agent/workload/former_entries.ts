import type { Kind, Log } from "../../registry/mod.ts";
import type { Cluster } from "./cluster.ts";
import type { KeptEntry } from "./registration_memory.ts";
import { removeEntry } from "./remove_entry.ts";
import { ownEntryKind, ownSliceKind, type WrittenObject } from "./workload_kinds.ts";

/** What a list of former entries needs. */
export interface FormerEntriesOptions {
  readonly cluster: Cluster;
  readonly log: Log;
  readonly agentId: string;
}

/** Objects that this agent wrote under names that are no longer its own: another address, another way to publish. */
export class FormerEntries {
  readonly #options: FormerEntriesOptions;
  #entries: readonly KeptEntry[] = [];

  constructor(options: FormerEntriesOptions) {
    this.#options = options;
  }

  /** What is still to be removed, without those that are present again. */
  beside(present: readonly KeptEntry[]): readonly KeptEntry[] {
    return this.#entries.filter((former) => !present.some((entry) => isSame(entry, former)));
  }

  add(entries: readonly KeptEntry[]): void {
    this.#entries = [...this.beside(entries), ...entries];
  }

  /**
   * Removes them, but for those that are wanted again.
   *
   * @throws ApiError, Unreachable; what was not removed stays on the list.
   */
  async remove(isWanted: (entry: KeptEntry) => boolean): Promise<void> {
    const { cluster, log, agentId } = this.#options;
    for (const entry of this.#entries) {
      const { namespace, name } = entry;
      if (!isWanted(entry) && await removeEntry(cluster, kindOf(entry), namespace, name, agentId)) {
        log("info", "a former registration is removed", { entry: name, namespace });
      }
      this.#entries = this.#entries.filter((other) => other !== entry);
    }
  }
}

/** @returns how objects like this one are read and written. */
export function kindOf({ kind }: Pick<KeptEntry, "kind">): Kind<WrittenObject> {
  return kind === "WorkloadEntry" ? ownEntryKind : ownSliceKind;
}

function isSame(a: KeptEntry, b: KeptEntry): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}
