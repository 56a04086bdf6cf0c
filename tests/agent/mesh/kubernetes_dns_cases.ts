import type { PacketTable } from "./answered_mesh.ts";
import type { TestManifest } from "./memory_mesh.ts";

const HTTP = [{ name: "http", protocol: "TCP", port: 80 }];

function service(name: string, spec: Record<string, unknown>): TestManifest {
  return { kind: "Service", name, namespace: "testns", spec: { ports: HTTP, ...spec } };
}

function slice(
  service: string,
  addressType: string,
  endpoints: [address: string, hostname?: string][],
  ports = HTTP,
): TestManifest {
  return {
    kind: "EndpointSlice",
    name: `${service}-${addressType.toLowerCase()}`,
    namespace: "testns",
    labels: { "kubernetes.io/service-name": service },
    addressType,
    endpoints: endpoints.map(([address, hostname]) => ({ addresses: [address], hostname })),
    ports,
  };
}

const objects: readonly TestManifest[] = [
  service("svc1", { clusterIP: "10.0.0.1" }),
  slice("svc1", "IPv4", [["172.0.0.1", "ep1a"]]),
  service("svcempty", { clusterIP: "10.0.0.2" }),
  slice("svcempty", "IPv4", []),
  service("svc6", { clusterIP: "1234:abcd::1" }),
  slice("svc6", "IPv6", [["5678:abcd::9", "ep1b"]]),
  service("svc-dual-stack", { clusterIPs: ["10.0.0.3", "10::3"] }),
  service("hdls1", { clusterIP: "None", ports: [] }),
  slice("hdls1", "IPv4", [["172.0.0.2"], ["172.0.0.3"], ["172.0.0.4", "dup-name"], ["172.0.0.5", "dup-name"]]),
  slice("hdls1", "IPv6", [["5678:abcd::1"], ["5678:abcd::2"]]),
  service("hdlsprtls", { clusterIP: "None", ports: [] }),
  slice("hdlsprtls", "IPv4", [["172.0.0.20"]], []),
  service("hdlsempty", { clusterIP: "None" }),
  service("external", { type: "ExternalName", externalName: "ext.interwebs.test" }),
  service("external-to-service", { type: "ExternalName", externalName: "svc1.testns.svc.cluster.local." }),
  service("external-ip", { type: "ExternalName", externalName: "192.0.2.1" }),
  service("loop-a", { type: "ExternalName", externalName: "loop-b.testns.svc.cluster.local" }),
  service("loop-b", { type: "ExternalName", externalName: "loop-a.testns.svc.cluster.local" }),
];

const SVC1 = "svc1.testns.svc.cluster.local";
const HDLS1 = "hdls1.testns.svc.cluster.local";

