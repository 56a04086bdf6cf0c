/** Something that has to happen before the agent is ready. */
export interface ReadinessTask {
  readonly name: string;
  /** The agent no longer waits for it. */
  done(): void;
  /** The agent waits for it again: synced kinds that went stale, a drain that began. */
  again(): void;
}

/**
 * Ready is when no named task is pending. Not ready never means not answering: DNS is served from the first moment.
 */
export class Readiness {
  readonly #pending = new Set<string>();

  /** Registers a task that is pending from now on; names are unique while they are pending. */
  task(name: string): ReadinessTask {
    this.#set(name, true);
    return { name, done: () => this.#set(name, false), again: () => this.#set(name, true) };
  }

  /** Empty when the agent is ready; else what is waited for, in the order in which it became pending. */
  get pending(): readonly string[] {
    return [...this.#pending];
  }

  #set(name: string, pending: boolean): void {
    if (pending) this.#pending.add(name);
    else this.#pending.delete(name);
  }
}
