import { bad, type Finding, good, messageOf } from "./finding.ts";

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
  const connections = await Promise.all(usable.map((address) => connect(address, Number(port))));
  return [...findings, ...connections.flat()];
}

interface Families {
  readonly ipv4: boolean;
  readonly ipv6: boolean;
}

/** What the kernel says when it has nowhere to send a packet to (ENETUNREACH, EHOSTUNREACH). */
const NO_ROUTE = /network is unreachable|no route to host/i;

/** The route is what a connection shows of it: one that is made or refused went there and back. */
async function connect(hostname: string, port: number): Promise<Finding[]> {
  const route = `route to ${hostname}`;
  const name = `connect ${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  const signal = AbortSignal.timeout(CONNECT_LIMIT_MS);
  try {
    using connection = await Deno.connect({ hostname, port, signal });
    const { hostname: source } = connection.localAddr as Deno.NetAddr;
    return [good(route, `there is one, from ${source}`), good(name, "connected")];
  } catch (error) {
    const fix = `ip route get ${hostname}; ClusterIPs and pod addresses need a route from this machine`;
    if (error instanceof Deno.errors.ConnectionRefused) {
      const refused = bad(name, "is refused: nobody listens there", "check the port, and the Service's endpoints");
      return [good(route, "there is one"), refused];
    }
    if (NO_ROUTE.test(messageOf(error))) return [bad(route, "there is none", fix)];
    const reason = signal.aborted ? `no answer within ${CONNECT_LIMIT_MS / 1000} s` : messageOf(error);
    return [bad(name, `${reason}: no route, or a firewall`, fix)];
  }
}
