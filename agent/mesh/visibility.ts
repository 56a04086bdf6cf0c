import { covers, isSpecialUse, isUnder } from "./host_name.ts";
import type { HostRules, MeshRules } from "./mesh_rules.ts";
import { RANK, type Rank } from "./name_claim.ts";
import type { RemarkCode } from "./remark.ts";

/** Where Istio's own configuration lives: its ServiceEntries are the mesh administrator's. */
const ROOT_NAMESPACE = "istio-system";

/**
 * How an object of `owner` is visible to workloads in `viewers`: as their own, exported to them by name, exported to
 * everyone. Nothing said means everyone (Istio's default; a mesh-wide other default is not readable from objects).
 *
 * @returns undefined when it is not visible.
 */
export function exportRank(exportTo: readonly string[], owner: string, viewers: readonly string[]): Rank | undefined {
  const everyone = exportTo.length === 0 || exportTo.includes("*");
  if (viewers.includes(owner) && (everyone || exportTo.includes(".") || exportTo.includes(owner))) return RANK.ownEntry;
  if (viewers.some((viewer) => exportTo.includes(viewer))) return RANK.namedEntry;
  return everyone ? RANK.publicEntry : undefined;
}

export interface Refusal {
  readonly code: RemarkCode;
  readonly reason: string;
}

/**
 * Why a host that ServiceEntries of `namespace` declare is not served; undefined when it may be. Hosts in the clusters'
 * own domains are the mesh's business; hosts elsewhere are real names of others, and only trusted namespaces may speak
 * for them.
 */
export function hostRefusal(
  host: string,
  namespace: string,
  rules: MeshRules,
  domains: readonly string[],
): Refusal | undefined {
  if (isSpecialUse(host)) return { code: "special-use", reason: "the name has a meaning of its own (RFC 6761)" };
  if (rules.reserved.includes(host)) return { code: "reserved", reason: "the agent itself needs this name" };
  if (domains.some((domain) => isUnder(host, domain))) return undefined;
  if (!trusts(namespace, rules)) {
    return { code: "not-trusted", reason: `namespace ${namespace} is not in dns.hosts.from` };
  }
  const { allow, deny } = rules.hosts;
  const denied = deny.find((pattern) => covers(pattern, host));
  if (denied !== undefined) return { code: "denied", reason: `dns.hosts.deny has ${denied}` };
  if (allow.length > 0 && !allow.some((pattern) => covers(pattern, host))) {
    return { code: "not-allowed", reason: "it is not in dns.hosts.allow" };
  }
  return undefined;
}

/** Whether hosts outside the clusters' domains are taken from this namespace. */
export function trusts(namespace: string, { hosts, namespaces }: MeshRules): boolean {
  if (hosts.from.length === 0) return namespace === ROOT_NAMESPACE || namespaces.includes(namespace);
  return hosts.from.includes("*") || hosts.from.includes(namespace);
}

/** The names under a wildcard host that the wildcard must not answer. */
export function exceptions(host: string, { deny }: HostRules): readonly string[] {
  return host.startsWith("*.") ? deny.filter((name) => name !== host && covers(host, name)) : [];
}
