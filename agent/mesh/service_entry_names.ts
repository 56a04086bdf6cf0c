import { familyServed, isVirtual, reachable } from "./address_choice.ts";
import type { ClusterContext } from "./cluster_context.ts";
import type { MeshKindName } from "./cluster_view.ts";
import { isUnder } from "./host_name.ts";
import { type Claim, type Claims, RANK } from "./name_claim.ts";
import { addressRecords } from "./nearness.ts";
import { ignore, type Remark } from "./remark.ts";
import type { ServiceEntry } from "./service_entry_kind.ts";
import { exceptions, exportRank, hostRefusal } from "./visibility.ts";
import type { MeshEndpoint, WorkloadEntry } from "./workload_entry_kind.ts";

/**
 * The hosts of a ServiceEntry and what they answer to a VM. In this order, the first that yields something:
 *
 * 1. `spec.addresses` that are single addresses. A network says where the host is, not at which address.
 * 2. With `virtualIps`: what Istio allocated for the host, as long as Istio itself would use it.
 * 3. The endpoints: inline ones, or the healthy WorkloadEntries that the selector names. Istio answers nothing here, or
 *    an address that its proxy intercepts; a VM without a proxy needs those that it can connect to.
 *    If none of those is healthy the name stays, without an address.
 * 4. Nothing: the name is not the mesh's to answer. A host with `resolution: DNS` and no endpoints is a real name, which
 *    upstream knows; so is one whose only endpoint is the host itself.
 *
 * @param workloads the WorkloadEntries of the ServiceEntry's namespace.
 */
export function serviceEntryClaims(
  entry: ServiceEntry,
  workloads: readonly WorkloadEntry[],
  context: ClusterContext,
  remark: Remark = ignore,
): Claims {
  const claims = new Map<string, Claim>();
  const { rules, domains } = context;
  for (const { value, reason } of entry.dropped) remark("bad-part", reason, value);
  const rank = exportRank(entry.exportTo, entry.namespace, rules.namespaces);
  if (rank === undefined) {
    remark("not-exported", `exportTo is ${entry.exportTo.join(", ")}`);
    return claims;
  }
  const kinds: MeshKindName[] = entry.selector === null ? ["serviceentries"] : ["serviceentries", "workloadentries"];
  const stale = kinds.some((kind) => context.knowledge.isUnconfirmed(kind)) ? { unconfirmed: true } : {};
  const unites = `namespace ${entry.namespace}`;
  for (const host of entry.hosts) {
    const refusal = hostRefusal(host, entry.namespace, rules, domains);
    if (refusal) {
      remark(refusal.code, refusal.reason, host);
      continue;
    }
    const answer = hostAnswer(entry, host, workloads, context, remark);
    if (answer === undefined) continue;
    const inside = domains.some((domain) => isUnder(host, domain));
    const others = inside ? "nodata" : "upstream";
    claims.set(host, { ...answer, others, rank, createdAt: entry.createdAt, unites, ...stale });
    for (const name of inside ? [] : exceptions(host, rules.hosts)) {
      remark("denied", `dns.hosts.deny has ${name}`, name);
      claims.set(name, {
        records: [],
        others: "upstream",
        below: "relay",
        rank: RANK.exception,
        createdAt: entry.createdAt,
      });
    }
  }
  return claims;
}

type Answer = Pick<Claim, "records" | "below">;

/** What one host answers; undefined: nothing of ours, so that upstream is asked. */
function hostAnswer(
  entry: ServiceEntry,
  host: string,
  workloads: readonly WorkloadEntry[],
  context: ClusterContext,
  remark: Remark,
): Answer | undefined {
  const { rules } = context;
  const fixed = usable(entry.addresses, rules.virtualIps, "spec.addresses", host, remark);
  if (fixed.length > 0) return answer("spec.addresses", plain(fixed), context, host, remark);
  if (entry.addressed && entry.addresses.length === 0) {
    remark("left-upstream", "spec.addresses holds only networks", host);
    return undefined;
  }
  const virtual = allocatedFor(entry, host);
  if (rules.virtualIps && virtual.length > 0) {
    return answer("status.addresses, allocated by Istio", plain(virtual), context, host, remark);
  }
  if (virtual.length > 0) {
    remark(
      "virtual",
      `Istio allocated ${virtual.join(", ")}, which only a proxy can reach (dns.virtualIps is off)`,
      host,
    );
  }
  if (entry.selector === null) return endpointsAnswer(entry, host, entry.endpoints, context, remark);
  remark("pods-unread", "its workloadSelector is matched against WorkloadEntries; pods are not read", host);
  const known = context.knowledge.knows("workloadentries", entry.namespace);
  if (known === "pending") return { records: [], below: "pending" };
  if (known === "unreadable") {
    remark("workloads-unread", `WorkloadEntries in ${entry.namespace} may not be read`, host);
    return undefined;
  }
  // Workloads that are there but unwell do not make the name somebody else's: upstream's NXDOMAIN would be remembered
  // by those who asked for longer than the workloads need to recover.
  const chosen = workloads.filter((workload) => selects(entry, workload));
  const healthy = healthyOf(chosen, remark, host);
  if (chosen.length > 0 && healthy.length === 0) return { records: [] };
  return endpointsAnswer(entry, host, healthy, context, remark);
}

