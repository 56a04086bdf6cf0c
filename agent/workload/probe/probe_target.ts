import { canonicalIp, isLoopback } from "../host_address.ts";

/** Where probes may go. */
export interface TargetRules {
  /**
   * `own`: loopback and this workload's addresses only. A group is edited far from this VM and must not scan its
   * network.
   */
  readonly hosts: "own" | "any";
  /** This workload's addresses, the entry's first. */
  readonly addresses: readonly string[];
  /** Those of them that this machine has itself; another (NAT) cannot be probed from here. */
  readonly local: ReadonlySet<string>;
}

/**
 * The host that a probe goes to: the one it names, else the entry's address when it is this machine's, else localhost
 * (behind NAT the public address leads elsewhere).
 *
 * @returns a problem when the rules forbid the host.
 */
export function probeHost(host: string, rules: TargetRules): { readonly host: string } | { readonly problem: string } {
  if (!host) {
    const own = rules.addresses[0];
    return { host: own !== undefined && rules.local.has(own) ? own : "localhost" };
  }
  if (rules.hosts === "any" || isOwn(host, rules)) return { host };
  return { problem: `the probe's host ${host} is not this VM: set workload.probe.hosts to any to allow it` };
}

/** @returns whether `host` is loopback or one of the workload's own addresses. */
export function isOwn(host: string, rules: TargetRules): boolean {
  if (host.toLowerCase() === "localhost") return true;
  const ip = canonicalIp(host.replace(/^\[|\]$/g, ""));
  return ip !== undefined && (isLoopback(ip) || rules.addresses.includes(ip));
}

/** @returns `host:port` for a URL. */
export function authority(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
