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
