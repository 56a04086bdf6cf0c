/** IP addresses as text, told apart and put into one form. Host names are never resolved here. */

const V4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

/** @returns 4 or 6, or 0 for what is no IP address. A zone id (`fe80::1%eth0`) is allowed and ignored. */
export function ipFamily(text: string): 4 | 6 | 0 {
  if (V4.test(text)) return 4;
  return text.includes(":") && parseV6(text) !== undefined ? 6 : 0;
}

/**
 * The one spelling of an address: IPv4 without leading zeros, IPv6 as RFC 5952 (lower case, the longest run of zeros
 * shortened), without zone id.
 *
 * @returns undefined for what is no IP address.
 */
export function canonicalIp(text: string): string | undefined {
  if (V4.test(text)) return text.split(".").map(Number).join(".");
  return text.includes(":") ? parseV6(text) : undefined;
}

/** The URL standard's host parser is an IPv6 parser, and its serialiser writes RFC 5952. */
function parseV6(text: string): string | undefined {
  const bare = text.split("%", 1)[0] ?? "";
  if (!/^[0-9a-fA-F:.]+$/.test(bare)) return undefined;
  const url = URL.parse(`http://[${bare}]/`);
  return url ? url.hostname.slice(1, -1) : undefined;
}

/** @returns the address as one number with its width in bits. */
function toNumber(canonical: string): { value: bigint; bits: 32 | 128 } {
  if (!canonical.includes(":")) {
    return { value: canonical.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n), bits: 32 };
  }
  const [head = "", tail] = canonical.split("::");
  const front = head ? head.split(":") : [];
  const back = tail ? tail.split(":") : [];
  const middle = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array<string>(middle).fill("0"), ...back];
  return { value: groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n), bits: 128 };
}

/** @returns whether `text` is a CIDR such as `10.0.0.0/8` or `fd00::/8`. */
export function isCidr(text: string): boolean {
  const [network = "", length = "", ...rest] = text.split("/");
  const family = ipFamily(network);
  return rest.length === 0 && family !== 0 && /^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128);
}

/** @returns whether the address lies in the network; false when either of them is none. */
export function inCidr(address: string, cidr: string): boolean {
  const ip = canonicalIp(address);
  const network = canonicalIp(cidr.split("/")[0] ?? "");
  if (!ip || !network || !isCidr(cidr)) return false;
  const [a, n] = [toNumber(ip), toNumber(network)];
  const shift = BigInt(n.bits - Number(cidr.split("/")[1]));
  return a.bits === n.bits && a.value >> shift === n.value >> shift;
}

/** @returns whether nobody else can reach this address: 127/8, ::1, 0/8, ::. */
export function isLoopback(address: string): boolean {
  return ["127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128", "::ffff:127.0.0.0/104"].some((c) => inCidr(address, c));
}

/** @returns whether the address means something on one link only: 169.254/16, fe80::/10. */
export function isLinkLocal(address: string): boolean {
  return inCidr(address, "169.254.0.0/16") || inCidr(address, "fe80::/10");
}
