/** Questions about the cluster's own names. */
import type { Question } from "./exchange.ts";

const ZONE = "svc.cluster.local";
const TYPES = ["A", "AAAA", "SRV", "TXT", "HTTPS"];
const SERVICES = ["svc1", "svc6", "svc-dual", "unnamed", "ports", "external", "external-to-service", "headless"];
const LONELY = ["nobody", "unready", "eager", "portless", "missing"];
const OF_A_SERVICE = [...SERVICES, ...LONELY].flatMap((service) =>
  [`${service}.testns.${ZONE}`, `_http._tcp.${service}.testns.${ZONE}`].flatMap((name) =>
    TYPES.map((type) => ({ name, type }))
  )
);

const OTHERS: readonly [string, string][] = [
  ["SVC1.TestNS.svc.Cluster.LOCAL", "A"],
  ["_dns._udp.ports.testns.svc.cluster.local", "SRV"],
  ["_http._udp.ports.testns.svc.cluster.local", "SRV"],
  ["_none._tcp.svc1.testns.svc.cluster.local", "SRV"],
  ["_tcp.svc1.testns.svc.cluster.local", "SRV"],
  ["named.headless.testns.svc.cluster.local", "A"],
  ["named.headless.testns.svc.cluster.local", "AAAA"],
  ["twice.headless.testns.svc.cluster.local", "A"],
  ["172-0-0-1.headless.testns.svc.cluster.local", "A"],
  ["172-0-0-5.headless.testns.svc.cluster.local", "A"],
  ["172-0-0-99.headless.testns.svc.cluster.local", "A"],
  ["5678-abcd--1.headless.testns.svc.cluster.local", "AAAA"],
  ["172-0-0-20.portless.testns.svc.cluster.local", "A"],
  ["cluster.local", "SOA"],
  ["cluster.local", "NS"],
  ["cluster.local", "A"],
  ["ns.dns.cluster.local", "A"],
  ["svc.cluster.local", "A"],
  ["pod.cluster.local", "A"],
  ["nothing.cluster.local", "A"],
  ["testns.svc.cluster.local", "A"],
  ["kube-public.svc.cluster.local", "A"],
  ["nons.svc.cluster.local", "A"],
  ["svc1.nons.svc.cluster.local", "A"],
  ["a.b.c.svc1.testns.svc.cluster.local", "A"],
  ["10-0-0-1.testns.pod.cluster.local", "A"],
  ["dns-version.cluster.local", "TXT"],
  ["kubernetes.default.svc.cluster.local", "A"],
  ["_https._tcp.kubernetes.default.svc.cluster.local", "SRV"],
  ["1.0.0.10.in-addr.arpa", "PTR"],
  ["3.0.0.10.in-addr.arpa", "PTR"],
  ["1.0.0.172.in-addr.arpa", "PTR"],
  ["2.0.0.172.in-addr.arpa", "PTR"],
  ["5.0.0.172.in-addr.arpa", "PTR"],
  ["99.0.0.172.in-addr.arpa", "PTR"],
  ["1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.c.b.a.4.3.2.1.ip6.arpa", "PTR"],
  ["1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.c.b.a.8.7.6.5.ip6.arpa", "PTR"],
  ["1.0.0.10.in-addr.arpa", "A"],
];

export const MESH: readonly Question[] = [...OF_A_SERVICE, ...OTHERS.map(([name, type]) => ({ name, type }))]
  .flatMap((question): Question[] => [question, { ...question, edns: { size: 1232 } }]);
