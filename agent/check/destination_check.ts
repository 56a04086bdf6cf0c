import { bad, type Finding, good } from "./finding.ts";

/** A SYN that is lost twice; whoever answers at all does so by then. */
const CONNECT_LIMIT_MS = 3_000;

/** What the agent's DNS says of a name: addresses of both families, or why there are none. */
export type Ask = (
  name: string,
  type: "A" | "AAAA",
) => Promise<{ readonly addresses: readonly string[]; readonly reason: string }>;

/** Follows one destination as a program on this machine would: name, address families, route, connection. */
export async function checkDestination(destination: string, families: Families, ask: Ask): Promise<Finding[]> {
  const [, name = "", port] = /^(.*?)(?::(\d{1,5}))?$/.exec(destination) ?? [];
  const [a, aaaa] = await Promise.all([ask(name, "A"), ask(name, "AAAA")]);
  const addresses = [...a.addresses, ...aaaa.addresses];
  const findings: Finding[] = [];
  if (addresses.length === 0) {
    const fix = `moorline resolve --explain ${name}`;
    return [bad(`name ${name}`, `has no address (A: ${a.reason}; AAAA: ${aaaa.reason})`, fix)];
  }
  findings.push(good(`name ${name}`, addresses.join(", ")));
  const usable = addresses.filter((address) => address.includes(":") ? families.ipv6 : families.ipv4);
  if (usable.length === 0) {
    const family = addresses[0]!.includes(":") ? "IPv6" : "IPv4";
    return [...findings, bad("address family", `this machine has no ${family} address`, "ip address")];
  }
  findings.push(
    good("address family", `${usable.length} of ${addresses.length} addresses are of a family that this machine has`),
  );
  if (port === undefined) return findings;
  return [...findings, ...await Promise.all(usable.map((address) => connect(address, Number(port))))];
}

interface Families {
  readonly ipv4: boolean;
  readonly ipv6: boolean;
}

async function connect(hostname: string, port: number): Promise<Finding> {
  const name = `connect ${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  const signal = AbortSignal.timeout(CONNECT_LIMIT_MS);
  try {
    using connection = await Deno.connect({ hostname, port, signal });
    return good(name, `connected from ${(connection.localAddr as Deno.NetAddr).hostname}`);
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) {
      return bad(name, "is refused: there is a way, but nobody listens", "check the port, and the Service's endpoints");
    }
    const reason = signal.aborted ? `no answer within ${CONNECT_LIMIT_MS / 1000} s` : "there is no route";
    return bad(name, reason, `ip route get ${hostname}; ClusterIPs and pod addresses need a route from this machine`);
  }
}
