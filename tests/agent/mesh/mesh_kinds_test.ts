import { suite } from "uvu";
import * as assert from "uvu/assert";
import { meshKinds } from "../../../agent/mesh/mod.ts";
import { raw, type TestManifest } from "./memory_mesh.ts";

const test = suite("kinds");

const web: TestManifest = { kind: "Service", name: "web", spec: { clusterIP: "10.0.0.1" } };

test("a Service is trimmed to what names need, and frozen all the way down", () => {
  const trimmed = meshKinds.services.parse({
    ...raw({
      ...web,
      labels: { app: "web" },
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "…", "moorline.dev/answers": "endpoints" },
      spec: {
        clusterIP: "10.0.0.1",
        clusterIPs: ["10.0.0.1"],
        selector: { app: "web" },
        sessionAffinity: "None",
        ports: [{ name: "HTTP", port: 80, targetPort: "web", protocol: "TCP", nodePort: 30080 }],
      },
    }),
  });
  assert.equal({ ...trimmed, resourceVersion: "" }, {
    namespace: "default",
    name: "web",
    uid: "uid-Service-default-web",
    resourceVersion: "",
    createdAt: Date.UTC(2026, 0, 1) / 1000,
    type: "ClusterIP",
    headless: false,
    clusterIPs: ["10.0.0.1"],
    externalName: "",
    ports: [{ name: "http", protocol: "tcp", port: 80, targetPort: "web" }],
    publishNotReady: false,
    outsideAddresses: [],
    outsideHost: "",
    exportTo: [],
    answers: "endpoints",
  });
  assert.ok([trimmed, trimmed.clusterIPs, trimmed.ports, trimmed.ports[0]].every(Object.isFrozen));
  assert.equal(JSON.parse(JSON.stringify(trimmed)), trimmed);
});

test("lists may be null, as Go writes empty ones", () => {
  const slice = meshKinds.endpointslices.parse({
    ...raw({ kind: "EndpointSlice", name: "web-1", addressType: "IPv4" }),
    endpoints: null,
    ports: null,
  });
  assert.equal([slice.endpoints, slice.ports], [[], []]);
  const service = meshKinds.services.parse(
    raw({ ...web, spec: { clusterIP: "10.0.0.1", ports: null, clusterIPs: null } }),
  );
  assert.equal([service.ports, service.clusterIPs], [[], ["10.0.0.1"]]);
});

test("a slice knows its Service, who made it, and whether it is headless", () => {
  const slice = (labels: Record<string, string>) =>
    meshKinds.endpointslices.parse(
      raw({ kind: "EndpointSlice", name: "s", labels, addressType: "IPv4", endpoints: [] }),
    );
  const own = slice({
    "kubernetes.io/service-name": "web",
    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    "service.kubernetes.io/headless": "",
  });
  assert.equal([own.service, own.foreign, own.headless], ["web", false, true]);
  const foreign = slice({ "endpointslice.kubernetes.io/managed-by": "moorline" });
  assert.equal([foreign.service, foreign.foreign, foreign.headless], ["", true, false]);
});

test("unhealthy is only who is checked and not known to be well", () => {
  const healthy = (annotated: boolean, status?: string) =>
    meshKinds.workloadentries.parse(raw({
      kind: "WorkloadEntry",
      name: "vm",
      ...(annotated && { annotations: { "proxy.istio.io/health-checks-enabled": "true" } }),
      spec: { address: "192.0.2.1" },
      ...(status && { status: { conditions: [{ type: "Ready", status: "True" }, { type: "Healthy", status }] } }),
    })).healthy;
  assert.equal([healthy(false), healthy(false, "False")], [true, true]);
  assert.equal([healthy(true), healthy(true, "True"), healthy(true, "False")], [false, true, false]);
});

const refused: [title: string, object: unknown, message: RegExp][] = [
  ["no object at all", "text", /^its manifest is wrong/],
  ["no spec", { ...raw(web), spec: undefined }, /^its spec is wrong/],
  ["a port that is text", raw({ ...web, spec: { ports: [{ port: "80" }] } }), /^its spec\.ports\.0\.port is wrong/],
  [
    "no address among clusterIPs",
    raw({ ...web, spec: { clusterIPs: ["10.0.0.256", "x"] } }),
    /^its spec\.clusterIPs holds no address/,
  ],
];
for (const [title, object, message] of refused) {
  test(`a Service that cannot be read: ${title}`, () => {
    assert.throws(() => meshKinds.services.parse(object), (error: Error) => message.test(error.message));
  });
}

test("one bad part is dropped, the object only when none is left", () => {
  const entry = (spec: Record<string, unknown>) =>
    meshKinds.serviceentries.parse(raw({ kind: "ServiceEntry", name: "e", spec }));
  assert.equal(entry({ hosts: ["a.example", "b b"] }).dropped, [{ value: "b b", reason: "it is no DNS name" }]);
  assert.equal(entry({ hosts: ["a.example"], addresses: ["192.0.2.1", "x"] }).addresses, ["192.0.2.1"]);
  assert.equal(entry({ hosts: ["a.example"], addresses: ["10.0.0.0/8"] }).addresses, []);
  assert.throws(() => entry({ hosts: ["b b", "*x.example"] }), /spec\.hosts holds no name: b b, \*x\.example/);
  assert.throws(() => entry({ hosts: ["a.example"], addresses: ["x"] }), /spec\.addresses holds no address: x/);
  assert.equal(meshKinds.services.parse(raw({ ...web, spec: { clusterIPs: ["x", "10.0.0.1"] } })).clusterIPs, [
    "10.0.0.1",
  ]);
  const endpoints = (...addresses: string[]) =>
    meshKinds.endpointslices.parse(raw({
      kind: "EndpointSlice",
      name: "s",
      addressType: "IPv4",
      endpoints: addresses.map((address) => ({ addresses: [address] })),
    })).endpoints;
  assert.is(endpoints("x", "192.0.2.1").length, 1);
  assert.throws(() => endpoints("x", "y"), /none of its 2 endpoints has an address/);
});

test("types and resolutions of later versions are no reason to refuse an object", () => {
  const service = meshKinds.services.parse(raw({ ...web, spec: { type: "Round", clusterIP: "10.0.0.1" } }));
  assert.equal([service.type, service.clusterIPs], ["ClusterIP", ["10.0.0.1"]]);
  const spec = { hosts: ["a.example"], resolution: "ROUND" };
  const entry = meshKinds.serviceentries.parse(raw({ kind: "ServiceEntry", name: "e", spec }));
  assert.is(entry.resolution, "DYNAMIC_DNS");
});

test("Istio's kinds are asked for in v1 and then v1beta1", () => {
  assert.equal(meshKinds.serviceentries.versions, ["v1", "v1beta1"]);
  assert.equal(meshKinds.workloadentries.versions, ["v1", "v1beta1"]);
});

test.run();
