/** Names as objects of a cluster write them: what is a name, what a wildcard, and which lies under which. */

/** RFC 1035, 2.3.4, less the root's byte and the first label's length: what fits in a packet. */
const MAX_NAME_LENGTH = 253;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** Special-use names (RFC 6761, RFC 7686) and the reverse trees: no object of a cluster gives them another meaning. */
const SPECIAL_NAMES = ["localhost", "invalid", "onion", "arpa"];

/**
 * The canonical form of a DNS name: lower case, without the trailing dot. Underscores are allowed, as DNS allows them.
 *
 * @returns undefined for what is no name: empty or long labels, foreign characters, an IP address, a wildcard.
 */
export function canonicalName(text: string): string | undefined {
  const lower = text.toLowerCase();
  const name = lower.endsWith(".") ? lower.slice(0, -1) : lower;
  if (name === "" || name.length > MAX_NAME_LENGTH) return undefined;
  const labels = name.split(".");
  if (!labels.every((label) => LABEL.test(label))) return undefined;
  // A numeric last label is an IPv4 address or a piece of one (RFC 3696, 2).
  return /^\d+$/.test(labels.at(-1)!) ? undefined : name;
}

/** The canonical form of a name or of a wildcard whose first label is `*` and nothing else (RFC 4592, 2.1.1). */
export function canonicalHost(text: string): string | undefined {
  if (!text.startsWith("*.")) return canonicalName(text);
  const parent = canonicalName(text.slice(2));
  return parent === undefined || parent.length + 2 > MAX_NAME_LENGTH ? undefined : `*.${parent}`;
}

/** Whether `name` fits: names are put together from parts that are valid each. */
export function fits(name: string): boolean {
  return name.length <= MAX_NAME_LENGTH;
}

/** Whether `name` is `zone` or lies below it. */
export function isUnder(name: string, zone: string): boolean {
  return name.endsWith(zone) && (name.length === zone.length || name[name.length - zone.length - 1] === ".");
}

/** Whether `pattern` (a name, or `*.` and a name: everything below it at any depth) takes in `host`, itself either. */
export function covers(pattern: string, host: string): boolean {
  if (pattern === host || pattern === "*") return true;
  return pattern.startsWith("*.") && host.endsWith(pattern.slice(1));
}

/** Whether a name has a meaning of its own that no object may change. */
export function isSpecialUse(host: string): boolean {
  return SPECIAL_NAMES.some((special) => isUnder(host, special));
}
