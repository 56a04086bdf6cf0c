import type { Clock } from "../../registry/mod.ts";
import { type AddressFacts, chooseAddresses } from "./address.ts";
import { holderOf } from "./claim.ts";
import { type Cluster, orAbsent } from "./cluster.ts";
import type { Writer } from "./entry.ts";
import { adoptEntry, createEntry, isAsWanted, updateEntry } from "./entry_writes.ts";
import { UNPROBED } from "./health.ts";
import { isSilent, watchLease } from "./lease.ts";
import { type Publication, publicationFor } from "./publication.ts";
import { removeEntry } from "./remove_entry.ts";
import type { Situation } from "./situation.ts";
import { leaseKind, ownEntryKind, owningServiceKind, type WorkloadGroup, workloadGroupKind } from "./workload_kinds.ts";
import { withGroupFile, type WorkloadOptions } from "./workload_options.ts";

/** What `register` and `deregister` need. */
export interface OnceOptions {
  readonly workload: WorkloadOptions;
  readonly cluster: Cluster;
  readonly writer: Writer;
  readonly groupFromFile?: WorkloadGroup;
  readonly network: AddressFacts;
  readonly clock: Clock;
}

/** What was written or removed. */
export interface OnceResult {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** `unchanged`: it was so already; `absent`: there was none of ours to remove. */
  readonly act: "created" | "adopted" | "updated" | "unchanged" | "removed" | "absent";
}

/**
 * Registers without staying: a static entry that nobody watches over (no Lease, no connectedAt, no health checks),
 * which the collector leaves alone.
 *
 * @throws Error with one sentence when there is no group or address, or when another agent holds the entry; ApiError,
 *   Unreachable.
 */
export async function registerOnce(given: OnceOptions): Promise<OnceResult[]> {
  const options = withGroupFile(given);
  const publication = await publicationOf(options);
  const objects = options.cluster.resource(publication.kind);
  const results: OnceResult[] = [];
  for (const [name, wish] of publication.wishes) {
    const { namespace } = options.workload;
    const present = await orAbsent(objects.get(namespace, name));
    const wanted = wish(present);
    const holder = holderOf(present, options.writer.agentId);
    if (present && holder.by === "agent") await refuseWhileHeld(options, name, holder);
    const act = !present ? "created" : holder.by === "stranger" ? "adopted" : "updated";
    const report = { kind: publication.kind.kind, namespace, name };
    if (present && act === "updated" && isAsWanted(present.object, wanted)) {
      results.push({ ...report, act: "unchanged" });
    } else {
      if (!present) await createEntry(objects, wanted);
      else await (act === "adopted" ? adoptEntry : updateEntry)(objects, present, wanted);
      results.push({ ...report, act });
    }
    await dropOwnLease(options, name);
  }
  return results;
}

/**
 * Removes what this VM registered, by `register` or by a running agent.
 *
 * @throws as `registerOnce`.
 */
export async function deregisterOnce(given: OnceOptions): Promise<OnceResult[]> {
  const options = withGroupFile(given);
  const { cluster, workload: { namespace }, writer: { agentId } } = options;
  const { kind, wishes } = await publicationOf(options);
  const results: OnceResult[] = [];
  for (const name of wishes.keys()) {
    const removed = await removeEntry(cluster, kind, namespace, name, agentId);
    results.push({ kind: kind.kind, namespace, name, act: removed ? "removed" : "absent" });
  }
  return results;
}

async function publicationOf({ workload, cluster, writer, groupFromFile, network }: OnceOptions): Promise<Publication> {
  const { namespace, publish, labels, locality, tls } = workload;
  const choice = chooseAddresses(workload.address, network);
  if ("problem" in choice) throw new Error(choice.problem);
  const group = groupFromFile ?? await orAbsent(cluster.resource(workloadGroupKind).get(namespace, workload.group));
  if (!group) throw new Error(`WorkloadGroup ${namespace}/${workload.group} does not exist: create it first`);
  const situation: Situation = {
    group,
    writer,
    place: { address: choice.addresses[0] ?? "", network: workload.network, locality, labels, tls },
    addresses: choice.addresses,
    isProbed: false,
    health: UNPROBED,
    toldBy: "condition",
    drainingSince: undefined,
    istioCleanup: false,
    isStatic: true,
    everDeleted: 0,
    jitter: 0,
    serverNow: 0,
  };
  const hasEntries = publish !== "auto" || await cluster.serves(ownEntryKind);
  if (publish !== "endpoint-slice" && hasEntries) return publicationFor(situation, undefined);
  if (workload.service === "") throw new Error("workload.service is empty: endpoint slices need their Service's name");
  const service = await orAbsent(cluster.resource(owningServiceKind).get(namespace, workload.service));
  if (!service) throw new Error(`Service ${namespace}/${workload.service} does not exist: create it first`);
  return publicationFor(situation, service);
}

async function refuseWhileHeld(
  { cluster, workload: { namespace }, clock }: OnceOptions,
  name: string,
  holder: { readonly agentId: string; readonly isStatic: boolean },
): Promise<void> {
  const lease = await orAbsent(cluster.resource(leaseKind).get(namespace, name));
  const watch = watchLease(undefined, lease, clock.monotonic());
  const serverNow = cluster.clockSkew === undefined ? undefined : clock.now() + cluster.clockSkew;
  if (!holder.isStatic && lease && isSilent(watch, lease, clock.monotonic(), serverNow)) return;
  const why = holder.isStatic ? "registered it statically" : "holds it";
  throw new Error(`${namespace}/${name} is another VM's: agent ${holder.agentId} ${why}; deregister it there first`);
}

async function dropOwnLease({ cluster, workload: { namespace }, writer }: OnceOptions, name: string): Promise<void> {
  const leases = cluster.resource(leaseKind);
  const lease = await orAbsent(leases.get(namespace, name));
  if (lease?.holder === writer.agentId) await orAbsent(leases.delete(namespace, name, { uid: lease.uid }));
}
