/** How addresses, networks and names are written; nothing here looks anything up. */

/** A dotted IPv4 address without leading zeros. */
export function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** An IPv6 address as RFC 4291 2.2 writes it, without a zone. */
export function isIpv6(text: string): boolean {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !text.includes(":")) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [index, half] of halves.entries()) {
    if (half === "") {
      if (halves.length === 1) return false;
      continue;
    }
    const parts = half.split(":");
    for (const [at, part] of parts.entries()) {
      const dotted = index === halves.length - 1 && at === parts.length - 1 && part.includes(".");
      if (dotted ? !isIpv4(part) : !/^[0-9a-fA-F]{1,4}$/.test(part)) return false;
      groups += dotted ? 2 : 1;
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

/** An address of either family. */
export function isIp(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

/** An address of either family, IPv6 also with its interface: `fe80::1%eth0` (RFC 4007 11). */
export function isScopedIp(text: string): boolean {
  return isIp(text.includes(":") ? text.replace(/%[\w.-]{1,15}$/, "") : text);
}

/** `address/bits`. */
export function isCidr(text: string): boolean {
  const [address = "", bits = "", ...more] = text.split("/");
  if (more.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  return isIpv4(address) ? Number(bits) <= 32 : isIpv6(address) && Number(bits) <= 128;
}

/** Splits `1.2.3.4:53`, `[::1]:53`; undefined when it is neither. The host is not looked at. */
export function splitHostPort(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([^\[\]]+)\]|([^\[\]:]+)):(\d{1,5})$/.exec(text);
  if (!match || Number(match[3]) > 65535) return undefined;
  if (match[1] !== undefined && !isIpv6(match[1].replace(/%.*$/, ""))) return undefined;
  return { host: match[1] ?? match[2]!, port: Number(match[3]) };
}

/** `IP:port`; the port may be 0 (any free one). */
export function isHostPort(text: string): boolean {
  const parts = splitHostPort(text);
  return parts !== undefined && isScopedIp(parts.host);
}

/** A domain name: labels of letters, digits, `-` and `_`, 253 bytes at most, one trailing dot at most. */
export function isDomain(text: string): boolean {
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  return name.length > 0 && name.length <= 253 &&
    name.split(".").every((label) => /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label));
}

/** A name of RFC 1123 as Kubernetes uses it for namespaces and Services: one label, lower case. */
export function isLabel(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}

/** A name of RFC 1123 with dots, lower case, as most Kubernetes objects have it. */
export function isObjectName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(text);
}

/** A label's key: an optional `prefix/` and a name of at most 63 characters. */
export function isLabelKey(text: string): boolean {
  const [name = "", prefix, ...more] = text.split("/").reverse();
  if (more.length > 0 || (prefix !== undefined && !isObjectName(prefix))) return false;
  return /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(name);
}

/** A label's value; may be empty. */
export function isLabelValue(text: string): boolean {
  return /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/.test(text);
}

/**
 * An upstream DNS server: `1.1.1.1`, `1.1.1.1:53`, `[2606:4700::1111]:53`, `2606:4700::1111`, `tls://1.1.1.1:853`,
 * `tls://name@1.1.1.1:853`.
 */
export function isUpstream(text: string): boolean {
  const tls = /^tls:\/\/(?:([^@]+)@)?(.+)$/.exec(text);
  if (tls && tls[1] !== undefined && !isDomain(tls[1])) return false;
  const server = tls ? tls[2]! : text;
  const bare = /^\[(.+)\]$/.exec(server)?.[1] ?? server;
  return isScopedIp(bare) || (isHostPort(server) && splitHostPort(server)!.port > 0);
}
