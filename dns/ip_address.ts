/** IP addresses as bytes: 4 of them for IPv4, 16 for IPv6. An IPv4-mapped IPv6 address counts as the IPv4 address. */

/** Reads an address without a zone; undefined when `text` is none. Octets with leading zeros are refused as ambiguous. */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  const valid = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return valid ? Uint8Array.from(parts, Number) : undefined;
}

/** Any form of RFC 4291, 2.2. */
function parseIpv6(text: string): Uint8Array | undefined {
  const dotted = /^(.*:)(\d+\.[\d.]+)$/.exec(text);
  if (dotted) {
    const tail = parseIpv4(dotted[2]!);
    if (!tail) return undefined;
    const hex = (i: number) => (tail[i]! << 8 | tail[i + 1]!).toString(16);
    text = `${dotted[1]}${hex(0)}:${hex(2)}`;
  }
  const halves = text.split("::").map((half) => half === "" ? [] : half.split(":"));
  const given = halves.flat().length;
  if (halves.length > 2 || halves.flat().some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  if (halves.length === 1 ? given !== 8 : given > 7) return undefined;
  const groups = [...halves[0]!, ...new Array<string>(8 - given).fill("0"), ...halves[1] ?? []];
  const bytes = Uint8Array.from(groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]));
  return isMapped(bytes) ? bytes.slice(12) : bytes;
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes[10] === 255 && bytes[11] === 255 && bytes.subarray(0, 10).every((byte) => byte === 0);
}

/** The canonical text of an address (RFC 5952 for IPv6). */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const words = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! << 8 | bytes[2 * i + 1]!);
  let [start, length] = [-1, 1];
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && words[end] === 0) end++;
    if (end - i > length) [start, length] = [i, end - i];
  }
  const text = (part: number[]) => part.map((word) => word.toString(16)).join(":");
  return start < 0 ? text(words) : `${text(words.slice(0, start))}::${text(words.slice(start + length))}`;
}

/** A zone is an interface (RFC 4007, 11.2), whose name has 15 bytes at the most (Linux, IFNAMSIZ). */
const ZONE = /^[\w.-]{1,15}$/;

/** The canonical text of an address that came as text, its zone kept (`fe80::1%eth0`); undefined when it is none. */
export function canonicalIp(text: string): string | undefined {
  const [address, zone, ...more] = text.split("%");
  if (more.length > 0 || (zone !== undefined && !ZONE.test(zone))) return undefined;
  const bytes = parseIp(address!);
  if (!bytes || (zone !== undefined && bytes.length === 4)) return undefined;
  return zone === undefined ? formatIp(bytes) : `${formatIp(bytes)}%${zone}`;
}

/** A range in CIDR notation. */
export interface IpRange {
  readonly base: Uint8Array;
  readonly bits: number;
}

/** Reads `10.0.0.0/8`, or an address alone as the range of itself; undefined when `text` is neither. */
export function parseIpRange(text: string): IpRange | undefined {
  const [address, length, ...more] = text.split("/");
  const base = parseIp(address!);
  if (!base || more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined;
  const bits = length === undefined ? base.length * 8 : Number(length);
  return bits <= base.length * 8 ? { base, bits } : undefined;
}

/** Whether `address` (bytes as `parseIp` gives them) lies in `range`. */
export function inRange(address: Uint8Array, { base, bits }: IpRange): boolean {
  if (address.length !== base.length) return false;
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== base[i]) return false;
  const rest = bits & 7;
  return rest === 0 || (address[whole]! ^ base[whole]!) >> (8 - rest) === 0;
}
