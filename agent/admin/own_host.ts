/**
 * Whether a Host header names this machine: one of its addresses, loopback, `localhost`, its host name, or one of
 * `names`. A page of another site that a browser was talked into loading under its own name (DNS rebinding) fails here.
 * A request without the header comes from no browser (HTTP/1.0 health checks) and passes.
 */
export function isOwnHost(header: string | null, machine: Machine): boolean {
  if (header === null || header === "") return true;
  const host = /^\[([^\]]+)\](?::\d+)?$/.exec(header)?.[1] ?? header.replace(/:\d+$/, "");
  const name = host.toLowerCase().replace(/\.$/, "");
  if (name === "localhost" || /^127(\.\d{1,3}){3}$/.test(name) || name === "::1") return true;
  return machine.names().some((own) => own.toLowerCase() === name) || machine.addresses().includes(name);
}

/** What this machine is called, and where it is reached; asked for each request, since both change. */
export interface Machine {
  names(): readonly string[];
  addresses(): readonly string[];
}

/** The machine that this runs on. */
export const thisMachine: Machine = {
  names: () => [Deno.hostname()],
  addresses: () => Deno.networkInterfaces().map(({ address }) => address.toLowerCase()),
};
