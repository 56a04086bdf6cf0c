import type { RecordType } from "dns-packet";
import type { PacketTable } from "./answered_mesh.ts";
import type { TestManifest } from "./memory_mesh.ts";

function entry(
  name: string,
  hosts: string[],
  spec: Record<string, unknown>,
  more: Partial<TestManifest> = {},
): TestManifest {
  return { kind: "ServiceEntry", name, spec: { hosts, ...spec }, ...more };
}

const web: TestManifest = { kind: "Service", name: "web", namespace: "shop", spec: { clusterIP: "10.0.0.1" } };

const objects: readonly TestManifest[] = [
  web,
  entry("wide", ["*.example.com"], { addresses: ["192.0.2.1"] }),
  entry("near", ["*.eu.example.com"], { addresses: ["192.0.2.2"] }),
  entry("exact", ["a.eu.example.com"], { addresses: ["192.0.2.3", "2001:db8::3"] }),
  entry("six", ["six.example.com"], { addresses: ["2001:db8::6"] }),
  entry("below", ["x.y.deep.example.com"], { addresses: ["192.0.2.4"] }),
  entry("alias", ["alias.example.net"], { resolution: "DNS", endpoints: [{ address: "a.eu.example.com" }] }),
  entry("alias-out", ["out.example.net"], { resolution: "DNS", endpoints: [{ address: "origin.example.org" }] }),
  entry("alias-in", ["in.example.net"], { resolution: "DNS", endpoints: [{ address: "web.shop.svc.cluster.local" }] }),
  entry("alias-wild", ["*.wild.example.net"], { resolution: "DNS", endpoints: [{ address: "a.eu.example.com" }] }),
  entry("alias-dead", ["dead.example.net"], {
    resolution: "DNS",
    endpoints: [{ address: "no.shop.svc.cluster.local" }],
  }),
  entry("single", ["single"], { addresses: ["192.0.2.5"] }),
  entry("inside", ["db.shop.svc.cluster.local"], { addresses: ["192.0.2.6"] }),
  entry("inside-wild", ["*.any.svc.cluster.local"], { addresses: ["192.0.2.7"] }),
  entry("taken", ["web.shop.svc.cluster.local"], { addresses: ["192.0.2.66"] }),
  entry("sick", ["sick.example.org"], { resolution: "STATIC", workloadSelector: { labels: { app: "sick" } } }),
  {
    kind: "WorkloadEntry",
    name: "sick-1",
    annotations: { "proxy.istio.io/health-checks-enabled": "true" },
    spec: { address: "192.0.2.8", labels: { app: "sick" } },
  },
  entry("real", ["real.example.org"], { resolution: "DNS" }),
];

/** Types that the packet library knows only by number. */
const HTTPS = "UNKNOWN_65" as RecordType;
const SVCB = "UNKNOWN_64" as RecordType;

const cases: PacketTable["cases"] = [
  // wildcards: the nearest, at any depth, never over a name that is there, never for their own parent
  ["b.example.com", "A", "192.0.2.1"],
  ["B.c.D.example.com", "A", "192.0.2.1"],
  ["b.eu.example.com", "A", "192.0.2.2"],
  ["b.c.eu.example.com", "A", "192.0.2.2"],
  ["a.eu.example.com", "A", "192.0.2.3"],
  ["eu.example.com", "A", "192.0.2.1"],
  ["example.com", "A", "upstream"],
  ["b.example.com", "AAAA", "NODATA"],
  ["six.example.com", "A", "NODATA"],
  ["six.example.com", "AAAA", "2001:db8::6"],
  // What lies between two of our names is not ours: the wildcard goes on answering there.
  ["y.deep.example.com", "A", "192.0.2.1"],
  // types: addresses and what could lead around them are ours, all others upstream's
  ["a.eu.example.com", "AAAA", "2001:db8::3"],
  ["a.eu.example.com", HTTPS, "NODATA"],
  ["a.eu.example.com", SVCB, "NODATA"],
  ["a.eu.example.com", "MX", "upstream"],
  ["a.eu.example.com", "TXT", "upstream"],
  ["a.eu.example.com", "SRV", "upstream"],
  ["b.example.com", "MX", "upstream"],
  // aliases: into the mesh, out of it, into the cluster, to nowhere
  ["alias.example.net", "A", "a.eu.example.com", "a.eu.example.com A 192.0.2.3"],
  ["alias.example.net", "CNAME", "a.eu.example.com"],
  ["out.example.net", "A", "upstream"],
  ["in.example.net", "A", "web.shop.svc.cluster.local", "web.shop.svc.cluster.local A 10.0.0.1"],
  ["x.wild.example.net", "A", "a.eu.example.com", "a.eu.example.com A 192.0.2.3"],
  ["dead.example.net", "A", "NXDOMAIN"],
  // one label
  ["single", "A", "192.0.2.5"],
  // in the cluster's domain
  ["db.shop.svc.cluster.local", "A", "192.0.2.6"],
  ["db.shop.svc.cluster.local", "MX", "NODATA"],
  ["x.db.shop.svc.cluster.local", "A", "NXDOMAIN"],
  ["x.any.svc.cluster.local", "A", "192.0.2.7"],
  ["x.y.any.svc.cluster.local", "A", "192.0.2.7"],
  ["any.svc.cluster.local", "A", "NODATA"],
  ["web.shop.svc.cluster.local", "A", "10.0.0.1"],
  // health, and real names
  ["sick.example.org", "A", "NODATA"],
  ["real.example.org", "A", "upstream"],
];

/** ServiceEntries from objects to packets: wildcards, aliases, what is ours to answer of a host and what upstream's. */
export const istioDns: PacketTable = { objects, cases };
