import { suite } from "uvu";
import * as assert from "uvu/assert";
import { explainName } from "../../../agent/mesh/explain.ts";
import { listCollisions, listNames, listRefused } from "../../../agent/mesh/name_list.ts";
import { MemoryCluster, PublishedNames, type TestManifest } from "./memory_mesh.ts";

const test = suite("explain, names, refused, collisions");

const WEB = "web.default.svc.cluster.local";
const web: TestManifest = {
  kind: "Service",
  name: "web",
  spec: { clusterIP: "10.0.0.1", ports: [{ name: "http", port: 80, targetPort: 8080 }] },
};
const slice: TestManifest = {
  kind: "EndpointSlice",
  name: "web-1",
  labels: { "kubernetes.io/service-name": "web" },
  addressType: "IPv4",
  endpoints: [{ addresses: ["172.0.0.1"] }],
  ports: [{ name: "http", port: 8080 }],
};

function entry(
  name: string,
  namespace: string,
  spec: Record<string, unknown>,
  more: Partial<TestManifest> = {},
): TestManifest {
  return { kind: "ServiceEntry", name, namespace, spec: { hosts: ["api.example.com"], ...spec }, ...more };
}

/** `verdict object: code, code` for each object that was considered. */
function considered(names: PublishedNames, name: string): string[] {
  return explainName(names.builder, name).considered.map(({ verdict, object, remarks }) => {
    const codes = remarks.map(({ code }) => code).join(", ");
    return `${verdict} ${object.kind} ${object.namespace}/${object.name}: ${codes}`;
  });
}

test("a Service's name: rule, object, namespace, records", () => {
  const names = new PublishedNames([new MemoryCluster().apply(web)]);
  assert.equal(explainName(names.builder, "WEB.default.svc.cluster.local."), {
    name: WEB,
    owner: WEB,
    object: { kind: "Service", cluster: "primary", namespace: "default", name: "web" },
    rule: "the ClusterIP",
    records: ["A 10.0.0.1", `SRV 0 100 80 ${WEB}`],
    others: "nodata",
    below: "authoritative",
    considered: [{
      object: { kind: "Service", cluster: "primary", namespace: "default", name: "web" },
      verdict: "answers",
      remarks: [{ code: "rule", reason: "the ClusterIP" }],
    }],
  });
});

test("ports that differ are named when endpoints are answered", () => {
  const names = new PublishedNames([new MemoryCluster().apply(web, slice)], { answers: "endpoints" });
  const { remarks } = explainName(names.builder, WEB).considered[0]!;
  assert.equal(remarks, [
    { code: "rule", reason: "answers: endpoints" },
    { code: "port-differs", reason: "port http is 80, its endpoints take 8080" },
  ]);
});

test("a name that does not exist says so, and which Service was looked at", () => {
  const headless: TestManifest = { kind: "Service", name: "db", spec: { clusterIP: "None" } };
  const names = new PublishedNames([new MemoryCluster().apply(headless)]);
  const explained = explainName(names.builder, "0.db.default.svc.cluster.local");
  assert.equal([explained.owner, explained.object, explained.below], ["", null, "authoritative"]);
  assert.match(explained.rule, /does not exist/);
  assert.equal(considered(names, "db.default.svc.cluster.local"), ["silent Service default/db: no-endpoints"]);
});

test("names outside every zone are upstream's; a name in a namespace that is not read is relayed", () => {
  const cluster = new MemoryCluster();
  cluster.readOnly(["default"]);
  const names = new PublishedNames([cluster]);
  assert.match(explainName(names.builder, "go.dev").rule, /upstream/);
  assert.is(explainName(names.builder, "a.other.svc.cluster.local").below, "relay");
  assert.match(explainName(names.builder, "not a name").rule, /no DNS name/);
});

test("the nearest wildcard explains, never over an exact name", () => {
  const names = new PublishedNames([
    new MemoryCluster().apply(
      entry("wide", "default", { hosts: ["*.example.com"], addresses: ["192.0.2.1"] }),
      entry("near", "default", { hosts: ["*.eu.example.com"], addresses: ["192.0.2.2"] }),
      entry("exact", "default", { hosts: ["a.eu.example.com"], addresses: ["192.0.2.3"] }),
    ),
  ]);
  const owners = ["x.y.example.com", "b.eu.example.com", "a.eu.example.com", "example.com"];
  assert.equal(
    owners.map((name) => explainName(names.builder, name).owner),
    ["*.example.com", "*.eu.example.com", "a.eu.example.com", ""],
  );
});