const cases: PacketTable["cases"] = [
  // Services with a ClusterIP
  [SVC1, "A", "10.0.0.1"],
  ["SVC1.TestNS.SVC.Cluster.Local", "A", "10.0.0.1"],
  [SVC1, "AAAA", "NODATA"],
  [SVC1, "SRV", `0 100 80 ${SVC1}`],
  [SVC1, "TXT", "NODATA"],
  [SVC1, "MX", "NODATA"],
  [SVC1, "PTR", "NODATA"],
  [SVC1, "NS", "NODATA"],
  [SVC1, "SOA", "NODATA"],
  [`_http._tcp.${SVC1}`, "SRV", `0 100 80 ${SVC1}`],
  [`_http._tcp.${SVC1}`, "A", "NODATA"],
  [`_http._udp.${SVC1}`, "SRV", "NXDOMAIN"],
  [`_https._tcp.${SVC1}`, "SRV", "NXDOMAIN"],
  // RFC 8020: something lives below it. CoreDNS takes it for an endpoint and says NXDOMAIN.
  [`_tcp.${SVC1}`, "SRV", "NODATA"],
  ["svcempty.testns.svc.cluster.local", "A", "10.0.0.2"],
  ["svc6.testns.svc.cluster.local", "AAAA", "1234:abcd::1"],
  ["svc6.testns.svc.cluster.local", "A", "NODATA"],
  ["svc-dual-stack.testns.svc.cluster.local", "A", "10.0.0.3"],
  ["svc-dual-stack.testns.svc.cluster.local", "AAAA", "10::3"],
  ["svc-dual-stack.testns.svc.cluster.local", "SRV", "0 100 80 svc-dual-stack.testns.svc.cluster.local"],
  ["bogusservice.testns.svc.cluster.local", "A", "NXDOMAIN"],
  ["svc1.bogusns.svc.cluster.local", "A", "NXDOMAIN"],
  // CoreDNS has names for the endpoints of a ClusterIP Service, beyond the specification; we do not.
  [`ep1a.${SVC1}`, "A", "NXDOMAIN"],
  [`bogusendpoint.${SVC1}`, "A", "NXDOMAIN"],
  [`too.long.for.${SVC1}`, "A", "NXDOMAIN"],
  // headless Services
  [HDLS1, "A", "172.0.0.2", "172.0.0.3", "172.0.0.4", "172.0.0.5"],
  [HDLS1, "AAAA", "5678:abcd::1", "5678:abcd::2"],
  [HDLS1, "MX", "NODATA"],
  [`172-0-0-2.${HDLS1}`, "A", "172.0.0.2"],
  [`172-0-0-2.${HDLS1}`, "AAAA", "NODATA"],
  [`5678-abcd--1.${HDLS1}`, "AAAA", "5678:abcd::1"],
  [`dup-name.${HDLS1}`, "A", "172.0.0.4", "172.0.0.5"],
  [`bogusendpoint.${HDLS1}`, "A", "NXDOMAIN"],
  [
    `_http._tcp.${HDLS1}`,
    "SRV",
    `0 20 80 172-0-0-2.${HDLS1}`,
    `0 20 80 172-0-0-3.${HDLS1}`,
    `0 20 80 5678-abcd--1.${HDLS1}`,
    `0 20 80 5678-abcd--2.${HDLS1}`,
    `0 20 80 dup-name.${HDLS1}`,
  ],
  [`_nopatch._tcp.${HDLS1}`, "SRV", "NXDOMAIN"],
  ["hdlsprtls.testns.svc.cluster.local", "A", "172.0.0.20"],
  ["172-0-0-20.hdlsprtls.testns.svc.cluster.local", "A", "172.0.0.20"],
  ["_http._tcp.hdlsprtls.testns.svc.cluster.local", "SRV", "NXDOMAIN"],
  ["hdlsempty.testns.svc.cluster.local", "A", "NXDOMAIN"],
  // ExternalName
  ["external-to-service.testns.svc.cluster.local", "CNAME", SVC1],
  ["external-to-service.testns.svc.cluster.local", "A", SVC1, `${SVC1} A 10.0.0.1`],
  ["external.testns.svc.cluster.local", "CNAME", "ext.interwebs.test"],
  ["external.testns.svc.cluster.local", "A", "upstream"],
  ["external-ip.testns.svc.cluster.local", "A", "NXDOMAIN"],
  ["_http._tcp.external.testns.svc.cluster.local", "SRV", "NXDOMAIN"],
  ["loop-a.testns.svc.cluster.local", "A", "SERVFAIL"],
  // the zone
  ["cluster.local", "SOA", "ns.dns.cluster.local hostmaster.cluster.local 5"],
  ["cluster.local", "NS", "ns.dns.cluster.local"],
  ["cluster.local", "A", "NODATA"],
  ["dns-version.cluster.local", "TXT", "1.1.0"],
  ["dns-version.cluster.local", "A", "NODATA"],
  ["svc.cluster.local", "A", "NODATA"],
  ["testns.svc.cluster.local", "A", "NODATA"],
  ["bogusns.svc.cluster.local", "A", "NXDOMAIN"],
  ["dns.cluster.local", "A", "NODATA"],
  ["testns.cluster.local", "A", "NXDOMAIN"],
  ["svc1.testns.pood.cluster.local", "A", "NXDOMAIN"],
  ["10-240-0-1.testns.pod.cluster.local", "A", "NXDOMAIN"],
  ["cluster.local.cluster.local", "A", "NXDOMAIN"],
  ["100.0.0.10.cluster.local", "PTR", "NXDOMAIN"],
  // reverse
  ["1.0.0.10.in-addr.arpa", "PTR", SVC1],
  ["1.0.0.10.in-addr.arpa", "TXT", "NODATA"],
  ["2.0.0.172.in-addr.arpa", "PTR", `172-0-0-2.${HDLS1}`],
  ["4.0.0.172.in-addr.arpa", "PTR", `dup-name.${HDLS1}`],
  ["1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.c.b.a.4.3.2.1.ip6.arpa", "PTR", "svc6.testns.svc.cluster.local"],
  ["1.0.0.172.in-addr.arpa", "PTR", "upstream"],
  ["101.0.0.10.in-addr.arpa", "PTR", "upstream"],
  ["0.0.10.in-addr.arpa", "PTR", "upstream"],
  ["in-addr.arpa", "NS", "upstream"],
  // elsewhere
  ["go.dev", "A", "upstream"],
  ["svc1.testns.svc.cluster.locale", "A", "upstream"],
];

/**
 * From objects to packets, over the objects with which CoreDNS tests its kubernetes plugin (peers of every cluster's
 * own DNS): the answers are those of the specification 1.1.0; where CoreDNS says more, the line says what we do.
 */
export const kubernetesDns: PacketTable = { objects, cases };
