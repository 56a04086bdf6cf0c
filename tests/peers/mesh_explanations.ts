/** Why ours differs from CoreDNS's kubernetes plugin. The first that fits a difference explains it. */
import type { Difference, Explanation } from "./comparison.ts";

const about = (name: RegExp, type = /./) => ({ question }: Difference) =>
  name.test(question.name) && type.test(question.type);

/** CoreDNS's answer alone: one reason for it and for the SOA that ours has instead. */
function coredns(
  fields: Explanation["fields"],
  when: Explanation["when"],
  right: Explanation["right"],
  why: string,
): Explanation {
  return { peers: ["coredns"], fields, ...when ? { when } : {}, right, why };
}

export const MESH_EXPLANATIONS: readonly Explanation[] = [
  coredns(
    ["ra"],
    undefined,
    "ours",
    "recursion is available at this server, and some stub resolvers give up without RA",
  ),
  coredns(
    ["answers", "soa"],
    about(/^_http\._tcp\./, /^A/),
    "ours",
    "the names of ports have SRV records and no addresses (specification 2.3.2); CoreDNS looks at the service alone",
  ),
  coredns(
    ["answers", "soa"],
    about(/^unnamed\./, /SRV/),
    "ours",
    "unnamed ports have no SRV record (specification 2.3.2)",
  ),
  coredns(
    ["answers"],
    about(/^(_http\._tcp\.)?(svc-dual|headless)\./, /SRV/),
    "either",
    "weights are free (specification 2.3.2): ours shares 100 among the targets, CoreDNS among their addresses",
  ),
  coredns(
    ["answers", "soa"],
    about(/^external/),
    "ours",
    "an alias stands for every type (RFC 1034, 3.6.2), and the SOA is that of the name at the chain's end (RFC 2308, 2.2)",
  ),
  coredns(
    ["rcode"],
    about(/^_tcp\.svc1\./),
    "ours",
    "_http._tcp.svc1 exists, so the name above it does, too (RFC 8020)",
  ),
  coredns(
    ["rcode", "aa", "soa"],
    about(/^1\.0\.0\.10\.in-addr/, /^A$/),
    "ours",
    "the name has a PTR record, so it exists: NODATA; CoreDNS asks upstream, which knows nothing of it",
  ),
  coredns(
    ["aa", "soa"],
    about(/^(5|99)\.0\.0\.172\.in-addr/),
    "ours",
    "asked upstream, whose SOA is of a zone that the name does not lie in, and which is its answer, not ours",
  ),
  coredns(["answers"], about(/^cluster\.local$/, /SOA/), "either", "serial and minimum are the server's own"),
  coredns(
    ["answers", "soa"],
    about(/^(cluster\.local|ns\.dns\.cluster\.local)$/, /^(NS|A)$/),
    "ours",
    "a zone has an NS record, whose target has an address; CoreDNS finds none for itself outside the cluster",
  ),
  coredns(
    ["rcode"],
    about(/^pod\.cluster\.local$/),
    "either",
    "there are no names of pods, so there is nothing above them; CoreDNS keeps the word though pods are disabled",
  ),
  coredns(
    ["rcode"],
    about(/^kube-public\./),
    "either",
    "a namespace exists when an object in it does: the agent needs no right to list namespaces",
  ),
];