test("under a wildcard: what is denied, what the agent itself needs; a Service whose endpoints may not be read", () => {
  const cluster = new MemoryCluster().apply(
    entry("wide", "default", { hosts: ["*.example.com"], addresses: ["192.0.2.1"] }),
    { kind: "Service", name: "db", spec: { clusterIP: "None" } },
  );
  cluster.tell("endpointslices", "unreadable");
  const hosts = { from: [], allow: [], deny: ["denied.example.com", "*.secret.example.com"] };
  const names = new PublishedNames([cluster], { hosts, reserved: ["api.example.com"] });
  const explained = (name: string) => {
    const { owner, rule, object } = explainName(names.builder, name);
    return [owner, rule, object?.name];
  };
  const denied = "dns.hosts.deny takes it out of a wildcard: upstream is asked";
  assert.equal(explained("denied.example.com"), ["", denied, undefined]);
  assert.equal(explained("x.secret.example.com"), ["", denied, undefined]);
  assert.equal(considered(names, "denied.example.com"), ["silent ServiceEntry default/wide: rule, denied"]);
  assert.equal(explained("api.example.com"), ["", "the agent itself needs this name: upstream is asked", undefined]);
  assert.equal(explained("www.example.com"), ["*.example.com", "spec.addresses", "wide"]);
  const unread = "its EndpointSlices may not be read: upstream is asked";
  assert.equal(explained("db.default.svc.cluster.local"), ["db.default.svc.cluster.local", unread, "db"]);
});

test("what was rejected and why", () => {
  const cluster = new MemoryCluster().apply(
    entry("untrusted", "shop", { addresses: ["192.0.2.1"] }),
    entry("private", "istio-system", { addresses: ["192.0.2.2"], exportTo: ["."] }),
    entry("virtual", "default", { resolution: "DNS" }, {
      status: { addresses: [{ host: "api.example.com", value: "240.240.0.1" }] },
    }),
    entry("sick", "default", { resolution: "STATIC", workloadSelector: { labels: { app: "a" } } }),
    {
      kind: "WorkloadEntry",
      name: "vm-1",
      annotations: { "proxy.istio.io/health-checks-enabled": "true" },
      spec: { address: "192.0.2.3", labels: { app: "a" } },
    },
  );
  const names = new PublishedNames([cluster]);
  assert.equal(considered(names, "api.example.com").sort(), [
    "answers ServiceEntry default/sick: pods-unread, unhealthy",
    "silent ServiceEntry default/virtual: virtual, left-upstream",
    "silent ServiceEntry istio-system/private: not-exported",
    "silent ServiceEntry shop/untrusted: not-trusted",
  ]);
  assert.equal(
    [...listRefused(names.builder)].map(({ host, source, code }) =>
      `${host} ${source.namespace}/${source.name} ${code}`
    ).sort(),
    [
      "api.example.com default/virtual virtual",
      "api.example.com istio-system/private not-exported",
      "api.example.com shop/untrusted not-trusted",
    ],
  );
});

test("a host that another object has is refused as shadowed; bad hosts and private Services are refused", () => {
  const cluster = new MemoryCluster().apply(
    web,
    entry("late", "default", { hosts: [WEB, "bad host"], addresses: ["192.0.2.1"] }),
    {
      kind: "Service",
      name: "private",
      namespace: "shop",
      spec: { clusterIP: "10.0.0.3" },
      annotations: { "networking.istio.io/exportTo": "." },
    },
    { kind: "Service", name: "ip", spec: { type: "ExternalName", externalName: "192.0.2.1" } },
  );
  const names = new PublishedNames([cluster]);
  assert.equal([...listRefused(names.builder)].map(({ host, code }) => `${host} ${code}`).sort(), [
    "bad host bad-part",
    "ip.default.svc.cluster.local no-name",
    "private.shop.svc.cluster.local not-exported",
    `${WEB} shadowed`,
  ]);
  assert.equal(considered(names, WEB), [
    "answers Service default/web: rule",
    "shadowed ServiceEntry default/late: rule",
  ]);
});

test("a host whose selector finds nobody, or among what may not be read, is refused; a real name is not", () => {
  const selecting = { resolution: "STATIC", workloadSelector: { labels: { app: "pods" } } };
  const cluster = new MemoryCluster().apply(
    entry("pods", "default", selecting),
    entry("real", "default", { hosts: ["real.example.com"], resolution: "DNS" }),
  );
  const names = new PublishedNames([cluster]);
  const refused = () => [...listRefused(names.builder)].map(({ host, code }) => `${host} ${code}`);
  assert.equal(refused(), ["api.example.com nobody-selected"]);
  cluster.tell("workloadentries", "unreadable");
  names.settle();
  assert.equal(refused(), ["api.example.com workloads-unread"]);
});

