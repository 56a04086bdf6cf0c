import type { Log } from "../../registry/mod.ts";
import type { KeptHealth } from "./health_watch.ts";
import type { PublishMode } from "./publication.ts";
import type { MemoryStore, RegistrationMemory } from "./registration_memory.ts";

/** What remembering needs. */
export interface RememberingOptions {
  readonly memory: MemoryStore;
  readonly agentId: string;
  readonly bootId: string;
  readonly log: Log;
}

/** What a registration knows of its earlier runs, and leaves for the next one. */
export class RememberedRegistration {
  readonly #options: RememberingOptions;
  #kept: RegistrationMemory | undefined;
  #saved = "";

  constructor(options: RememberingOptions) {
    this.#options = options;
  }

  /** Health that was found on this boot of the machine. */
  get health(): KeptHealth | undefined {
    return this.#kept?.bootId === this.#options.bootId ? this.#kept.health : undefined;
  }

  /** As what the workload was published and, until it is deregistered, remains so. */
  get mode(): PublishMode | undefined {
    const kind = this.#kept?.entries[0]?.kind;
    return kind && (kind === "WorkloadEntry" ? "workload-entry" : "endpoint-slice");
  }

  /** Reads what the last run left; another agent's (a cloned disk) counts as nothing. */
  async load(): Promise<RegistrationMemory | undefined> {
    const kept = await this.#options.memory.load();
    return this.#kept = kept?.agentId === this.#options.agentId ? kept : undefined;
  }

  /** Keeps it for the next run, if it has changed. A full disk is told once for each change, and not fatal. */
  async save(
    { kept: entries, everDeleted }: Pick<RegistrationMemory, "everDeleted"> & { kept: RegistrationMemory["entries"] },
    health: KeptHealth | undefined,
  ): Promise<void> {
    const { memory, agentId, bootId, log } = this.#options;
    const next: RegistrationMemory = { agentId, bootId, entries, everDeleted, ...(health ? { health } : {}) };
    const text = JSON.stringify(next);
    if (text === this.#saved) return;
    this.#saved = text;
    try {
      await memory.save(next);
    } catch (error) {
      log("warn", "the registration cannot be remembered", { agentId, error: String(error) });
    }
  }
}
