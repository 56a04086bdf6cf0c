import type { MeshRules } from "../../../agent/mesh/mesh_rules.ts";
import type { TestManifest } from "./memory_mesh.ts";
import type { NameCase } from "./name_cases.ts";

export const HOST = "api.example.com";

/** A ServiceEntry of the workload's own namespace. */
export function entry(spec: Record<string, unknown>, more: Partial<TestManifest> = {}): TestManifest {
  return { kind: "ServiceEntry", name: "api", spec: { hosts: [HOST], ...spec }, ...more };
}

function workload(name: string, spec: Record<string, unknown>, more: Partial<TestManifest> = {}): TestManifest {
  return { kind: "WorkloadEntry", name, spec: { labels: { app: "api" }, ...spec }, ...more };
}

const CHECKED = { "proxy.istio.io/health-checks-enabled": "true" };
const condition = (status: string) => ({ status: { conditions: [{ type: "Healthy", status }] } });
export const SELECTING = { resolution: "STATIC", workloadSelector: { labels: { app: "api" } } };
const ALLOCATED = { status: { addresses: [{ host: HOST, value: "240.240.0.7" }, { host: HOST, value: "2001:2::7" }] } };
const VIRTUAL: Partial<MeshRules> = { virtualIps: true };

/** Names of ServiceEntries, all of namespaces that are trusted. */
export const serviceEntryCases: readonly NameCase[] = [
  ...(["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN"] as const).map((resolution): NameCase => ({
    title: `spec.addresses answer, resolution ${resolution}`,
    objects: [entry({ resolution, addresses: ["192.0.2.1", "2001:DB8::1"] })],
    answers: { [`${HOST} A`]: ["192.0.2.1"], [`${HOST} AAAA`]: ["2001:db8::1"] },
  })),
  {
    title: "spec.addresses: /32 and /128 are addresses, wider networks nothing",
    objects: [entry({ addresses: ["192.0.2.1/32", "2001:db8::1/128", "10.0.0.0/8", "192.0.2.4/30"] })],
    answers: { [HOST]: ["192.0.2.1", "2001:db8::1"] },
  },
  {
    title: "spec.addresses with networks only: upstream, whatever the endpoints",
    objects: [entry({ addresses: ["10.0.0.0/8"], resolution: "STATIC", endpoints: [{ address: "10.1.1.1" }] })],
    answers: { [HOST]: null },
  },
  {
    title: "one bad address is dropped",
    objects: [entry({ addresses: ["192.0.2.999", "192.0.2.1"] })],
    answers: { [HOST]: ["192.0.2.1"] },
  },
  {
    title: "one bad host is dropped; hosts are in lower case and without the dot",
    objects: [
      entry({ hosts: ["bad host", "API.Example.COM.", "*partial.example.com", "10.0.0.1"], addresses: ["192.0.2.1"] }),
    ],
    answers: { [HOST]: ["192.0.2.1"], "*partial.example.com": null, "10.0.0.1": null },
  },
  {
    title: "every host of several has the addresses",
    objects: [entry({ hosts: [HOST, "*.example.net", "single"], addresses: ["192.0.2.1"] })],
    answers: { [HOST]: ["192.0.2.1"], "*.example.net": ["192.0.2.1"], single: ["192.0.2.1"] },
  },
  {
    title: "STATIC endpoints without addresses: the endpoints, which a VM can connect to",
    objects: [
      entry({
        resolution: "STATIC",
        endpoints: [{ address: "192.0.2.1" }, { address: "192.0.2.2" }, { address: "2001:db8::1" }],
      }),
    ],
    answers: { [`${HOST} A`]: ["192.0.2.1", "192.0.2.2"], [`${HOST} AAAA`]: ["2001:db8::1"] },
  },
  {
    title: "STATIC with addresses and endpoints: the addresses",
    objects: [entry({ resolution: "STATIC", addresses: ["192.0.2.9"], endpoints: [{ address: "192.0.2.1" }] })],
    answers: { [HOST]: ["192.0.2.9"] },
  },
  {
    title: "STATIC without anything, NONE without anything: upstream",
    objects: [entry({ resolution: "STATIC" }), entry({ hosts: ["none.example.com"] }, { name: "none" })],
    answers: { [HOST]: null, "none.example.com": null },
  },
  {
    title: "unix sockets are no addresses",
    objects: [entry({ resolution: "STATIC", endpoints: [{ address: "unix:///run/api.sock" }] })],
    answers: { [HOST]: null },
  },
  {
    title: "DNS without endpoints is a real name: upstream",
    objects: [entry({ resolution: "DNS" })],
    answers: { [HOST]: null },
  },
  {
    title: "DNS whose endpoint is the host itself: upstream",
    objects: [entry({ resolution: "DNS", endpoints: [{ address: "API.example.com" }] })],
    answers: { [HOST]: null },
  },
  {
    title: "DNS with an endpoint that is a name: an alias",
    objects: [entry({ resolution: "DNS", endpoints: [{ address: "Origin.example.net." }] })],
    answers: { [HOST]: ["CNAME origin.example.net"] },
  },
  {
    title: "DNS with addresses and a name: the addresses; with two names: one alias, always the same",
    objects: [
      entry({ resolution: "DNS", endpoints: [{ address: "origin.example.net" }, { address: "192.0.2.1" }] }),
      entry({
        hosts: ["two.example.com"],
        resolution: "DNS",
        endpoints: [{ address: "b.example.net" }, { address: "a.example.net" }],
      }, { name: "two" }),
    ],
    answers: { [HOST]: ["192.0.2.1"], "two.example.com": ["CNAME a.example.net"] },
  },
  {
    title: "STATIC does not take names as endpoints",
    objects: [entry({ resolution: "STATIC", endpoints: [{ address: "origin.example.net" }] })],
    answers: { [HOST]: null },
  },
  {
    title: "a wildcard with a name as endpoint is an alias for everything under it",
    objects: [entry({ hosts: ["*.example.com"], resolution: "DNS", endpoints: [{ address: "origin.example.net" }] })],
    answers: { "*.example.com": ["CNAME origin.example.net"], [HOST]: null },
  },
  {
    title: "endpoints of another network are left out; an empty network is every network",
    rules: { network: "vpc-1" },
    objects: [
      entry({
        resolution: "STATIC",
        endpoints: [{ address: "192.0.2.1", network: "vpc-2" }, { address: "192.0.2.2", network: "vpc-1" }, {
          address: "192.0.2.3",
        }],
      }),
    ],
    answers: { [HOST]: ["192.0.2.2", "192.0.2.3"] },
  },
  {
    title: "a VM without a network takes every endpoint",
    objects: [entry({ resolution: "STATIC", endpoints: [{ address: "192.0.2.1", network: "vpc-2" }] })],
    answers: { [HOST]: ["192.0.2.1"] },
  },
  {
    title: "endpoints nearest first by locality",
    rules: { locality: "us/us-a" },
    objects: [
      entry({
        resolution: "STATIC",
        endpoints: [
          { address: "192.0.2.1", locality: "us/us-a/rack7" },
          { address: "192.0.2.2", locality: "us/us-b" },
          { address: "192.0.2.3", locality: "eu/us-a" },
          { address: "192.0.2.4" },
        ],
      }),
    ],
    answers: { [HOST]: ["192.0.2.1", "192.0.2.2 tier 1", "192.0.2.3 tier 2", "192.0.2.4 tier 2"] },
  },
  {
    title: "what Istio allocated is not served by default; the endpoints are",
    objects: [
      entry({ resolution: "STATIC", endpoints: [{ address: "192.0.2.1" }] }, ALLOCATED),
      entry({ hosts: ["dns.example.com"], resolution: "DNS" }, {
        name: "dns",
        status: { addresses: [{ host: "dns.example.com", value: "240.240.0.8" }] },
      }),
    ],
    answers: { [HOST]: ["192.0.2.1"], "dns.example.com": null },
  },
  {
    title: "virtualIps: the last address of each family, of this host",
    rules: VIRTUAL,
    objects: [
      entry({ hosts: [HOST, "b.example.com"], resolution: "DNS" }, {
        status: {
          addresses: [
            { host: HOST, value: "240.240.0.6" },
            { host: HOST, value: "240.240.0.7" },
            { host: HOST, value: "2001:2::7" },
            { host: "b.example.com", value: "240.240.0.8" },
          ],
        },
      }),
    ],
    answers: { [HOST]: ["240.240.0.7", "2001:2::7"], "b.example.com": ["240.240.0.8"] },
  },
  {
    title: "virtualIps, resolution NONE: Istio would not use the address",
    rules: VIRTUAL,
    objects: [entry({ resolution: "NONE" }, ALLOCATED)],
    answers: { [HOST]: null },
  },
  {
    title: "virtualIps, opted out by label, in any case",
    rules: VIRTUAL,
    objects: [
      entry({ resolution: "DNS" }, { ...ALLOCATED, labels: { "networking.istio.io/enable-autoallocate-ip": "False" } }),
    ],
    answers: { [HOST]: null },
  },
  {
    title: "virtualIps beside spec.addresses: those of the spec",
    rules: VIRTUAL,
    objects: [entry({ resolution: "STATIC", addresses: ["192.0.2.1"] }, ALLOCATED)],
    answers: { [HOST]: ["192.0.2.1"] },
  },
  {
    title: "virtualIps: a wildcard has none unless it is resolved dynamically",
    rules: VIRTUAL,
    objects: [
      entry({ hosts: ["*.a.com"], resolution: "STATIC" }, {
        name: "a",
        status: { addresses: [{ host: "*.a.com", value: "240.240.0.1" }] },
      }),
      entry({ hosts: ["*.b.com"], resolution: "DYNAMIC_DNS" }, {
        name: "b",
        status: { addresses: [{ host: "*.b.com", value: "240.240.0.2" }] },
      }),
    ],
    answers: { "*.a.com": null, "*.b.com": ["240.240.0.2"] },
  },
  {
    title: "spec.addresses of class E lead nowhere without a proxy: the endpoints instead",
    objects: [entry({ resolution: "STATIC", addresses: ["240.1.2.3"], endpoints: [{ address: "192.0.2.1" }] })],
    answers: { [HOST]: ["192.0.2.1"] },
  },
  {
    title: "spec.addresses of class E with virtualIps are served",
    rules: VIRTUAL,
    objects: [entry({ resolution: "STATIC", addresses: ["240.1.2.3"], endpoints: [{ address: "192.0.2.1" }] })],
    answers: { [HOST]: ["240.1.2.3"] },
  },
  ...(["STATIC", "NONE", "DNS"] as const).map((resolution): NameCase => ({
    title: `workloadSelector, resolution ${resolution}: the selected WorkloadEntries of its namespace`,
    objects: [
      entry({ ...SELECTING, resolution }),
      workload("a", { address: "192.0.2.1" }),
      workload("b", { address: "192.0.2.2", labels: { app: "api", version: "v2" } }),
      workload("c", { address: "192.0.2.3", labels: { app: "web" } }),
      workload("d", { address: "192.0.2.4" }, { namespace: "other" }),
    ],
    answers: { [HOST]: ["192.0.2.1", "192.0.2.2"] },
  })),
  {
    title: "selection: metadata's labels win over the spec's",
    objects: [
      entry(SELECTING),
      workload("a", { address: "192.0.2.1", labels: {} }, { labels: { app: "api" } }),
      workload("b", { address: "192.0.2.2" }, { labels: { app: "web" } }),
    ],
    answers: { [HOST]: ["192.0.2.1"] },
  },
  {
    title: "an empty selector selects nothing",
    objects: [entry({ ...SELECTING, workloadSelector: { labels: {} } }), workload("a", { address: "192.0.2.1" })],
    answers: { [HOST]: null },
  },
  {
    title: "health counts where it is checked: no condition and False are unhealthy",
    objects: [
      entry(SELECTING),
      workload("unchecked", { address: "192.0.2.1" }),
      workload("unchecked-false", { address: "192.0.2.2" }, condition("False")),
      workload("healthy", { address: "192.0.2.3" }, { annotations: CHECKED, ...condition("True") }),
      workload("unhealthy", { address: "192.0.2.4" }, { annotations: CHECKED, ...condition("False") }),
      workload("new", { address: "192.0.2.5" }, { annotations: CHECKED }),
    ],
    answers: { [HOST]: ["192.0.2.1", "192.0.2.2", "192.0.2.3"] },
  },
  {
    title: "nobody healthy: the name stays, without an address",
    objects: [entry(SELECTING), workload("a", { address: "192.0.2.1" }, { annotations: CHECKED })],
    answers: { [HOST]: [] },
  },
  {
    title: "a WorkloadEntry with a name is an alias for DNS, and no use to STATIC",
    objects: [
      entry({ ...SELECTING, resolution: "DNS" }),
      entry({ ...SELECTING, hosts: ["static.example.com"] }, { name: "static" }),
      workload("a", { address: "vm.example.net" }),
    ],
    answers: { [HOST]: ["CNAME vm.example.net"], "static.example.com": null },
  },
  {
    title: "a WorkloadEntry without an address, for a network's gateway, is left out",
    objects: [entry(SELECTING), workload("a", { network: "vpc-2" }), workload("b", { address: "192.0.2.1" })],
    answers: { [HOST]: ["192.0.2.1"] },
  },
  {
    title: "a host in the cluster's domain is served from any namespace that exports it",
    objects: [
      entry({ hosts: ["db.data.svc.cluster.local"], addresses: ["192.0.2.1"] }, { namespace: "data" }),
      entry({ hosts: ["hidden.data.svc.cluster.local"], addresses: ["192.0.2.2"], exportTo: ["."] }, {
        namespace: "data",
        name: "hidden",
      }),
    ],
    answers: { "db.data.svc.cluster.local": ["192.0.2.1"], "hidden.data.svc.cluster.local": null },
  },
  {
    title: "a wildcard over the cluster's Services",
    objects: [entry({ hosts: ["*.svc.cluster.local", "*.data.svc.cluster.local"], addresses: ["192.0.2.1"] })],
    answers: { "*.svc.cluster.local": ["192.0.2.1"], "*.data.svc.cluster.local": ["192.0.2.1"] },
  },
  ...["localhost", "db.localhost", "*.localhost", "x.invalid", "1.0.0.127.in-addr.arpa", "*.ip6.arpa"].map((
    host,
  ): NameCase => ({
    title: `${host} has a meaning of its own`,
    objects: [entry({ hosts: [host], addresses: ["192.0.2.1"] })],
    answers: { [host]: null },
  })),
  {
    title: "names that the agent itself needs are nobody's",
    rules: { reserved: [HOST] },
    objects: [entry({ hosts: [HOST, "b.example.com"], addresses: ["192.0.2.1"] })],
    answers: { [HOST]: null, "b.example.com": ["192.0.2.1"] },
  },
  {
    title: "families: an entry of the other family alone exists without an address",
    rules: { families: { ipv4: true, ipv6: false } },
    objects: [entry({ addresses: ["2001:db8::1"] })],
    answers: { [HOST]: [] },
  },
];
