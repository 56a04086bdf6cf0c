import * as assert from "uvu/assert";
import { type AddCase, configMap, workloadEntry } from "./kube_probe.ts";

/** Create, get, PUT, deletes, dry runs. */
export function writeCases(add: AddCase): void {
  add("creation fills in what the server owns", async (kube) => {
    const made = await kube.create("workloadentries", workloadEntry("a", undefined, { uid: "mine", generation: 9 }));
    assert.is(made.metadata.namespace, kube.namespace);
    assert.match(made.metadata.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    assert.match(made.metadata.resourceVersion, /^\d+$/);
    assert.match(made.metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.is(made.metadata.generation, 1);
    assert.equal(kube.ok(await kube.get(kube.path("workloadentries", "a"))), made);
  });

  add("a second object of one name is refused", async (kube) => {
    await kube.create("workloadentries", workloadEntry("a"));
    const body = kube.refused(
      await kube.send("POST", kube.path("workloadentries"), workloadEntry("a")),
      409,
      "AlreadyExists",
      'workloadentries.networking.istio.io "a" already exists',
    );
    assert.equal(body.details, { name: "a", group: "networking.istio.io", kind: "workloadentries" });
  });

  add("what is absent is 404 with its name", async (kube) => {
    const path = kube.path("workloadentries", "none");
    const message = 'workloadentries.networking.istio.io "none" not found';
    kube.refused(await kube.get(path), 404, "NotFound", message);
    kube.refused(await kube.delete(path), 404, "NotFound", message);
    kube.refused(await kube.merge(path, { spec: {} }), 404, "NotFound", message);
  });

  add("creation in a namespace that does not exist", async (kube) => {
    const path = kube.path("workloadentries").replace(kube.namespace, "missing");
    const body = kube.refused(
      await kube.send("POST", path, workloadEntry("a")),
      404,
      "NotFound",
      'namespaces "missing" not found',
    );
    assert.equal(body.details, { name: "missing", kind: "namespaces" });
  });

  add("generateName appends a suffix", async (kube) => {
    const metadata = { generateName: "made-" };
    const made = await kube.create("configmaps", { metadata });
    assert.match(made.metadata.name, /^made-[a-z0-9]{5}$/);
  });

  add("PUT wants the newest resourceVersion", async (kube) => {
    const made = await kube.create("workloadentries", workloadEntry("a"));
    const path = kube.path("workloadentries", "a");
    const theirs = { creationTimestamp: "2001-01-01T00:00:00Z", generation: 99 };
    const next = { ...made, metadata: { ...made.metadata, ...theirs }, spec: { address: "10.0.0.2" } };
    const changed = kube.ok(await kube.put(path, next));
    assert.is(changed.metadata.generation, 2);
    assert.is(changed.metadata.uid, made.metadata.uid);
    assert.is(changed.metadata.creationTimestamp, made.metadata.creationTimestamp);
    const dying = { ...changed, metadata: { ...changed.metadata, deletionTimestamp: "2001-01-01T00:00:00Z" } };
    const refusal = 'metadata.deletionTimestamp: Invalid value: "2001-01-01T00:00:00Z": field is immutable';
    kube.refused(
      await kube.put(path, dying),
      422,
      "Invalid",
      `WorkloadEntry.networking.istio.io "a" is invalid: ${refusal}`,
    );
    assert.ok(BigInt(changed.metadata.resourceVersion) > BigInt(made.metadata.resourceVersion));
    kube.refused(
      await kube.put(path, next),
      409,
      "Conflict",
      'Operation cannot be fulfilled on workloadentries.networking.istio.io "a": the object has been modified; please ' +
        "apply your changes to the latest version and try again",
    );
  });

  add("PUT of a custom object without resourceVersion is invalid", async (kube) => {
    await kube.create("workloadentries", workloadEntry("a"));
    const answer = await kube.put(kube.path("workloadentries", "a"), workloadEntry("a"));
    const body = kube.refused(
      answer,
      422,
      "Invalid",
      /metadata\.resourceVersion: Invalid value: 0: must be specified for an update/,
    );
    assert.is(body.details.causes[0].field, "metadata.resourceVersion");
  });

  add("PUT of a core object without resourceVersion overwrites", async (kube) => {
    await kube.create("configmaps", configMap("c", { a: "1" }));
    assert.equal(kube.ok(await kube.put(kube.path("configmaps", "c"), configMap("c", { b: "2" }))).data, { b: "2" });
  });

  add("PUT under another name is a bad request", async (kube) => {
    await kube.create("workloadentries", workloadEntry("a"));
    const answer = await kube.put(kube.path("workloadentries", "a"), workloadEntry("b"));
    kube.refused(answer, 400, "BadRequest", "the name of the object (b) does not match the name on the URL (a)");
  });

  add("PUT of an object that was made again", async (kube) => {
    const made = await kube.create("workloadentries", workloadEntry("a"));
    const path = kube.path("workloadentries", "a");
    await kube.delete(path);
    await kube.create("workloadentries", workloadEntry("a"));
    kube.refused(await kube.put(path, made), 409, "Conflict", /Precondition failed: UID in precondition: /);
  });

  add("a write that changes nothing keeps the resourceVersion", async (kube) => {
    const made = await kube.create("workloadentries", workloadEntry("a"));
    const path = kube.path("workloadentries", "a");
    assert.is(kube.ok(await kube.put(path, made)).metadata.resourceVersion, made.metadata.resourceVersion);
    const patched = kube.ok(await kube.merge(path, { spec: { address: "10.0.0.1" } }));
    assert.is(patched.metadata.resourceVersion, made.metadata.resourceVersion);
  });

  add("deletes honour preconditions", async (kube) => {
    const made = await kube.create("workloadentries", workloadEntry("a"));
    const path = kube.path("workloadentries", "a");
    const { uid, resourceVersion } = made.metadata;
    kube.refused(
      await kube.delete(path, { preconditions: { uid: "other" } }),
      409,
      "Conflict",
      /the UID in the precondition \(other\)/,
    );
    kube.refused(
      await kube.delete(path, { preconditions: { resourceVersion: "1" } }),
      409,
      "Conflict",
      /the ResourceVersion in the precondition \(1\)/,
    );
    const gone = kube.ok(await kube.delete(path, { preconditions: { uid, resourceVersion } }));
    assert.equal([gone.status, gone.details.uid], ["Success", uid]);
    assert.is((await kube.get(path)).code, 404);
  });

  add("a dry run answers as if and changes nothing", async (kube) => {
    const path = kube.path("workloadentries");
    const made = await kube.send("POST", `${path}?dryRun=All`, workloadEntry("a"));
    assert.is(made.code, 201);
    assert.ok(made.body.metadata.uid);
    assert.is((await kube.get(`${path}/a`)).code, 404);
    await kube.create("workloadentries", workloadEntry("b"));
    assert.is((await kube.send("DELETE", `${path}/b?dryRun=All`)).code, 200);
    const put = await kube.send("PATCH", `${path}/b?dryRun=All`, { spec: { weight: 5 } }, {
      type: "application/merge-patch+json",
    });
    assert.is(put.body.spec.weight, 5);
    assert.is(kube.ok(await kube.get(`${path}/b`)).spec.weight, undefined);
  });
}
