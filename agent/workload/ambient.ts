import { ApiError, type Clock } from "../../registry/mod.ts";
import { type Cluster, orAbsent } from "./cluster.ts";
import { daemonSetKind } from "./workload_kinds.ts";

/** Whether a mesh runs ambient changes rarely; one small request an hour. */
const ASK_AGAIN_MS = 3_600_000;

/** How bad health is told to the mesh. */
export type ToldBy = "condition" | "withdraw";

/**
 * Decides `unhealthy: auto`. Ambient's ztunnel ignores the Healthy condition, so where it runs an unhealthy VM drops
 * the labels that select it. Where the DaemonSet may not be read, the condition it is.
 */
export class AmbientCheck {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  #decided: ToldBy | undefined;
  #askAt = 0;

  constructor(cluster: Cluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** As far as is known; undefined before the first answer. */
  get decided(): ToldBy | undefined {
    return this.#decided;
  }

  /** @throws ApiError, Unreachable when the API server gives no answer at all and none was had before. */
  async decide(wanted: "auto" | ToldBy): Promise<ToldBy> {
    if (wanted !== "auto") return this.#decided = wanted;
    if (this.#decided && this.#clock.monotonic() < this.#askAt) return this.#decided;
    try {
      const ztunnel = await orAbsent(this.#cluster.resource(daemonSetKind).get("istio-system", "ztunnel"));
      this.#decided = ztunnel ? "withdraw" : "condition";
    } catch (error) {
      if (error instanceof ApiError && error.isForbidden) this.#decided = "condition";
      else if (!this.#decided) throw error;
    }
    this.#askAt = this.#clock.monotonic() + ASK_AGAIN_MS;
    return this.#decided;
  }
}
