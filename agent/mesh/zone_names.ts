import { type Below, canonicalIp, type NameRecord } from "../../dns/mod.ts";
import { familyServed } from "./address_choice.ts";
import { canonicalHost, isUnder } from "./host_name.ts";
import type { MeshRules, OwnRecord } from "./mesh_rules.ts";
import { type Claim, type Claims, RANK } from "./name_claim.ts";
import { ignore, type Remark } from "./remark.ts";

/** Names that belong to no object: a zone's own, a namespace's, the configuration's. */

/** The version of the Kubernetes DNS specification that is answered (2.2). */
const SPECIFICATION = "1.1.0";

/** How much of a cluster's namespaces is read. */
export interface ZoneScope {
  /** What holds for unknown names of the zone. */
  readonly below: Exclude<Below, "relay">;
  /** Whether every namespace is read; in the others an unknown name is asked upstream. */
  readonly whole: boolean;
  /** Whether what exists rests on a snapshot that no server has confirmed so far. */
  readonly unconfirmed: boolean;
}

/** The apex, the zone's server, the specification's version, this VM; and the subtrees that are not read whole. */
export function zoneClaims(domain: string, scope: ZoneScope, rules: MeshRules): Claims {
  const { addresses, servers = addresses, agentId, version } = rules.self;
  const server = `ns.dns.${domain}`;
  const served = (list: readonly string[]) => addressList(list.filter((one) => familyServed(one, rules.families)));
  const own = served(addresses);
  const claims = new Map<string, Claim>();
  claims.set(domain, {
    ...zoneClaim([
      { type: "SOA", mname: server, rname: `hostmaster.${domain}`, minimum: rules.negativeTtl },
      { type: "NS", target: server },
    ]),
    below: scope.below,
    ...(scope.unconfirmed && { unconfirmed: true }),
  });
  claims.set(server, zoneClaim(served(servers)));
  claims.set(`dns-version.${domain}`, zoneClaim([{ type: "TXT", strings: [SPECIFICATION] }]));
  claims.set(
    `self.moorline.${domain}`,
    zoneClaim(agentId === "" ? own : [...own, { type: "TXT", strings: [agentId, version] }]),
  );
  // Pods' names lie in namespaces too (`10-1-2-3.<namespace>.pod`), and are none of ours.
  const relayed = scope.whole ? {} : { below: "relay" as const };
  claims.set(`svc.${domain}`, { ...zoneClaim([]), ...relayed });
  if (!scope.whole) claims.set(`pod.${domain}`, { ...zoneClaim([]), ...relayed });
  return claims;
}

/** A namespace exists when an object in it does; where not all are read, this one's unknown names do not exist. */
export function namespaceClaims(namespace: string, domain: string, below: Below | undefined): Claims {
  const claim: Claim = { ...zoneClaim([]), rank: RANK.namespace, ...(below === undefined ? {} : { below }) };
  return new Map([[`${namespace}.svc.${domain}`, claim]]);
}

/** `dns.records`: over everything but a cluster's own domain. */
export function configurationClaims(rules: MeshRules, domains: readonly string[], remark: Remark = ignore): Claims {
  const claims = new Map<string, Claim>();
  for (const record of rules.records) {
    const name = canonicalHost(record.name);
    if (name === undefined || domains.includes(name)) {
      remark("no-name", name === undefined ? "it is no DNS name" : "it is a cluster's own domain", record.name);
      continue;
    }
    const records = [...claims.get(name)?.records ?? [], ...ownRecords(record)];
    const others = domains.some((domain) => isUnder(name, domain)) ? "nodata" : "upstream";
    claims.set(name, { records, others, rank: RANK.record, createdAt: 0 });
  }
  return claims;
}

function ownRecords({ a = [], aaaa = [], cname, txt }: OwnRecord): NameRecord[] {
  const target = cname === undefined ? undefined : canonicalHost(cname);
  if (target !== undefined) return [{ type: "CNAME", target }];
  const addresses = addressList([...a, ...aaaa].map(canonicalIp).filter((address) => address !== undefined));
  return txt === undefined ? addresses : [...addresses, { type: "TXT", strings: txt }];
}

function addressList(addresses: readonly string[]): NameRecord[] {
  return addresses.map((address) => ({ type: address.includes(":") ? "AAAA" : "A", address }));
}

function zoneClaim(records: readonly NameRecord[]): Claim {
  return { records, others: "nodata", rank: RANK.zone, createdAt: 0 };
}
