import type { StatusDocument } from "../admin/mod.ts";
import { type Config, splitHostPort } from "../config/mod.ts";
import { bad, type Finding, good, messageOf } from "./finding.ts";

/** Istio's own agent has DNS on 15053 and health on 15021 too; both agents can live side by side. */
const BESIDE_ISTIO = "beside Istio's agent set dns.listen to 127.0.0.1:25053 and admin.listen to 127.0.0.1:25021";

/** Who holds a port, as `envoy (pid 7)`; undefined when that cannot be found out. */
export type PortHolder = (protocol: "udp" | "tcp", port: number) => string | undefined;

/**
 * Whether every address of the configuration can be listened on.
 *
 * @param running the agent that is running already, whose ports are in use by right.
 */
export function checkPorts(config: Config, running: StatusDocument | undefined, holder: PortHolder): Finding[] {
  const { admin, dns } = config;
  return [
    ...dns.listen.map((address) => checkPort("dns.listen", address, ["udp", "tcp"], running, holder)),
    ...(["listen", "public"] as const).filter((key) => admin[key] !== "")
      .map((key) => checkPort(`admin.${key}`, admin[key], ["tcp"], running, holder)),
  ];
}

function checkPort(
  key: string,
  address: string,
  protocols: readonly ("udp" | "tcp")[],
  running: StatusDocument | undefined,
  holder: PortHolder,
): Finding {
  const name = `${key} ${address}`;
  const { host: hostname = "", port = 0 } = splitHostPort(address) ?? {};
  for (const protocol of protocols) {
    try {
      tryPort(protocol, hostname, port);
    } catch (error) {
      if (error instanceof Deno.errors.PermissionDenied) {
        return bad(name, `may not be listened on by this user`, `run as root, or set ${key} to a port above 1023`);
      }
      if (!(error instanceof Deno.errors.AddrInUse)) {
        return bad(name, `cannot be listened on: ${messageOf(error)}`, `set ${key} to an address of this machine`);
      }
      const who = holder(protocol, port);
      if (running && who?.endsWith(`(pid ${running.agent.pid})`)) return good(name, "served by the running agent");
      if (running && who === undefined) return good(name, "in use; most likely by the running agent");
      const isIstio = who !== undefined && /^(pilot-agent|envoy)\b/.test(who);
      const fix = isIstio ? BESIDE_ISTIO : `stop ${who ?? "what holds it"}, or set ${key} to another port`;
      return bad(name, `${protocol.toUpperCase()} is in use${who ? ` by ${who}` : ""}`, fix);
    }
  }
  return good(name, "free");
}

function tryPort(protocol: "udp" | "tcp", hostname: string, port: number): void {
  if (protocol === "tcp") Deno.listen({ hostname, port }).close();
  else Deno.listenDatagram({ transport: "udp", hostname, port }).close();
}
