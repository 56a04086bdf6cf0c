/** The nftables table that captures DNS: pure, from what is to be captured to commands of nft(8). */
import { parseListenAddress } from "../../dns/mod.ts";
import type { AgentProcess } from "./agent_process.ts";

/** Ours alone; nobody else's rules are ever touched. */
export const TABLE = "inet moorline_dns";
/** Before dstnat (-100), where Docker, kube-proxy and Istio hook in: the first translation of a connection wins. */
const PRIORITY = -110;

/** What is redirected, and whither. */
export interface CaptureRules {
  /** Servers whose port 53 is captured; canonical addresses of either family. */
  readonly servers: readonly string[];
  /** Where the agent answers, `127.0.0.1:15053`; a family without a listener is not captured. */
  readonly listen: readonly string[];
  /** Whose questions go on to the servers. */
  readonly exempt: AgentProcess;
}

/** Where a family's questions go. */
interface Target {
  readonly address: string;
  readonly port: number;
}

/** The listener that serves captured questions of one family, if there is one. */
export function captureTarget(listen: readonly string[], family: "ip" | "ip6"): Target | undefined {
  for (const text of listen) {
    const { address, port } = parseListenAddress(text);
    if (address.includes(":") === (family === "ip6")) return { address, port };
  }
  return undefined;
}

/** Those of the servers that no listener's family can stand in for. */
export function uncapturedServers({ servers, listen }: CaptureRules): string[] {
  return servers.filter((server) => captureTarget(listen, familyOf(server)) === undefined);
}

/**
 * One line for nft: makes the table if it is not there, and puts exactly these rules in place of the former ones, at
 * once or not at all.
 *
 * @param flags `owner`: the kernel drops the table when the process that made it ends (Linux 5.12).
 */
export function tableCommand(rules: CaptureRules, flags: "owner" | ""): string {
  const hook = `type nat hook output priority ${PRIORITY}; policy accept;`;
  return [
    `add table ${TABLE}${flags === "" ? "" : ` { flags ${flags}; }`}`,
    `add chain ${TABLE} output { ${hook} }`,
    `flush chain ${TABLE} output`,
    ...outputRules(rules).map((rule) => `add rule ${TABLE} output ${rule}`),
  ].join("; ");
}

/** The exemption first: the agent's own questions must reach the servers, or they would come back to it. */
function outputRules({ servers, listen, exempt }: CaptureRules): string[] {
  const rules = [exempt.uid === 0 ? `meta skgid ${exempt.gid} return` : `meta skuid ${exempt.uid} return`];
  for (const family of ["ip", "ip6"] as const) {
    const target = captureTarget(listen, family);
    const captured = servers.filter((server) => familyOf(server) === family);
    if (target === undefined || captured.length === 0) continue;
    for (const protocol of ["udp", "tcp"]) {
      const match = `${family} daddr { ${captured.join(", ")} } ${protocol} dport 53`;
      rules.push(`${match} ${translation(family, target)}`);
    }
  }
  return rules;
}

function translation(family: "ip" | "ip6", { address, port }: Target): string {
  // On the unspecified address loopback is as good as any: that is where redirect leads to.
  if (address === "0.0.0.0" || address === "::") return `redirect to :${port}`;
  return family === "ip" ? `dnat ip to ${address}:${port}` : `dnat ip6 to [${address}]:${port}`;
}

function familyOf(address: string): "ip" | "ip6" {
  return address.includes(":") ? "ip6" : "ip";
}
