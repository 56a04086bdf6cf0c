import { ApiError, type Clock } from "../../../registry/mod.ts";
import { type Cluster, orAbsent } from "../cluster.ts";
import { isSilent, type LeaseWatch, watchLease } from "../lease.ts";
import { FIELD_MANAGER, type Manifest } from "../manifest.ts";
import { leaseKind } from "../workload_kinds.ts";

/** How long leadership lasts without renewal; whole seconds, as Leases count. */
const DURATION_S = 5;
/** Renewed three times in its life, two of which may fail. */
export const RENEW_MS = 1_500;
/** A leader stops acting so long before another may begin. */
const MARGIN_MS = 1_000;

/** What an election needs. */
export interface ElectionOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly namespace: string;
  /** Of the Lease that stands for leadership. */
  readonly name: string;
  /** Who this candidate is; differs between any two. */
  readonly identity: string;
}

/**
 * One candidate for leadership by a Lease. The holder renews it; whoever saw it unchanged for its whole duration may
 * take it, and the resourceVersion lets only one of them. Clocks of different machines are never compared.
 */
export class LeaderElection {
  readonly #options: ElectionOptions;
  #watch: LeaseWatch | undefined;
  #leadsUntil = -Infinity;

  constructor(options: ElectionOptions) {
    this.#options = options;
  }

  /** Whether this candidate leads at this moment; false in time before another could. */
  get leads(): boolean {
    return this.#options.clock.monotonic() < this.#leadsUntil;
  }

  /**
   * Renews, or takes what nobody renews.
   *
   * @throws ApiError, Unreachable; leadership then runs out by itself.
   */
  async campaign(): Promise<void> {
    const { cluster, clock, namespace, name, identity } = this.#options;
    const leases = cluster.resource(leaseKind);
    const asked = clock.monotonic();
    const lease = await orAbsent(leases.get(namespace, name));
    this.#watch = watchLease(this.#watch, lease, clock.monotonic());
    const isOurs = lease?.holder === identity;
    const isFree = !lease || lease.holder === "" || isSilent(this.#watch, lease, clock.monotonic());
    if (!isOurs && !isFree) return;
    const manifest = this.#manifest(clock.now() + (cluster.clockSkew ?? 0), lease?.resourceVersion);
    try {
      if (lease) await leases.replace(manifest, { fieldManager: FIELD_MANAGER });
      else await leases.create(manifest);
      this.#leadsUntil = asked + DURATION_S * 1000 - MARGIN_MS;
    } catch (error) {
      if (!(error instanceof ApiError && error.isConflict)) throw error; // another candidate was faster
      this.#leadsUntil = -Infinity;
    }
  }

  /** Gives leadership up, so that another can take it at once. */
  async resign(): Promise<void> {
    if (!this.leads) return;
    this.#leadsUntil = -Infinity;
    const { cluster, namespace, name, identity } = this.#options;
    const leases = cluster.resource(leaseKind);
    const lease = await orAbsent(leases.get(namespace, name));
    if (lease?.holder === identity) await orAbsent(leases.delete(namespace, name, { uid: lease.uid }));
  }

  #manifest(now: number, resourceVersion: string | undefined): Manifest {
    const { namespace, name, identity } = this.#options;
    return {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { namespace, name, ...(resourceVersion ? { resourceVersion } : {}) },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: DURATION_S,
        renewTime: new Date(now).toISOString().replace("Z", "000Z"),
      },
    };
  }
}
