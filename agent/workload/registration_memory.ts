import * as v from "valibot";
import type { KeptHealth } from "./health_watch.ts";
import { readStateFile, writeStateFile } from "./state_file.ts";

/** An object that a registration has written. */
export interface KeptEntry {
  readonly kind: "WorkloadEntry" | "EndpointSlice";
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** What one registration remembers from one run of the agent to the next. */
export interface RegistrationMemory {
  readonly agentId: string;
  /** Of the boot of the machine on which health was found. */
  readonly bootId: string;
  readonly entries: readonly KeptEntry[];
  readonly health?: KeptHealth;
  /** How often others have deleted the entry: a refresh that was made shorter stays so. */
  readonly everDeleted: number;
}

/** Where a memory is kept. */
export interface MemoryStore {
  load(): Promise<RegistrationMemory | undefined>;
  save(memory: RegistrationMemory): Promise<void>;
}

const schema = v.object({
  agentId: v.string(),
  bootId: v.string(),
  entries: v.array(v.object({
    kind: v.picklist(["WorkloadEntry", "EndpointSlice"]),
    namespace: v.string(),
    name: v.string(),
    uid: v.string(),
  })),
  health: v.optional(v.object({
    verdict: v.picklist(["healthy", "unhealthy"]),
    message: v.string(),
    probe: v.string(),
  })),
  everDeleted: v.number(),
});

/** A memory in a file of the state folder; one that cannot be read is as good as none. */
export function fileMemory(path: string): MemoryStore {
  return {
    async load() {
      const read = v.safeParse(schema, await readStateFile(path));
      if (!read.success) return undefined;
      const { health, ...rest } = read.output;
      return health ? { ...rest, health } : rest;
    },
    save: (memory) => writeStateFile(path, memory),
  };
}

/** Remembers nothing; for tests and `register`. */
export function noMemory(): MemoryStore {
  return { load: () => Promise.resolve(undefined), save: () => Promise.resolve() };
}
