import { Registration, type RegistrationOptions } from "../../../agent/workload/registration.ts";
import type { RegistrationMemory } from "../../../agent/workload/registration_memory.ts";
import { WORKLOAD_DEFAULTS, type WorkloadOptions } from "../../../agent/workload/workload_options.ts";
import type { Manifest } from "../../../registry/server/mod.ts";
import { MemoryCluster } from "./memory_cluster.ts";
import { VirtualClock } from "./virtual_clock.ts";

/** A WorkloadGroup as a person writes it. */
export function groupManifest(spec: Record<string, unknown> = {}, name = "reviews"): Manifest {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadGroup",
    metadata: { namespace: "default", name },
    spec: {
      metadata: { labels: { app: "reviews", version: "v1" }, annotations: { team: "books" } },
      template: { serviceAccount: "reviews", ports: { http: 9080 }, network: "vm-net", locality: "eu/a/1", weight: 5 },
      ...spec,
    },
  };
}

/** The entry that the fixture's agent writes. */
export const ENTRY = "reviews-10.0.0.5";

/** One cluster and the agents of tests in it, in virtual time. */
export class Fixture {
  readonly clock = new VirtualClock();
  readonly cluster = new MemoryCluster(this.clock);
  /** The state folders of agents by their id: what outlives a crash. */
  readonly memories = new Map<string, RegistrationMemory>();
  readonly log: string[] = [];
  readonly #running = new Set<{ stop: AbortController; done: Promise<void> }>();

  /** Starts an agent; the same id again is the same VM after a restart. */
  start(agentId = "agent-a", workload: Partial<WorkloadOptions> = {}, more: Partial<RegistrationOptions> = {}) {
    const registration = new Registration({
      workload: { ...WORKLOAD_DEFAULTS, group: "reviews", address: ["10.0.0.5"], unhealthy: "condition", ...workload },
      cluster: this.cluster,
      writer: { agentId, version: "0.1.0", owner: "" },
      lookAtNetwork: () => Promise.resolve({ interfaces: [], bridges: new Set(), fleeting: new Set() }),
      bootId: "boot-1",
      memory: {
        load: () => Promise.resolve(this.memories.get(agentId)),
        save: (memory) => Promise.resolve(void this.memories.set(agentId, memory)),
      },
      clock: this.clock,
      random: () => 0.5,
      log: (level, message, fields) => this.log.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
      ...more,
    });
    const stop = new AbortController();
    const agent = { stop, done: registration.run(stop.signal) };
    this.#running.add(agent);
    return {
      registration,
      /** As SIGKILL: nothing more is written. */
      crash: async () => {
        stop.abort();
        await agent.done;
        this.#running.delete(agent);
      },
    };
  }

  /** Lets virtual time pass in steps in which everything settles. */
  async pass(milliseconds: number): Promise<void> {
    await this.clock.advance(milliseconds);
  }

  entry(name = ENTRY) {
    return this.cluster.admin.find("WorkloadEntry", "default", name);
  }

  lease(name = ENTRY) {
    return this.cluster.admin.find("Lease", "default", name);
  }

  async end(): Promise<void> {
    for (const { stop } of this.#running) stop.abort();
    await Promise.all([...this.#running].map(({ done }) => done));
    await this.clock.advance(0);
  }
}