/** Those of the chosen WorkloadEntries that are healthy. */
function healthyOf(chosen: readonly WorkloadEntry[], remark: Remark, host: string): readonly MeshEndpoint[] {
  if (chosen.length === 0) {
    remark("nobody-selected", "no WorkloadEntry has the labels of its workloadSelector (pods are not read)", host);
  }
  return chosen.filter(({ healthy, name }) => {
    if (!healthy) remark("unhealthy", `WorkloadEntry ${name} is not healthy`, host);
    return healthy;
  }).map(({ endpoint }) => endpoint);
}

/** Whether a ServiceEntry's selector names a WorkloadEntry of its namespace. An empty selector names none, as in Istio. */
export function selects({ selector, namespace }: ServiceEntry, workload: WorkloadEntry): boolean {
  if (selector === null || workload.namespace !== namespace) return false;
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => workload.labels[key] === value);
}

/**
 * Addresses of endpoints in this VM's network; those of another are reached through gateways that only proxies use. An
 * endpoint that is a name makes the host an alias: of the first such name, since a name has one alias at most.
 */
function endpointsAnswer(
  entry: ServiceEntry,
  host: string,
  endpoints: readonly MeshEndpoint[],
  context: ClusterContext,
  remark: Remark,
): Answer | undefined {
  const { network } = context.rules;
  const near = endpoints.filter((endpoint) => {
    const other = endpoint.network !== "" && network !== "" && endpoint.network !== network;
    if (other) remark("network", `${shown(endpoint)} is in network ${endpoint.network}, this VM in ${network}`, host);
    if (!other && endpoint.address === "") {
      remark("bad-part", `${shown(endpoint)} is no address that DNS can hold`, host);
    }
    return !other && endpoint.address !== "";
  });
  const places = near.filter(({ isName }) => !isName);
  const rule = entry.selector === null ? "its endpoints" : "the healthy WorkloadEntries that its selector names";
  if (places.length > 0) return answer(rule, places, context, host, remark);
  // Only DNS resolutions take names (C.1 of Istio's validation); in others Istio cannot use them either.
  const target = near.filter(({ isName }) => isName).map(({ address }) => address).sort()[0];
  if (target === undefined) {
    remark("left-upstream", `resolution ${entry.resolution} without an endpoint that is an address`, host);
    return undefined;
  }
  if (!entry.resolution.startsWith("DNS")) {
    remark("bad-part", `endpoint ${target} is a name, which resolution ${entry.resolution} does not take`, host);
    return undefined;
  }
  if (target === host) {
    remark("left-upstream", "its endpoint is the host itself: a real name", host);
    return undefined;
  }
  remark("rule", `${rule}, as an alias`, host);
  return { records: [{ type: "CNAME", target }] };
}

function answer(
  rule: string,
  places: readonly { address: string; locality: string }[],
  { rules }: ClusterContext,
  host: string,
  remark: Remark,
): Answer {
  remark("rule", rule, host);
  for (const { address } of places) {
    if (!familyServed(address, rules.families)) remark("family", `this VM has no route for ${address}`, host);
  }
  return { records: reachable(addressRecords(places, rules.locality), rules) };
}

/** Without virtual IPs, leaves out addresses that lead nowhere without a proxy. */
function usable(
  addresses: readonly string[],
  virtualIps: boolean,
  where: string,
  host: string,
  remark: Remark,
): readonly string[] {
  return addresses.filter((address) => {
    const useless = !virtualIps && isVirtual(address);
    if (useless) remark("virtual", `${address} of ${where} is an address that only a proxy can reach`, host);
    return !useless;
  });
}

/**
 * What Istio allocated for a host and would itself use: not beside spec.addresses, not for resolution NONE, not where
 * the label opts out, not for wildcards unless they are resolved dynamically. The last one of each family counts.
 */
function allocatedFor(entry: ServiceEntry, host: string): readonly string[] {
  if (entry.addressed || entry.resolution === "NONE" || !entry.autoAllocate) return [];
  if (host.startsWith("*.") && entry.resolution !== "DYNAMIC_DNS") return [];
  const own = entry.allocated.filter((allocated) => allocated.host === host).map(({ address }) => address);
  const last = [own.findLast((address) => !address.includes(":")), own.findLast((address) => address.includes(":"))];
  return last.filter((address) => address !== undefined);
}

function plain(addresses: readonly string[]): { address: string; locality: string }[] {
  return addresses.map((address) => ({ address, locality: "" }));
}

function shown({ address, written }: MeshEndpoint): string {
  return address || written || "an endpoint without address";
}
