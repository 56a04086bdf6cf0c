/** Which servers' port 53 is captured: those that this VM's programs ask, and those that the agent asks itself. */
import { parseListenAddress, parseResolvConf, parseServerAddress } from "../../dns/mod.ts";

/** Programs ask the first; where that names resolved's stub, resolved itself asks the servers of the second. */
export const SYSTEM_FILES = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"] as const;
/** resolved's stubs: what it asks is captured behind it (resolved.conf(5)). */
const RESOLVED_STUBS = ["127.0.0.53", "127.0.0.54"];
const DNS_PORT = 53;

export interface ServerSources {
  /** `dns.upstream`. */
  readonly upstream: "system" | readonly string[];
  /** `dns.listen`: never captured, it would be a loop of one. */
  readonly listen: readonly string[];
  /** This machine's own addresses. */
  readonly own: readonly string[];
  /** The text of a file; empty when it cannot be read. */
  readonly read: (path: string) => string;
}

/** Canonical addresses, sorted, each once. Scoped ones (`fe80::1%eth0`) cannot be redirected to loopback. */
export function capturedServers({ upstream, listen, own, read }: ServerSources): string[] {
  const configured = upstream === "system" ? [] : upstream.map(parseServerAddress)
    .filter(({ protocol, port }) => protocol === "plain" && port === DNS_PORT).map(({ address }) => address);
  const isLocal = (address: string) => isLoopback(address) || own.includes(address);
  // A forwarder on this VM asks further servers; captured as well, its questions would come back to it through us.
  const system = upstream !== "system" && upstream.some((server) => isLocal(parseServerAddress(server).address))
    ? []
    : SYSTEM_FILES.flatMap((path) => parseResolvConf(read(path)).nameservers);
  const ourselves = new Set(
    listen.map(parseListenAddress).filter(({ port }) => port === DNS_PORT).map((at) => at.address),
  );
  const everywhere = ourselves.has("0.0.0.0") || ourselves.has("::");
  return [...new Set([...configured, ...system])].filter((address) => {
    if (RESOLVED_STUBS.includes(address) || address.includes("%") || ourselves.has(address)) return false;
    return !(everywhere && isLocal(address));
  }).sort();
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
