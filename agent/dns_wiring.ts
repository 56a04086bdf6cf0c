import { cryptoRandom, type DnsOptions, type ServiceRules } from "../dns/mod.ts";
import { systemClock } from "../registry/mod.ts";
import type { AgentCapture } from "./capture/mod.ts";
import type { Config } from "./config/mod.ts";
import type { Log } from "./log.ts";
import { VERSION } from "./version.ts";

/** The `dns:` section as the DNS service takes it; `capture` adds where else to listen and to look for servers. */
export function dnsOptions(
  config: Config,
  own: readonly string[],
  log: Log,
  capture?: Pick<AgentCapture, "listen" | "systemFiles">,
): DnsOptions {
  const { listen, allow, cache, upstream, upstreamTimeout, upstreamCaFile, zones } = config.dns;
  return {
    ...{ allow, cache, upstream, upstreamTimeout, upstreamCaFile, zones, log },
    listen: [...listen, ...capture?.listen ?? []],
    ...capture?.systemFiles ? { systemFiles: capture.systemFiles } : {},
    clock: systemClock,
    random: cryptoRandom,
    rules: serviceRules(config, own),
    queryLog: config.log.queries,
  };
}

/** @param own names that the agent itself needs. */
export function serviceRules({ dns, clusters, workloads }: Config, own: readonly string[]): ServiceRules {
  return {
    shortNames: dns.shortNames,
    aliases: dns.aliases,
    search: dns.search,
    namespace: workloads[0]?.namespace ?? "default",
    domains: clusters.map(({ domain }) => domain),
    negativeTtl: dns.negativeTtl,
    own,
    version: `moorline ${VERSION}`,
    id: Deno.hostname(),
    cookieSecret: crypto.getRandomValues(new Uint8Array(16)),
  };
}
