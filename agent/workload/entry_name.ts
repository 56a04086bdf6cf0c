import { canonicalIp } from "./host_address.ts";

/** RFC 1123 subdomain: what the API server accepts as the name of an entry or Lease. */
const NAME_LIMIT = 253;
/** 8 characters of base 36 are 41 bits: among 10,000 names the chance that two agree is 2e-5. */
const HASH_LENGTH = 8;

/**
 * The name of a workload's entry by Istio's rule (autoregisteredWorkloadEntryName), `<group>-<address>[-<network>]`
 * with `:` written as `-`, and valid where Istio's own is not: IPv6 addresses are canonical and without zone, a
 * trailing `::` keeps a digit, upper case becomes lower case, and what had to be changed further or cut ends in a hash
 * of the whole, so that two different workloads never share a name.
 *
 * @param address an IP address or, for an address that was written by hand, a host name.
 * @param network `workload.network`; empty when the workload has none of its own.
 */
export function entryName(group: string, address: string, network: string): string {
  const ip = (canonicalIp(address) ?? address).replace(/::$/, "::0").replaceAll(":", "-");
  const wanted = [group, ip, ...(network ? [network] : [])].join("-").toLowerCase();
  return validName(wanted);
}

/**
 * @returns `wanted` itself where the API server would accept it, else the nearest valid name with a hash at its end.
 */
export function validName(wanted: string, limit: number = NAME_LIMIT): string {
  const cleaned = wanted
    .replace(/[^a-z0-9.-]/g, "-")
    .split(".")
    .map((label) => label.replace(/^-+|-+$/g, ""))
    .filter(Boolean)
    .join(".");
  if (cleaned === wanted && wanted.length <= limit) return wanted;
  const kept = cleaned.slice(0, limit - HASH_LENGTH - 1).replace(/[-.]+$/, "");
  return kept ? `${kept}-${hash(wanted)}` : `moorline-${hash(wanted)}`;
}

/** FNV-1a over UTF-16 code units, 64 bits, in base 36; no secret depends on it. */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) {
    value = BigInt.asUintN(64, (value ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  }
  return value.toString(36).padStart(HASH_LENGTH, "0").slice(-HASH_LENGTH);
}
