import { parseIp } from "../../dns/mod.ts";

/** The owner name of an address's PTR record (RFC 1035, 3.5; RFC 3596, 2.5); undefined when `address` is none. */
export function reverseName(address: string): string | undefined {
  const bytes = parseIp(address);
  if (!bytes) return undefined;
  if (bytes.length === 4) return `${bytes[3]}.${bytes[2]}.${bytes[1]}.${bytes[0]}.in-addr.arpa`;
  let name = "";
  for (let i = 15; i >= 0; i--) name += `${(bytes[i]! & 15).toString(16)}.${(bytes[i]! >> 4).toString(16)}.`;
  return `${name}ip6.arpa`;
}
