import { DnsService } from "../../dns/mod.ts";
import type { Config } from "../config/mod.ts";
import { dnsOptions } from "../dns_wiring.ts";
import { bad, type Finding, good, messageOf } from "./finding.ts";

/** `. NS`: every resolver has an answer to it, and no answer says as much about the server. RFC 1035 4.1. */
const ROOT_QUERY = Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1);

/** Whether each upstream answers a question, asked as the agent asks it: over UDP, TCP or TLS, from its own sockets. */
export async function checkUpstreams(config: Config): Promise<Finding[]> {
  try {
    const general = await serversOf(config);
    if (general.length === 0) {
      const fix = "name servers in /etc/resolv.conf, or set dns.upstream";
      return [bad("dns.upstream", "the system names no server that could be asked", fix)];
    }
    const zones = config.dns.zones.flatMap(({ zone, upstream }) => upstream.map((server) => ({ zone, server })));
    return await Promise.all([
      ...general.map((server) => checkServer(config, `upstream ${server}`, server)),
      ...zones.map(({ zone, server }) => checkServer(config, `upstream ${server} for ${zone}`, server)),
    ]);
  } catch (error) {
    return [bad("dns.upstream", messageOf(error), "set dns.upstream to servers as docs/configuration.md writes them")];
  }
}

/** Those of the configuration, or those that the system names. */
async function serversOf(config: Config): Promise<string[]> {
  const dns = service(config, config.dns.upstream);
  await dns.start();
  const servers = dns.status().upstreams.map(({ server }) => server);
  await dns.stop();
  return servers;
}

async function checkServer(config: Config, name: string, server: string): Promise<Finding> {
  const dns = service(config, [server]);
  try {
    await dns.start();
    const { outcome } = await dns.explain(ROOT_QUERY);
    const failure = dns.status().upstreams[0]?.lastFailure;
    if (outcome && !failure) return good(name, `answers within ${Math.ceil(outcome.milliseconds)} ms`);
    const fix = "check the address, the way to it, and firewalls on port 53 or 853";
    return bad(name, `does not answer: ${failure || "no reply"}`, fix);
  } finally {
    await dns.stop();
  }
}

/** A DNS service of its own on a free port, with nothing but these servers. */
function service(config: Config, upstream: Config["dns"]["upstream"]): DnsService {
  const cache = { ...config.dns.cache, entries: 256 };
  const dns = { ...config.dns, listen: ["127.0.0.1:0"], upstream, zones: [], cache };
  return new DnsService(dnsOptions({ ...config, dns }, [], () => {}));
}
