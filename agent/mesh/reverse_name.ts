import { parseIp } from "../../dns/mod.ts";

/**
 * The owner name of an address's PTR record (RFC 1035, 3.5; RFC 3596, 2.5).
 *
 * @param address in canonical form.
 */
export function reverseName(address: string): string {
  if (!address.includes(":")) return `${address.split(".").reverse().join(".")}.in-addr.arpa`;
  const bytes = parseIp(address)!;
  let name = "";
  for (let i = 15; i >= 0; i--) name += `${(bytes[i]! & 15).toString(16)}.${(bytes[i]! >> 4).toString(16)}.`;
  return `${name}ip6.arpa`;
}
