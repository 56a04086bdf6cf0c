import type { RegistrationState } from "./registration_table.ts";

/** One workload's registration as `/api/registration` and `status -o json` show it: every field always there. */
export interface RegistrationStatus {
  readonly namespace: string;
  readonly group: string;
  readonly state: RegistrationState;
  /** One sentence: why it is in this state, what to do where something is wrong. Empty when all is well. */
  readonly reason: string;
  /** RFC 3339; when the state began. */
  readonly since: string;
  readonly agentId: string;
  readonly publish: "undecided" | "workload-entry" | "endpoint-slice" | "none";
  /** The first is the entry's. */
  readonly addresses: readonly string[];
  readonly objects: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
  readonly health: {
    /** Without a probe a workload counts as healthy. */
    readonly probed: boolean;
    readonly verdict: "unknown" | "healthy" | "unhealthy";
    readonly message: string;
    /** How bad health is told. */
    readonly toldBy: "undecided" | "condition" | "withdraw";
    readonly probes: readonly { readonly result: "ok" | "failed"; readonly count: number }[];
  };
  readonly heartbeat: {
    readonly intervalSeconds: number;
    /** RFC 3339, or empty before the first. */
    readonly lastSuccess: string;
    readonly failures: number;
  };
  readonly putBacks: { readonly count: number; readonly deletions: number };
  readonly writes: readonly { readonly op: string; readonly result: string; readonly count: number }[];
  /** What is wrong beside the state: labels that cannot be written, an address that went away. */
  readonly warnings: readonly string[];
}

/** Counts writes by what they were and how they ended. */
export class WriteCounts {
  readonly #counts = new Map<string, { op: string; result: string; count: number }>();

  /** @param result `ok`, `conflict`, `forbidden`, ... */
  add(op: string, result: string): void {
    const key = `${op} ${result}`;
    const entry = this.#counts.get(key) ?? { op, result, count: 0 };
    entry.count++;
    this.#counts.set(key, entry);
  }

  list(): { op: string; result: string; count: number }[] {
    return [...this.#counts.values()].map((entry) => ({ ...entry }));
  }
}
