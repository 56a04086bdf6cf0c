import { canonicalName, isUnder } from "./host_name.ts";

/** What clients leave out of names or add to them, as `dns` undoes it at look-up; here for those who ask why. */
export interface ShortNames {
  /** `dns.shortNames`. */
  readonly mode: "off" | "fallback" | "first";
  /** The search domains that are stripped, as they are written and in any order. */
  readonly search: readonly string[];
}

export interface Completion {
  /** The name in full. */
  readonly name: string;
  /** How the question came to stand for it, in words. */
  readonly how: string;
}

/**
 * The full names that a question may stand for, in the order in which `dns` tries them (dns/short_names.ts): as a short
 * name of the home cluster; without a search domain, the longest first, as it is and as a short name.
 *
 * @param asked canonical.
 * @param namespace the one of names of a single label.
 * @param domains the clusters', home first.
 */
export function* completions(
  asked: string,
  { mode, search }: ShortNames,
  namespace: string,
  domains: readonly string[],
): Generator<Completion> {
  const [home] = domains;
  if (mode === "off" || home === undefined) return;
  const full = expanded(asked, namespace, home);
  if (full !== undefined) yield { name: full, how: `short for ${full}` };
  const written = search.map(canonicalName).filter((domain) => domain !== undefined);
  for (const domain of written.toSorted((a, b) => b.length - a.length)) {
    if (asked === domain || !isUnder(asked, domain)) continue;
    const rest = asked.slice(0, -domain.length - 1);
    if (domains.some((own) => isUnder(rest, own))) continue;
    const how = `${rest} with search domain ${domain}`;
    yield { name: rest, how };
    const name = expanded(rest, namespace, home);
    if (name !== undefined) yield { name, how: `${how}, short for ${name}` };
  }
}

/** `a`, `a.ns` and `a.ns.svc` in full. */
function expanded(name: string, namespace: string, domain: string): string | undefined {
  const [service, where = namespace, svc = "svc", ...more] = name.split(".");
  return svc === "svc" && more.length === 0 ? `${service}.${where}.svc.${domain}` : undefined;
}
