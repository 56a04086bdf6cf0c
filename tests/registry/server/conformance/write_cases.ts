import * as assert from "uvu/assert";
import type { AddCase } from "../conformance_suite.ts";
import { configMap, workloadEntry } from "./kube_probe.ts";

/** Create, get, PUT, patches, status, deletes, validation. */
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
    const next = { ...made, spec: { address: "10.0.0.2" } };
    const changed = kube.ok(await kube.put(path, next));
    assert.is(changed.metadata.generation, 2);
    assert.is(changed.metadata.uid, made.metadata.uid);
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

  add("a write that changes nothing keeps the resourceVersion", async (kube) => {
    const made = await kube.create("workloadentries", workloadEntry("a"));
    const path = kube.path("workloadentries", "a");
    assert.is(kube.ok(await kube.put(path, made)).metadata.resourceVersion, made.metadata.resourceVersion);
    const patched = kube.ok(await kube.merge(path, { spec: { address: "10.0.0.1" } }));
    assert.is(patched.metadata.resourceVersion, made.metadata.resourceVersion);
  });

  add("merge patch adds, replaces and removes", async (kube) => {
    await kube.create("workloadentries", workloadEntry("a", { address: "1.2.3.4", ports: { a: 1, b: 2 } }));
    const path = kube.path("workloadentries", "a");
    const patch = { metadata: { labels: { x: "y" } }, spec: { ports: { a: null, c: 3 } } };
    const patched = kube.ok(await kube.merge(path, patch));
    assert.equal(patched.spec, { address: "1.2.3.4", ports: { b: 2, c: 3 } });
    assert.equal(patched.metadata.labels, { x: "y" });
    kube.refused(await kube.merge(path, { metadata: { resourceVersion: "1" }, spec: { weight: 1 } }), 409, "Conflict");
  });

  add("JSON patch tests, adds and removes", async (kube) => {
    await kube.create("workloadentries", workloadEntry("a", { address: "1.2.3.4", ports: { a: 1 } }));
    const path = kube.path("workloadentries", "a");
    const send = (operations: unknown) => kube.send("PATCH", path, operations, { type: "application/json-patch+json" });
    const patched = kube.ok(
      await send([
        { op: "test", path: "/spec/address", value: "1.2.3.4" },
        { op: "add", path: "/metadata/labels", value: { "a/b": "c" } },
        { op: "replace", path: "/metadata/labels/a~1b", value: "d" },
        { op: "remove", path: "/spec/ports" },
      ]),
    );
    assert.equal([patched.spec, patched.metadata.labels], [{ address: "1.2.3.4" }, { "a/b": "d" }]);
    assert.is((await send([{ op: "test", path: "/spec/address", value: "no" }])).code, 422);
  });

  add("the main resource ignores status, the status subresource everything else", async (kube) => {
    const conditions = [{ type: "Healthy", status: "True" }];
    const made = await kube.create("workloadentries", { ...workloadEntry("a"), status: { conditions } });
    assert.is(made.status, undefined);
    const path = kube.path("workloadentries", "a");
    const patch = { metadata: { labels: { no: "no" } }, spec: { address: "9.9.9.9" }, status: { conditions } };
    const reported = kube.ok(await kube.merge(`${path}/status`, patch));
    assert.equal(reported.status, { conditions });
    assert.equal([reported.spec.address, reported.metadata.labels], ["10.0.0.1", undefined]);
    assert.is(reported.metadata.generation, 1);
    const again = kube.ok(await kube.merge(path, { spec: { weight: 1 }, status: null }));
    assert.equal([again.status, again.spec.weight], [{ conditions }, 1]);
    kube.refused(
      await kube.merge(`${path}/status`, { metadata: { resourceVersion: "1" }, status: {} }),
      409,
      "Conflict",
    );
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

  add("names, addresses and ports that the schema refuses", async (kube) => {
    const path = kube.path("workloadentries");
    const named = kube.refused(
      await kube.send("POST", path, workloadEntry("A_b")),
      422,
      "Invalid",
      /lowercase RFC 1123 subdomain/,
    );
    assert.equal(named.details.causes.map((cause: { field: string }) => cause.field), ["metadata.name"]);
    const body = kube.refused(
      await kube.send("POST", path, workloadEntry("b", { ports: { x: 0 } })),
      422,
      "Invalid",
      'WorkloadEntry.networking.istio.io "b" is invalid: [spec: Invalid value: Address is required, ' +
        "spec.ports[x]: Invalid value: 0: port must be between 1-65535]",
    );
    assert.equal(body.details.causes, [
      { reason: "FieldValueInvalid", message: "Invalid value: Address is required", field: "spec" },
      {
        reason: "FieldValueInvalid",
        message: "Invalid value: 0: port must be between 1-65535",
        field: "spec.ports[x]",
      },
    ]);
    const typed = kube.refused(
      await kube.send("POST", path, workloadEntry("b", { address: "a", weight: "x" })),
      422,
      "Invalid",
    );
    assert.is(
      typed.details.causes[0].message,
      'Invalid value: "string": spec.weight in body must be of type integer: "string"',
    );
  });

  add("unknown fields of a custom object are dropped", async (kube) => {
    const made = await kube.create("workloadentries", workloadEntry("a", { address: "1.2.3.4", foo: 1 }));
    assert.equal(made.spec, { address: "1.2.3.4" });
  });

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
