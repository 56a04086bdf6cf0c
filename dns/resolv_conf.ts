/**
 * Reads resolv.conf(5): pure, from text to data.
 *
 * Like glibc: keywords begin a line, `#` and `;` begin a comment line, the last `search` or `domain` wins, options are
 * clamped. Unlike glibc every nameserver counts, not only the first three. A bad line is skipped and told.
 */
import { canonicalIp } from "./ip_address.ts";

/** Printable, without what stands for other bytes in the text of names (RFC 1035, 5.1). */
const LABEL = /^[!-\[\]-~]{1,63}$/;

/** What a resolv.conf says. */
export interface ResolvConf {
  /** Canonical addresses in the file's order, zones kept, each once. */
  readonly nameservers: readonly string[];
  /** Lower case, no trailing dot. */
  readonly search: readonly string[];
  /** Names with fewer dots are tried with the search list first; 0 to 15. */
  readonly ndots: number;
  /** Seconds a client waits for one server; 1 to 30. */
  readonly timeout: number;
  /** Rounds over all servers; 1 to 5. */
  readonly attempts: number;
  /** One sentence for each line that was skipped. */
  readonly problems: readonly string[];
}

/** glibc resolv.h: RES_MAXNDOTS, RES_MAXRETRANS, RES_MAXRETRY; defaults 1, 5, 2. */
const LIMITS = {
  ndots: { default: 1, min: 0, max: 15 },
  timeout: { default: 5, min: 1, max: 30 },
  attempts: { default: 2, min: 1, max: 5 },
} as const;

type Options = Record<keyof typeof LIMITS, number>;

/** Reads the text of a resolv.conf; never throws. */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers = new Set<string>();
  const options: Options = {
    ndots: LIMITS.ndots.default,
    timeout: LIMITS.timeout.default,
    attempts: LIMITS.attempts.default,
  };
  const problems: string[] = [];
  let search: string[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    if (/^\s*([#;]|$)/.test(line)) return;
    const [keyword, ...values] = line.trim().split(/\s+/);
    const problem = (what: string) => problems.push(`line ${index + 1}: ${what}`);
    if (keyword === "nameserver") {
      const address = canonicalIp(values[0] ?? "");
      if (address === undefined) problem(`nameserver ${JSON.stringify(values[0] ?? "")} is no IP address`);
      else nameservers.add(address);
    } else if (keyword === "search" || keyword === "domain") {
      search = parseSearch(keyword === "domain" ? values.slice(0, 1) : values, problem);
    } else if (keyword === "options") {
      for (const value of values) readOption(value, options, problem);
    }
  });
  return { nameservers: [...nameservers], search, ...options, problems };
}

function parseSearch(values: readonly string[], problem: (what: string) => void): string[] {
  const domains = new Set<string>();
  for (const value of values) {
    // A comment after the list: glibc would take these as domains; nobody means them so.
    if (/^[#;]/.test(value)) break;
    const domain = value.toLowerCase().replace(/\.$/, "");
    if (domain === "") continue;
    if (domain.length > 253 || !domain.split(".").every((label) => LABEL.test(label))) {
      problem(`search domain ${JSON.stringify(value)} is no domain name`);
    } else domains.add(domain);
  }
  return [...domains];
}

function readOption(
  value: string,
  options: Options,
  problem: (what: string) => void,
): void {
  const [name, number] = value.split(":");
  const known = (["ndots", "timeout", "attempts"] as const).find((option) => option === name);
  if (!known) return; // rotate, edns0, trust-ad and others steer the client, not us
  if (!/^\d+$/.test(number ?? "")) return problem(`option ${JSON.stringify(value)} needs a number`);
  options[known] = Math.min(LIMITS[known].max, Math.max(LIMITS[known].min, Number(number)));
}
