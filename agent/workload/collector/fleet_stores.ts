import {
  type Clock,
  type Identified,
  type Kind,
  type KubeClient,
  type Log,
  type Random,
  Reflector,
  Store,
  type StoreReader,
  watchSource,
} from "../../../registry/mod.ts";
import { HEARTBEAT_LABEL } from "../lease.ts";
import { type Lease, leaseKind, ownEntryKind, ownSliceKind, type WrittenObject } from "../workload_kinds.ts";

/** Everything that moorline wrote in a cluster. */
export interface FleetStores {
  readonly entries: StoreReader<WrittenObject>;
  readonly slices: StoreReader<WrittenObject>;
  readonly leases: StoreReader<Lease>;
  /** Follows until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Follows entries, slices and heartbeats of these namespaces, or of the whole cluster when there are none named. Leases
 * and slices are found by their label; WorkloadEntries carry the labels of their group only, so all of them are read.
 */
export function followFleet(
  client: KubeClient,
  namespaces: readonly string[],
  common: { readonly clock: Clock; readonly random: Random; readonly log: Log },
): FleetStores {
  const reflectors: { run(signal: AbortSignal): Promise<void> }[] = [];
  const follow = <T extends Identified>(kind: Kind<T>, labelSelector: string): StoreReader<T> => {
    const store = new Store<T>(common.clock);
    for (const namespace of namespaces.length > 0 ? namespaces : [""]) {
      const source = watchSource(client, kind, { namespace, labelSelector });
      reflectors.push(new Reflector<T>({ source, writer: store.part(namespace || "all"), ...common }));
    }
    return store;
  };
  const heartbeats = Object.entries(HEARTBEAT_LABEL).map((pair) => pair.join("=")).join(",");
  return {
    entries: follow(ownEntryKind, ""),
    slices: follow(ownSliceKind, "endpointslice.kubernetes.io/managed-by=moorline"),
    leases: follow(leaseKind, heartbeats),
    async run(signal) {
      await Promise.all(reflectors.map((reflector) => reflector.run(signal)));
    },
  };
}
