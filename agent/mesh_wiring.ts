import type { ConnectedCluster } from "./clients.ts";
import type { Config } from "./config/mod.ts";
import { splitHostPort } from "./config/mod.ts";
import { usableFamilies } from "./families.ts";
import type { MeshCluster, MeshRules, Probe } from "./mesh/mod.ts";
import { sourceOf } from "./mesh/mod.ts";
import { VERSION } from "./version.ts";

/** What the configuration says of names, in the mesh's words. */
export function meshRules(config: Config, agentId: string, reserved: readonly string[]): MeshRules {
  const { dns, workloads } = config;
  const [first] = workloads;
  return {
    namespaces: [...new Set(workloads.map(({ namespace }) => namespace))],
    ttl: dns.ttl / 1000,
    negativeTtl: dns.negativeTtl / 1000,
    answers: dns.answers,
    virtualIps: dns.virtualIps,
    hosts: dns.hosts,
    families: usableFamilies(dns.families, Deno.networkInterfaces()),
    locality: first?.locality ?? "",
    network: first?.network ?? "",
    records: dns.records,
    reserved,
    self: { agentId, version: VERSION, addresses: [], servers: serverAddresses(dns.listen) },
  };
}

/** What is read of each cluster, and how. */
export function meshClusters(clusters: readonly ConnectedCluster[]): MeshCluster[] {
  return clusters.map(({ config, client }) => ({
    name: config.name,
    domain: config.domain,
    namespaces: config.namespaces,
    source: sourceOf(client, config.source, config.pollInterval),
  }));
}

/** Host names that the agent itself has to reach: API servers and DNS-over-TLS servers. Addresses need no name. */
export function neededNames(config: Config, clusters: readonly ConnectedCluster[]): string[] {
  const servers = clusters.map(({ client }) => new URL(client.access.server).hostname);
  const upstreams = [config.dns.upstream, ...config.dns.zones.map(({ upstream }) => upstream)].flat();
  const named = upstreams.map((upstream) => /^tls:\/\/([^@]+)@/.exec(upstream)?.[1] ?? "");
  return [...new Set([...servers, ...named])].filter((name) => /[a-z]/i.test(name) && !name.includes(":"));
}

/** Whether a TCP port takes connections; who refused one cannot be told: the server, or a firewall before it. */
export const connectProbe: Probe = async (hostname, port, signal) => {
  try {
    (await Deno.connect({ hostname, port, signal })).close();
    return true;
  } catch (error) {
    return error instanceof Deno.errors.ConnectionRefused && !signal.aborted ? "refused" : false;
  }
};

/** The addresses of `dns.listen`; a wildcard stands for loopback, from where this VM asks. */
function serverAddresses(listen: readonly string[]): string[] {
  const hosts = listen.map((text) => splitHostPort(text)?.host ?? "");
  return [...new Set(hosts.map((host) => host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host))];
}
