import * as assert from "uvu/assert";
import { type AddCase, type Json, managers, owner, workloadEntry } from "./kube_probe.ts";

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
    const shares = Object.fromEntries(managers(patched).map(([name, , , fields]: Json[]) => [name, fields]));
    assert.equal(shares, {
      conformance: { "f:metadata": { "f:labels": { ".": {}, "f:app": {} } }, "f:spec": {} },
      istiod: { "f:status": { ".": {}, "f:conditions": {} } },
      patcher: { "f:spec": { "f:address": {} } },
    });
    const unlabelled = kube.ok(await kube.merge(`${path}?fieldManager=patcher`, { metadata: { labels: null } }));
    assert.equal(managers(unlabelled).find(([name]: string[]) => name === "conformance")[3], { "f:spec": {} });
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
    const both = workloadEntry("a", { address: "10.0.0.2" }, { resourceVersion: "1", uid: "other" });
    kube.refused(await kube.apply(path, both, "one"), 409, "Conflict", /the object has been modified/);
    const gone = workloadEntry("gone", {}, { resourceVersion: "1", uid: "other" });
    const nothing = /uid mismatch: the provided object specified uid other, and no existing object was found/;
    kube.refused(await kube.apply(kube.path("workloadentries", "gone"), gone, "one"), 409, "Conflict", nothing);
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

  add("an applied dry run shows and does not write", async (kube) => {
    const path = kube.path("workloadentries", "a");
    const type = "application/apply-patch+yaml";
    const answer = await kube.send("PATCH", `${path}?fieldManager=x&dryRun=All`, workloadEntry("a"), { type });
    assert.is(answer.code, 201);
    assert.is((await kube.get(path)).code, 404);
  });
}
