import * as assert from "uvu/assert";
import { type AddCase, type Json, managers, owner, workloadEntry } from "./kube_probe.ts";

/** Server-side apply by kind: which lists are keyed, which are one field. */
export function applyKindCases(add: AddCase): void {
  add("owner references are merged by uid", async (kube) => {
    const path = kube.path("workloadentries", "a");
    const spec = { address: "1.2.3.4" };
    kube.ok(await kube.apply(path, workloadEntry("a", spec, { ownerReferences: [owner("u1")] }), "one"));
    const both = kube.ok(await kube.apply(path, workloadEntry("a", spec, { ownerReferences: [owner("u2")] }), "two"));
    assert.equal(both.metadata.ownerReferences.map((o: Json) => o.uid), ["u1", "u2"]);
    const left = kube.ok(await kube.apply(path, workloadEntry("a", spec), "one"));
    assert.equal(left.metadata.ownerReferences.map((o: Json) => o.uid), ["u2"]);
  });

  add("ports of a ServiceEntry are merged by name", async (kube) => {
    const path = kube.path("serviceentries", "s");
    const entry = (ports: Json[]) => ({
      apiVersion: "networking.istio.io/v1",
      kind: "ServiceEntry",
      metadata: { name: "s" },
      spec: { hosts: ["a.example"], ports },
    });
    kube.ok(await kube.apply(path, entry([{ name: "http", number: 80 }]), "one"));
    const both = kube.ok(await kube.apply(path, entry([{ name: "https", number: 443, protocol: "TLS" }]), "two"));
    assert.equal(both.spec.ports, [{ name: "http", number: 80 }, { name: "https", number: 443, protocol: "TLS" }]);
    const conflict = await kube.apply(path, entry([{ name: "http", number: 81 }]), "two");
    kube.refused(
      conflict,
      409,
      "Conflict",
      'Apply failed with 1 conflict: conflict with "one": .spec.ports[name="http"].number',
    );
  });

  add("conditions are one atomic list: an applied status drops the others", async (kube) => {
    await kube.create("workloadentries", workloadEntry("a"));
    const path = kube.path("workloadentries", "a");
    const foreign = { type: "WaypointBound", status: "True" };
    kube.ok(await kube.merge(`${path}/status`, { status: { conditions: [foreign] } }));
    const status = { conditions: [{ type: "Healthy", status: "True" }] };
    const config = { apiVersion: "networking.istio.io/v1", kind: "WorkloadEntry", metadata: { name: "a" }, status };
    kube.refused(await kube.apply(`${path}/status`, config, "moorline"), 409, "Conflict", /with subresource "status"/);
    const forced = kube.ok(await kube.apply(`${path}/status`, config, "moorline", true));
    assert.equal(forced.status, status);
    assert.equal(managers(forced).at(0), ["moorline", "Apply", "status", { "f:status": { "f:conditions": {} } }]);
  });

  add("a status is applied by its own managers", async (kube) => {
    await kube.create("workloadentries", workloadEntry("a"));
    const path = kube.path("workloadentries", "a");
    const config = (status: Json) => ({ ...workloadEntry("a", { address: "9.9.9.9" }), status });
    const first = kube.ok(
      await kube.apply(`${path}/status`, config({ observedGeneration: 1, validationMessages: [] }), "moorline"),
    );
    assert.equal([first.status.observedGeneration, first.spec.address], [1, "10.0.0.1"]);
    const without = kube.ok(await kube.apply(`${path}/status`, config({ validationMessages: [] }), "moorline"));
    assert.equal(without.status, { validationMessages: [] });
    kube.refused(
      await kube.apply(kube.path("workloadentries", "none/status"), { ...config({}), metadata: { name: "none" } }, "x"),
      404,
      "NotFound",
    );
  });

  add("an atomic list is one field", async (kube) => {
    const path = kube.path("serviceentries", "s");
    const entry = (addresses: string[]) => ({
      apiVersion: "networking.istio.io/v1",
      kind: "ServiceEntry",
      metadata: { name: "s" },
      spec: { hosts: ["a.example"], addresses },
    });
    kube.ok(await kube.apply(path, entry(["10.0.0.1", "10.0.0.2"]), "one"));
    const conflict = await kube.apply(path, entry(["10.0.0.1"]), "two");
    kube.refused(conflict, 409, "Conflict", 'Apply failed with 1 conflict: conflict with "one": .spec.addresses');
    const forced = kube.ok(await kube.apply(path, entry(["10.0.0.3"]), "two", true));
    assert.equal(forced.spec.addresses, ["10.0.0.3"]);
  });

  add("items of a keyed list keep what others own in them", async (kube) => {
    const path = kube.path("serviceentries", "s");
    const entry = (ports: Json[]) => ({
      apiVersion: "networking.istio.io/v1",
      kind: "ServiceEntry",
      metadata: { name: "s" },
      spec: { hosts: ["a.example"], ports },
    });
    kube.ok(await kube.apply(path, entry([{ name: "a", number: 1 }, { name: "b", number: 2 }]), "one"));
    kube.ok(await kube.apply(path, entry([{ name: "a", number: 1, protocol: "TCP" }]), "two"));
    const left = kube.ok(await kube.apply(path, entry([{ name: "b", number: 2 }]), "one"));
    assert.equal(left.spec.ports, [{ name: "a", number: 1, protocol: "TCP" }, { name: "b", number: 2 }]);
    const none = kube.ok(await kube.apply(path, { ...entry([]), spec: { hosts: ["a.example"] } }, "two"));
    assert.equal(none.spec.ports, [{ name: "b", number: 2 }]);
  });

  add("an EndpointSlice is applied: its lists are atomic", async (kube) => {
    const path = kube.path("endpointslices", "e");
    const slice = (address: string, labels: Json = {}) => ({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "e", labels },
      addressType: "IPv4",
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ name: "http", port: 80, protocol: "TCP" }],
    });
    const made = kube.ok(await kube.apply(path, slice("10.0.0.1", { a: "b" }), "moorline"));
    assert.equal(managers(made)[0][3], {
      "f:addressType": {},
      "f:endpoints": {},
      "f:metadata": { "f:labels": { "f:a": {} } },
      "f:ports": {},
    });
    assert.is(made.metadata.generation, 1);
    assert.is(kube.ok(await kube.apply(path, slice("10.0.0.2", { a: "b" }), "moorline")).metadata.generation, 2);
    assert.is(kube.ok(await kube.apply(path, slice("10.0.0.2", { a: "c" }), "moorline")).metadata.generation, 3);
    kube.refused(await kube.apply(path, slice("10.0.0.3"), "other"), 409, "Conflict", /: \.endpoints$/);
    const other = { ...slice("fd00::1"), addressType: "IPv6" };
    kube.refused(
      await kube.apply(path, other, "moorline", true),
      422,
      "Invalid",
      /addressType: Invalid value: "IPv6": field is immutable/,
    );
  });

  add("a Lease is applied, then patched by another", async (kube) => {
    const path = kube.path("leases", "l");
    const lease = (renewTime: string) => ({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "l" },
      spec: { holderIdentity: "me", leaseDurationSeconds: 40, renewTime },
    });
    const made = kube.ok(await kube.apply(path, lease("2026-11-23T00:00:00.000000Z"), "moorline"));
    assert.equal(made.spec, lease("2026-11-23T00:00:00.000000Z").spec);
    assert.not("status" in made);
    kube.ok(await kube.merge(`${path}?fieldManager=thief`, { spec: { holderIdentity: "thief" } }));
    const again = await kube.apply(path, lease("2026-11-23T00:00:10.000000Z"), "moorline");
    kube.refused(
      again,
      409,
      "Conflict",
      'Apply failed with 1 conflict: conflict with "thief" using coordination.k8s.io/v1: .spec.holderIdentity',
    );
    assert.is(
      kube.ok(await kube.apply(path, lease("2026-11-23T00:00:10.000000Z"), "moorline", true)).spec.holderIdentity,
      "me",
    );
  });

  add("ports of a Service are merged by port and protocol", async (kube) => {
    const path = kube.path("services", "s");
    const service = (ports: Json[]) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s" },
      spec: { ports },
    });
    kube.ok(await kube.apply(path, service([{ name: "http", port: 80 }]), "one"));
    const both = kube.ok(await kube.apply(path, service([{ name: "dns", port: 53, protocol: "UDP" }]), "two"));
    assert.equal(both.spec.ports.map((p: Json) => [p.name, p.port, p.protocol, p.targetPort]), [
      ["http", 80, "TCP", 80],
      ["dns", 53, "UDP", 53],
    ]);
    assert.equal(managers(both)[0][3], {
      "f:spec": {
        "f:ports": {
          'k:{"port":80,"protocol":"TCP"}': {
            ".": {},
            "f:name": {},
            "f:port": {},
          },
        },
      },
    });
  });

  add("a ConfigMap applied and un-applied", async (kube) => {
    const path = kube.path("configmaps", "c");
    const config = (data: Json) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data });
    kube.ok(await kube.apply(path, config({ a: "1", b: "2" }), "one"));
    const less = kube.ok(await kube.apply(path, config({ b: "3" }), "one"));
    assert.equal([less.data, managers(less)], [{ b: "3" }, [["one", "Apply", "", { "f:data": { "f:b": {} } }]]]);
    const { data: _, ...nothing } = config({});
    const none = kube.ok(await kube.apply(path, nothing, "one"));
    assert.equal([none.data, none.metadata.managedFields], [undefined, undefined]);
  });
}