test("a host that is served in spite of a remark is not refused", () => {
  const virtual = entry("virtual", "default", { resolution: "STATIC", endpoints: [{ address: "192.0.2.1" }] }, {
    status: { addresses: [{ host: "api.example.com", value: "240.240.0.1" }] },
  });
  const names = new PublishedNames([new MemoryCluster().apply(virtual)]);
  assert.equal([...listRefused(names.builder)], []);
  assert.is(explainName(names.builder, "api.example.com").rule, "its endpoints");
});

test("names lists what has records, filtered by any part of the name", () => {
  const names = new PublishedNames([new MemoryCluster().apply(web)], { locality: "" });
  const rows = [...listNames(names.builder, "WEB.")];
  assert.equal(rows.map(({ name }) => name), [WEB, `_http._tcp.${WEB}`]);
  assert.equal(rows[0], {
    name: WEB,
    kind: "Service",
    types: ["A", "SRV"],
    addresses: ["10.0.0.1"],
    data: [`SRV 0 100 80 ${WEB}`],
    ttl: 30,
    source: { kind: "Service", cluster: "primary", namespace: "default", name: "web" },
  });
  assert.equal([...listNames(names.builder, "default.svc.cluster.local")].length, 2);
  assert.equal([...listNames(names.builder, "nobody")], []);
});

test("collisions: names that several clusters have, with who is served", () => {
  const home = new MemoryCluster("home").apply(web);
  const away = new MemoryCluster("away").apply({ ...web, spec: { clusterIP: "10.9.0.1" } });
  const third = new MemoryCluster("third", "third.example").apply(web);
  const names = new PublishedNames([home, away, third]);
  assert.equal(
    [...listCollisions(names.builder)].map(({ name, served, hidden }) =>
      `${name} ${served.cluster} over ${hidden.map(({ cluster }) => cluster)}`
    ),
    ["1.0.0.10.in-addr.arpa home over third", `${WEB} home over away`],
  );
});

const SHORT = { mode: "fallback", search: ["Corp.Example.", "eu.corp.example", "default.svc.cluster.local"] } as const;

/** A question, the name in the table that explains it, and what is said of the way there. */
const completed: [asked: string, owner: string, how: RegExp][] = [
  ["web", WEB, /^short for web\.default\.svc\.cluster\.local, unless upstream has the name: the ClusterIP$/],
  ["web.default", WEB, /^short for/],
  ["WEB.default.svc.", WEB, /^short for/],
  ["web.corp.example", WEB, /^web with search domain corp\.example, short for web\.default/],
  ["web.default.svc.eu.corp.example", WEB, /^web\.default\.svc with search domain eu\.corp\.example, short for/],
  ["api.example.com.corp.example", "api.example.com", /^api\.example\.com with search domain corp\.example, unless/],
  // Under a cluster's domain upstream is not asked first.
  ["api.example.com.default.svc.cluster.local", "api.example.com", /^api\.example\.com with search domain \S+: spec/],
  // What is there as it is, is no short name.
  [WEB, WEB, /^the ClusterIP$/],
  ["api.example.com", "api.example.com", /^spec\.addresses$/],
  // A Service that does not answer says why.
  ["db", "", /^short for db\.default\.svc\.cluster\.local, unless upstream has the name: no object has this name/],
  // Nothing of the mesh is meant.
  ["git.corp.example", "", /^no object of a mesh/],
  ["web.default.svc.cluster.local.corp.example", "", /^no object of a mesh/],
  ["nobody.default.svc.cluster.local", "", /does not exist$/],
  ["web.default.svc.cluster", "", /^no object of a mesh/],
  ["localhost", "", /^its meaning is fixed/],
];
for (const [asked, owner, how] of completed) {
  test(`${asked} is explained by ${owner || "nothing"}`, () => {
    const cluster = new MemoryCluster().apply(
      web,
      { kind: "Service", name: "db", spec: { clusterIP: "None" } },
      entry("api", "default", { addresses: ["192.0.2.1"] }),
    );
    const explained = explainName(new PublishedNames([cluster]).builder, asked, SHORT);
    assert.is(explained.owner, owner);
    assert.match(explained.rule, how);
    assert.is(explained.name, asked.toLowerCase().replace(/\.$/, ""));
  });
}

test("short names that are off are not explained as such; those that come first wait for nobody", () => {
  const { builder } = new PublishedNames([new MemoryCluster().apply(web)]);
  assert.is(explainName(builder, "web", { ...SHORT, mode: "off" }).owner, "");
  assert.is(explainName(builder, "web").owner, "");
  assert.is(explainName(builder, "web", { ...SHORT, mode: "first" }).rule, `short for ${WEB}: the ClusterIP`);
});

test.run();
