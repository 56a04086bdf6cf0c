import * as assert from "uvu/assert";
import type { AddCase } from "../conformance_suite.ts";
import { type Json, workloadEntry } from "./kube_probe.ts";

const managers = (object: Json) =>
  object.metadata.managedFields.map((e: Json) => [e.manager, e.operation, e.subresource ?? "", e.fieldsV1]);

const owner = (uid: string, name = uid) => ({ apiVersion: "networking.istio.io/v1", kind: "WorkloadGroup", name, uid });

/** Server-side apply: ownership, conflicts, what goes away with its owner. */
export function applyCases(add: AddCase): void {
  add("makes what is absent, owning exactly what was sent", async (kube) => {
    const metadata = { labels: { app: "x" }, annotations: { "moorline.dev/a": "b" }, ownerReferences: [owner("u1")] };
    const config = workloadEntry("a", { address: "1.2.3.4", ports: { http: 80 }, labels: { app: "x" } }, metadata);
    const answer = await kube.apply(kube.path("workloadentries", "a"), config, "moorline");
    assert.is(answer.code, 201);
    assert.equal(managers(answer.body), [["moorline", "Apply", "", {
      "f:metadata": {
        "f:annotations": { "f:moorline.dev/a": {} },
        "f:labels": { "f:app": {} },
        "f:ownerReferences": { 'k:{"uid":"u1"}': {} },
      },
      "f:spec": { "f:address": {}, "f:labels": { "f:app": {} }, "f:ports": { "f:http": {} } },
    }]]);
  });

  add("applying the same again writes nothing", async (kube) => {
    const path = kube.path("workloadentries", "a");
    const first = kube.ok(await kube.apply(path, workloadEntry("a"), "moorline"));
    const second = await kube.apply(path, workloadEntry("a"), "moorline");
    assert.is(second.code, 200);
    assert.equal(second.body, first);
  });

  add("what is no longer applied goes, containers with it", async (kube) => {
    const path = kube.path("workloadentries", "a");
    const full = workloadEntry("a", { address: "1.2.3.4", ports: { http: 80 }, labels: { app: "x" } }, {
      labels: { app: "x", k: "v" },
      ownerReferences: [owner("u1")],
    });
    kube.ok(await kube.apply(path, full, "moorline"));
    const less = kube.ok(
      await kube.apply(path, workloadEntry("a", { address: "1.2.3.4" }, { labels: { app: "x" } }), "moorline"),
    );
    assert.equal(less.spec, { address: "1.2.3.4" });
    assert.equal([less.metadata.labels, less.metadata.ownerReferences], [{ app: "x" }, undefined]);
    const none = kube.ok(await kube.apply(path, workloadEntry("a", { address: "1.2.3.4" }), "moorline"));
    assert.is(none.metadata.labels, undefined);
    assert.equal(managers(none), [["moorline", "Apply", "", { "f:spec": { "f:address": {} } }]]);
  });

  add("conflicts name every field, and nothing is written", async (kube) => {
    const path = kube.path("workloadentries", "a");
    const mine = workloadEntry("a", { address: "1.2.3.4", ports: { http: 80 } }, { labels: { app: "x" } });
    const first = kube.ok(await kube.apply(path, mine, "moorline"));
    const theirs = workloadEntry("a", { address: "1.2.3.5", ports: { http: 81 } }, { labels: { app: "y", z: "v" } });
    const body = kube.refused(
      await kube.apply(path, theirs, "other"),
      409,
      "Conflict",
      'Apply failed with 3 conflicts: conflicts with "moorline":\n- .metadata.labels.app\n- .spec.address\n- .spec.ports.http',
    );
    assert.equal(body.details.causes[0], {
      reason: "FieldManagerConflict",
      message: 'conflict with "moorline"',
      field: ".metadata.labels.app",
    });
    const one = await kube.apply(path, workloadEntry("a", { address: "1.2.3.5" }), "other");
    kube.refused(one, 409, "Conflict", 'Apply failed with 1 conflict: conflict with "moorline": .spec.address');
    assert.equal(kube.ok(await kube.get(path)), first);
  });

  add("two managers may own one field with one value", async (kube) => {
    const path = kube.path("workloadentries", "a");
    kube.ok(await kube.apply(path, workloadEntry("a", { address: "1.2.3.4", weight: 5 }), "one"));
    kube.ok(await kube.apply(path, workloadEntry("a", { address: "1.2.3.4" }), "two"));
    const left = kube.ok(await kube.apply(path, workloadEntry("a", {}), "one"));
    assert.equal(left.spec, { address: "1.2.3.4" });
    // An empty map that is applied is owned as such; a manager that never changed the object has no time.
    assert.equal(managers(left), [
      ["two", "Apply", "", { "f:spec": { "f:address": {} } }],
      ["one", "Apply", "", { "f:spec": {} }],
    ]);
    assert.equal(left.metadata.managedFields.map((entry: Json) => "time" in entry), [false, true]);
  });

  add("force takes the fields over", async (kube) => {
    const path = kube.path("workloadentries", "a");
    kube.ok(await kube.apply(path, workloadEntry("a", { address: "1.2.3.4", weight: 5 }), "one"));
    const forced = kube.ok(await kube.apply(path, workloadEntry("a", { address: "9.9.9.9" }), "two", true));
    assert.equal(forced.spec, { address: "9.9.9.9", weight: 5 });
    assert.equal(managers(forced), [
      ["one", "Apply", "", { "f:spec": { "f:weight": {} } }],
      ["two", "Apply", "", { "f:spec": { "f:address": {} } }],
    ]);
  });

  add("a forced apply leaves the labels of whoever made the object", async (kube) => {
    const made = workloadEntry("a", { address: "1.2.3.4", labels: { app: "old" } }, {
      labels: { app: "old", version: "v1" },
    });
    await kube.create("workloadentries", made);
    const path = kube.path("workloadentries", "a");
    const mine = workloadEntry("a", { address: "1.2.3.4", labels: { app: "new" } }, { labels: { app: "new" } });
    kube.refused(
      await kube.apply(path, mine, "moorline"),
      409,
      "Conflict",
      /conflicts with "conformance" using networking.istio.io\/v1:/,
    );
    const forced = kube.ok(await kube.apply(path, mine, "moorline", true));
    assert.equal(forced.metadata.labels, { app: "new", version: "v1" });
  });

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

  add("apply honours resourceVersion and uid", async (kube) => {
    const path = kube.path("workloadentries", "a");
    const made = kube.ok(await kube.apply(path, workloadEntry("a"), "one"));
    const stale = workloadEntry("a", { address: "10.0.0.2" }, { resourceVersion: "1" });
    kube.refused(await kube.apply(path, stale, "one"), 409, "Conflict", /the object has been modified/);
    const other = workloadEntry("a", { address: "10.0.0.2" }, { uid: "other" });
    kube.refused(
      await kube.apply(path, other, "one"),
      422,
      "Invalid",
      /metadata\.uid: Invalid value: "other": field is immutable/,
    );
    const { resourceVersion, uid } = made.metadata;
    kube.ok(await kube.apply(path, workloadEntry("a", { address: "10.0.0.2" }, { resourceVersion, uid }), "one"));
  });

  add("apply wants the type and the name of its object", async (kube) => {
    const path = kube.path("workloadentries", "a");
    kube.refused(await kube.apply(path, { spec: {} }, "x"), 400, "BadRequest", "invalid object type: /, Kind=");
    kube.refused(
      await kube.apply(path, { ...workloadEntry("a"), kind: "Foo" }, "x"),
      400,
      "BadRequest",
      "invalid object type: networking.istio.io/v1, Kind=Foo",
    );
    kube.refused(
      await kube.apply(path, workloadEntry("b"), "x"),
      400,
      "BadRequest",
      /does not match the name on the URL/,
    );
  });

  add("a PUT adopts: what it leaves out is gone, whoever owned it", async (kube) => {
    const path = kube.path("workloadentries", "a");
    kube.ok(
      await kube.apply(path, workloadEntry("a", { address: "1.2.3.4", weight: 5 }, { labels: { old: "1" } }), "istiod"),
    );
    const made = kube.ok(await kube.get(path));
    const mine = workloadEntry("a", { address: "1.2.3.4" }, {
      labels: { mine: "1" },
      resourceVersion: made.metadata.resourceVersion,
    });
    const put = kube.ok(await kube.put(`${path}?fieldManager=moorline`, mine));
    assert.equal([put.spec, put.metadata.labels], [{ address: "1.2.3.4" }, { mine: "1" }]);
    assert.equal(managers(put).map(([name, operation]: string[]) => `${name} ${operation}`), [
      "istiod Apply",
      "moorline Update",
    ]);
  });

  add("a reset of managedFields ends the tracking until the next apply", async (kube) => {
    await kube.create("workloadentries", workloadEntry("a", { address: "1.2.3.4" }));
    const path = kube.path("workloadentries", "a");
    assert.is(kube.ok(await kube.merge(path, { metadata: { managedFields: [{}] } })).metadata.managedFields, undefined);
    assert.is(kube.ok(await kube.merge(path, { spec: { weight: 1 } })).metadata.managedFields, undefined);
    const applied = kube.ok(
      await kube.apply(path, workloadEntry("a", { address: "1.2.3.4", network: "n" }), "moorline"),
    );
    assert.equal(managers(applied), [
      ["moorline", "Apply", "", { "f:spec": { "f:address": {}, "f:network": {} } }],
      ["before-first-apply", "Update", "", { "f:spec": { ".": {}, "f:address": {}, "f:weight": {} } }],
    ]);
  });

  add("an applied dry run shows and does not write", async (kube) => {
    const path = kube.path("workloadentries", "a");
    const type = "application/apply-patch+yaml";
    const answer = await kube.send("PATCH", `${path}?fieldManager=x&dryRun=All`, workloadEntry("a"), { type });
    assert.is(answer.code, 201);
    assert.is((await kube.get(path)).code, 404);
  });

  add("apply wants a manager and no managedFields", async (kube) => {
    const path = kube.path("workloadentries", "a");
    const type = "application/apply-patch+yaml";
    const body = kube.refused(
      await kube.send("PATCH", path, workloadEntry("a"), { type }),
      422,
      "Invalid",
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
    assert.is(body.details.causes[0].field, "fieldManager");
    const config = workloadEntry("a", undefined, { managedFields: [{ manager: "x" }] });
    kube.refused(await kube.apply(path, config, "x"), 400, "BadRequest", "metadata.managedFields must be nil");
  });

  add("other writers' shares are tracked by their user agent", async (kube) => {
    const made = await kube.create(
      "workloadentries",
      workloadEntry("a", { address: "1.2.3.4" }, { labels: { app: "x" } }),
    );
    assert.equal(managers(made), [["conformance", "Update", "", {
      "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
      "f:spec": { ".": {}, "f:address": {} },
    }]]);
    const path = kube.path("workloadentries", "a");
    const reported = kube.ok(await kube.merge(`${path}/status?fieldManager=istiod`, { status: { conditions: [] } }));
    assert.equal(managers(reported).at(-1), ["istiod", "Update", "status", {
      "f:status": { ".": {}, "f:conditions": {} },
    }]);
    const patched = kube.ok(await kube.merge(`${path}?fieldManager=patcher`, { spec: { address: "4.3.2.1" } }));
    const names = managers(patched).map(([name]: string[]) => name);
    assert.equal(names.sort(), ["conformance", "istiod", "patcher"]);
  });

  add("an applied field that is changed by others is lost to them and wins only by force", async (kube) => {
    const path = kube.path("workloadentries", "a");
    kube.ok(await kube.apply(path, workloadEntry("a", { address: "1.2.3.4" }), "moorline"));
    kube.ok(await kube.merge(`${path}?fieldManager=kubectl-edit`, { spec: { address: "9.9.9.9" } }));
    kube.refused(
      await kube.apply(path, workloadEntry("a", { address: "1.2.3.4" }), "moorline"),
      409,
      "Conflict",
      'Apply failed with 1 conflict: conflict with "kubectl-edit" using networking.istio.io/v1: .spec.address',
    );
    assert.is(
      kube.ok(await kube.apply(path, workloadEntry("a", { address: "1.2.3.4" }), "moorline", true)).spec.address,
      "1.2.3.4",
    );
  });
}
