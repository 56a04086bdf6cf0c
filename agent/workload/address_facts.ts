import { readKernelFile } from "../kernel_file.ts";
import type { AddressFacts } from "./address.ts";
import { canonicalIp } from "./host_address.ts";

/** How long the look towards the API server may take: a SYN lost twice. */
const CONNECT_LIMIT_MS = 3_000;

/** Interfaces that container and virtual machine managers make, where the kernel does not say that they are bridges. */
const BRIDGE_NAME = /^(docker|br-|virbr|podman|cni|lxcbr|lxdbr|veth|flannel|cali)/;

/** IFA_F_TEMPORARY, IFA_F_DADFAILED, IFA_F_DEPRECATED, IFA_F_TENTATIVE (linux/if_addr.h). */
const FLEETING_FLAGS = 0x01 | 0x08 | 0x20 | 0x40;

/** Looks at this VM's network once. What cannot be read (other systems, a sandbox) is left out, never an error. */
export async function readAddressFacts(towardsApi: string | undefined): Promise<AddressFacts> {
  const interfaces = Deno.networkInterfaces().map(({ name, address }) => ({ name, address }));
  const bridges = new Set<string>();
  for (const name of new Set(interfaces.map((i) => i.name))) {
    if (BRIDGE_NAME.test(name) || await exists(`/sys/class/net/${name}/bridge`)) bridges.add(name);
  }
  const fleeting = parseFleeting(await readKernelFile("/proc/net/if_inet6"));
  return { interfaces, bridges, fleeting, ...(towardsApi ? { towardsApi } : {}) };
}

/**
 * The source address that the kernel chooses towards a server, learnt from one TCP connection.
 *
 * @returns undefined when no connection comes about.
 */
export async function sourceAddressTowards(hostname: string, port: number): Promise<string | undefined> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), CONNECT_LIMIT_MS);
  try {
    using connection = await Deno.connect({ hostname, port, signal: limit.signal });
    return connection.localAddr.hostname;
  } catch {
    return undefined; // unreachable now; asked again later
  } finally {
    clearTimeout(timer);
  }
}

/** Reads /proc/net/if_inet6: `<32 hex digits> <index> <prefix> <scope> <flags> <interface>`. */
export function parseFleeting(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const line of text.split("\n")) {
    const [digits = "", , , , flags = "0"] = line.trim().split(/\s+/);
    const ip = digits.length === 32 && canonicalIp(digits.match(/.{4}/g)?.join(":") ?? "");
    if (ip && parseInt(flags, 16) & FLEETING_FLAGS) found.add(ip);
  }
  return found;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
