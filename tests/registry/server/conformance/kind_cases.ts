import * as assert from "uvu/assert";
import { type AddCase, type Json, workloadEntry } from "./kube_probe.ts";

/** What is particular to one kind. */
export function kindCases(add: AddCase): void {
  add("deletes of Services and ServiceAccounts answer with the object", async (kube) => {
    await kube.create("serviceaccounts", { metadata: { name: "sa" } });
    const gone = kube.ok(await kube.delete(kube.path("serviceaccounts", "sa")));
    assert.equal([gone.kind, gone.metadata.name], ["ServiceAccount", "sa"]);
  });

  add("a namespace that is being deleted takes nothing new", async (kube) => {
    const gone = kube.ok(await kube.delete(`/api/v1/namespaces/${kube.namespace}`));
    assert.equal([gone.status.phase, typeof gone.metadata.deletionTimestamp], ["Terminating", "string"]);
    const body = kube.refused(
      await kube.send("POST", kube.path("workloadentries"), workloadEntry("a")),
      403,
      "Forbidden",
      `workloadentries.networking.istio.io "a" is forbidden: unable to create new content in namespace ${kube.namespace} ` +
        "because it is being terminated",
    );
    assert.is(body.details.causes[0].reason, "NamespaceTerminating");
  });

  add("Secrets take text and keep bytes", async (kube) => {
    const made = await kube.create("secrets", { metadata: { name: "s" }, stringData: { a: "b" } });
    assert.equal([made.data, made.stringData, made.type], [{ a: "Yg==" }, undefined, "Opaque"]);
  });

  add("Events are kept as they are sent", async (kube) => {
    const involvedObject = {
      kind: "WorkloadEntry",
      name: "a",
      namespace: kube.namespace,
      apiVersion: "networking.istio.io/v1",
    };
    const event = {
      metadata: { name: "e" },
      involvedObject,
      reason: "Registered",
      message: "m",
      type: "Normal",
      count: 1,
    };
    const made = await kube.create("events", {
      ...event,
      firstTimestamp: "2026-11-23T00:00:00Z",
      source: { component: "moorline" },
    });
    assert.equal([made.involvedObject, made.lastTimestamp, made.reportingComponent], [involvedObject, null, ""]);
    const found = kube.ok(
      await kube.get(`${kube.path("events")}?fieldSelector=involvedObject.name%3Da,reason%3DRegistered`),
    );
    assert.is(found.items.length, 1);
    assert.is(kube.ok(await kube.get(`${kube.path("events")}?fieldSelector=reason%3DOther`)).items.length, 0);
  });

  const services: [string, Json, Json][] = [
    ["headless", { clusterIP: "None", selector: { a: "b" } }, { clusterIP: "None", ipFamilies: ["IPv4"] }],
    ["headless without selector", { clusterIP: "None" }, {
      ipFamilies: ["IPv4", "IPv6"],
      ipFamilyPolicy: "RequireDualStack",
    }],
    ["ExternalName", { type: "ExternalName", externalName: "a.example" }, {
      clusterIP: undefined,
      ipFamilies: undefined,
    }],
    ["dual stack", { ipFamilyPolicy: "PreferDualStack" }, { ipFamilies: ["IPv4", "IPv6"] }],
    ["IPv6", { ipFamilies: ["IPv6"] }, { ipFamilies: ["IPv6"], ipFamilyPolicy: "SingleStack" }],
    ["LoadBalancer", { type: "LoadBalancer" }, {
      externalTrafficPolicy: "Cluster",
      allocateLoadBalancerNodePorts: true,
    }],
  ];

  for (const [title, spec, expected] of services) {
    add(`Services: ${title}`, async (kube) => {
      const made = await kube.create("services", { metadata: { name: "s" }, spec: { ports: [{ port: 80 }], ...spec } });
      const found = Object.fromEntries(Object.keys(expected).map((field) => [field, made.spec[field]]));
      assert.equal(found, expected);
      const ips = made.spec.clusterIPs ?? [];
      const families = ips.map((ip: string) => ip.includes(":") ? "IPv6" : "IPv4");
      if (spec.clusterIP !== "None") assert.equal(families, made.spec.ipFamilies ?? []);
    });
  }

  add("Services get addresses and defaults", async (kube) => {
    const spec = { ports: [{ port: 80 }], selector: { app: "x" } };
    const made = await kube.create("services", { metadata: { name: "s" }, spec });
    assert.match(made.spec.clusterIP, /^10\.\d+\.\d+\.\d+$/);
    assert.equal(made.spec.clusterIPs, [made.spec.clusterIP]);
    assert.equal(made.spec.ports, [{ port: 80, protocol: "TCP", targetPort: 80 }]);
    const { type, ipFamilies, ipFamilyPolicy, sessionAffinity, internalTrafficPolicy } = made.spec;
    assert.equal([type, ipFamilies, ipFamilyPolicy, sessionAffinity, internalTrafficPolicy], [
      "ClusterIP",
      ["IPv4"],
      "SingleStack",
      "None",
      "Cluster",
    ]);
    const put = kube.ok(
      await kube.put(kube.path("services", "s"), { metadata: { name: "s" }, spec: { ports: [{ port: 81 }] } }),
    );
    assert.equal([put.spec.clusterIP, put.spec.ipFamilies, put.spec.ports[0].port], [
      made.spec.clusterIP,
      ["IPv4"],
      81,
    ]);
    const headless = await kube.create("services", { metadata: { name: "h" }, spec: { ...spec, clusterIP: "None" } });
    assert.equal(headless.spec.clusterIPs, ["None"]);
  });

  add("a slice holds one address family", async (kube) => {
    const slice = { addressType: "IPv4", metadata: { name: "e" }, endpoints: [{ addresses: ["fd00::1"] }] };
    kube.refused(
      await kube.send("POST", kube.path("endpointslices"), slice),
      422,
      "Invalid",
      'EndpointSlice.discovery.k8s.io "e" is invalid: endpoints[0].addresses: Invalid value: "fd00::1": must be an IPv4 address',
    );
  });

  add("Leases carry microseconds", async (kube) => {
    const lease = (renewTime: string) => ({ metadata: { name: "l" }, spec: { holderIdentity: "me", renewTime } });
    assert.is((await kube.send("POST", kube.path("leases"), lease("2026-11-23T00:00:00Z"))).code, 400);
    const time = "2026-11-23T00:00:00.123456Z";
    assert.is((await kube.create("leases", lease(time))).spec.renewTime, time);
  });
}
