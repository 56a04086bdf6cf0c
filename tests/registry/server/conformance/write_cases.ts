import * as assert from "uvu/assert";
import type { AddCase } from "../conformance_suite.ts";
import { configMap, type Json, workloadEntry } from "./kube_probe.ts";

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

  add("unknown fields of a custom object are dropped with a warning, or refused to the strict", async (kube) => {
    const path = kube.path("workloadentries");
    const entry = workloadEntry("a", { address: "1.2.3.4", foo: 1 });
    kube.refused(
      await kube.send("POST", `${path}?fieldValidation=Strict`, entry),
      400,
      "BadRequest",
      'WorkloadEntry in version "v1" cannot be handled as a WorkloadEntry: strict decoding error: unknown field "spec.foo"',
    );
    const made = await kube.send("POST", path, entry);
    assert.equal([made.code, made.body.spec], [201, { address: "1.2.3.4" }]);
    assert.is(made.headers.get("warning"), '299 - "unknown field \\"spec.foo\\""');
  });

  add("null is absence", async (kube) => {
    const made = await kube.create("workloadentries", workloadEntry("a", { address: null, network: "n" }));
    assert.equal(made.spec, { network: "n" });
  });

  const serviceEntry = (spec: Json) => ({
    apiVersion: "networking.istio.io/v1",
    kind: "ServiceEntry",
    metadata: { name: "s" },
    spec,
  });
  const workloadGroup = (spec: Json) => ({
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadGroup",
    metadata: { name: "g" },
    spec,
  });
  const refusals: [string, Json, string][] = [
    ["workloadentries", workloadEntry("a", { address: "unix://x", ports: { a: 1 } }), "UDS must be an absolute path"],
    [
      "workloadentries",
      workloadEntry("a", { address: "x".repeat(257) }),
      "spec.address: Too long: may not be more than 256 bytes",
    ],
    ["workloadentries", workloadEntry("a", { address: "a", ports: { "a b": 1 } }), "port name must be valid"],
    ["workloadentries", workloadEntry("a", { address: "a", weight: -1 }), "should be greater than or equal to 0"],
    ["workloadentries", { ...workloadEntry("a"), spec: undefined }, "spec: Required value"],
    ["workloadentries", workloadEntry("a".repeat(254)), "must be no more than 253 characters"],
    ["workloadentries", { ...workloadEntry("a"), metadata: {} }, "name or generateName is required"],
    [
      "workloadentries",
      workloadEntry("a", undefined, { labels: { a: "b c" } }),
      "a valid label must be an empty string",
    ],
    ["workloadentries", workloadEntry("a", undefined, { labels: { "a b": "c" } }), "name part must consist of"],
    [
      "workloadentries",
      workloadEntry("a", undefined, { labels: { a: "x".repeat(64) } }),
      "must be no more than 63 bytes",
    ],
    ["workloadentries", workloadEntry("a", undefined, { annotations: { "a b": "c" } }), "name part must consist of"],
    [
      "workloadentries",
      workloadEntry("a", undefined, { ownerReferences: [{ kind: "x" }] }),
      "version must not be empty",
    ],
    ["serviceentries", serviceEntry({}), "spec.hosts: Required value"],
    ["serviceentries", serviceEntry({ hosts: [] }), "should have at least 1 items"],
    ["serviceentries", serviceEntry({ hosts: ["*"] }), "hostname cannot be wildcard"],
    [
      "serviceentries",
      serviceEntry({ hosts: ["a.b"], resolution: "FOO" }),
      'Unsupported value: "FOO": supported values:',
    ],
    [
      "serviceentries",
      serviceEntry({ hosts: ["a.b"], addresses: ["10.0.0.0/8"], resolution: "DNS" }),
      "CIDR addresses are allowed only",
    ],
    [
      "serviceentries",
      serviceEntry({ hosts: ["a.b"], endpoints: [{ address: "a" }] }),
      "NONE mode cannot set endpoints",
    ],
    [
      "serviceentries",
      serviceEntry({ hosts: ["a.b"], ports: [{ name: "a", number: 1 }, { name: "a", number: 2 }] }),
      'Duplicate value: {"name":"a"}',
    ],
    [
      "serviceentries",
      serviceEntry({ hosts: ["a.b"], ports: [{ name: "a", number: 1 }, { name: "b", number: 1 }] }),
      "port number cannot be duplicated",
    ],
    ["serviceentries", serviceEntry({ hosts: ["a.b"], ports: [{ number: 1 }] }), "spec.ports[0].name: Required value"],
    ["workloadgroups", workloadGroup({}), "spec.template: Required value"],
    [
      "workloadgroups",
      workloadGroup({ template: {}, probe: { httpGet: { port: 1 }, tcpSocket: { port: 2 } } }),
      "(oneOf). Found 2 valid alternatives",
    ],
    [
      "workloadgroups",
      workloadGroup({ template: {}, probe: { tcpSocket: { port: 0 } } }),
      "port must be between 1-65535",
    ],
    ["services", { metadata: { name: "Upper" }, spec: { ports: [{ port: 80 }] } }, "a lowercase RFC 1123 label"],
    ["services", { metadata: { name: "a.b" }, spec: { ports: [{ port: 80 }] } }, "must not contain dots"],
    ["services", { metadata: { name: "s" }, spec: {} }, "spec.ports: Required value"],
    ["endpointslices", { metadata: { name: "e" }, endpoints: [] }, "addressType: Required value"],
    ["endpointslices", { metadata: { name: "e" }, addressType: "X", endpoints: [] }, "Unsupported value"],
    [
      "endpointslices",
      { metadata: { name: "e" }, addressType: "IPv4", endpoints: [{ addresses: [] }] },
      "must contain at least 1 address",
    ],
    [
      "endpointslices",
      { metadata: { name: "e" }, addressType: "IPv4", endpoints: [{ addresses: ["127.0.0.1"] }] },
      "loopback range",
    ],
    ["leases", { metadata: { name: "l" }, spec: { leaseDurationSeconds: 0 } }, "must be greater than 0"],
    ["events", { metadata: { name: "e" }, involvedObject: {}, reason: "X" }, "does not match event.namespace"],
  ];
  for (const [plural, object, part] of refusals) {
    add(`${plural}: ${part}`, async (kube) => {
      const answer = await kube.send("POST", kube.path(plural), object);
      const body = kube.refused(answer, 422, "Invalid");
      assert.ok(body.message.includes(part), body.message);
    });
  }

  add("bodies that are no object of the kind", async (kube) => {
    const path = kube.path("workloadentries");
    const { kind: _, ...untyped } = workloadEntry("a");
    kube.refused(await kube.send("POST", path, untyped), 400, "BadRequest", /Object 'Kind' is missing/);
    kube.refused(
      await kube.send("POST", path, { ...workloadEntry("a"), apiVersion: "v1" }),
      400,
      "BadRequest",
      /does not match the expected API version/,
    );
    kube.refused(
      await kube.send("POST", path, { ...workloadEntry("a"), kind: "Foo" }),
      422,
      "Invalid",
      /kind: Invalid value: "Foo": must be WorkloadEntry/,
    );
    kube.refused(await kube.send("POST", path, "nope"), 400, "BadRequest", /must be of type WorkloadEntry/);
    kube.refused(
      await kube.send("POST", path, workloadEntry("a", undefined, { namespace: "other" })),
      400,
      "BadRequest",
      /the namespace of the provided object does not match/,
    );
    kube.refused(
      await kube.send("POST", path, workloadEntry("a", undefined, { labels: { a: 1 } })),
      400,
      "BadRequest",
      /cannot unmarshal number/,
    );
    assert.is((await kube.send("POST", path, workloadEntry("a", undefined, { resourceVersion: "5" }))).code, 500);
  });

  add("PUT of an object that was made again", async (kube) => {
    const made = await kube.create("workloadentries", workloadEntry("a"));
    const path = kube.path("workloadentries", "a");
    await kube.delete(path);
    await kube.create("workloadentries", workloadEntry("a"));
    kube.refused(await kube.put(path, made), 409, "Conflict", /Precondition failed: UID in precondition: /);
  });

  add("options of writes are checked", async (kube) => {
    const path = kube.path("workloadentries");
    kube.refused(
      await kube.send("POST", `${path}?dryRun=Foo`, workloadEntry("a")),
      422,
      "Invalid",
      /CreateOptions.meta.k8s.io "" is invalid: dryRun/,
    );
    const long = "x".repeat(129);
    kube.refused(
      await kube.send("POST", `${path}?fieldManager=${long}`, workloadEntry("a")),
      422,
      "Invalid",
      /may not be more than 128 bytes/,
    );
    kube.refused(await kube.put(path, {}), 400, "BadRequest", "name must be provided");
  });

  add("patches of other types", async (kube) => {
    await kube.create("workloadentries", workloadEntry("a"));
    await kube.create("services", {
      metadata: { name: "s" },
      spec: { ports: [{ name: "a", port: 1 }, { name: "b", port: 2 }] },
    });
    const path = kube.path("workloadentries", "a");
    const type = "application/strategic-merge-patch+json";
    kube.refused(
      await kube.send("PATCH", path, {}, { type }),
      415,
      "UnsupportedMediaType",
      "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, " +
        "application/merge-patch+json, application/apply-patch+yaml",
    );
    const ports = [{ port: 2, name: "c" }, { port: 3, name: "d" }, { $patch: "delete", port: 1 }];
    const merged = kube.ok(await kube.send("PATCH", kube.path("services", "s"), { spec: { ports } }, { type }));
    assert.equal(merged.spec.ports.map((p: Json) => [p.port, p.name]).sort(), [[2, "c"], [3, "d"]]);
    kube.refused(
      await kube.merge(`${path}?force=true`, {}),
      422,
      "Invalid",
      /force: Forbidden: may not be specified for non-apply patch/,
    );
    kube.refused(await kube.merge(path, []), 400, "BadRequest", /^error decoding patch/);
    kube.refused(
      await kube.merge(path, { metadata: { name: "b" } }),
      400,
      "BadRequest",
      /does not match the name on the URL/,
    );
  });

  add("status by PUT, and reading it", async (kube) => {
    const made = await kube.create("workloadentries", workloadEntry("a"));
    const path = kube.path("workloadentries", "a/status");
    const put = kube.ok(await kube.put(path, { ...made, spec: { address: "9.9.9.9" }, status: { conditions: [] } }));
    assert.equal([put.spec, put.status], [made.spec, { conditions: [] }]);
    assert.equal(kube.ok(await kube.get(path)), put);
    kube.refused(await kube.put(path, made), 409, "Conflict");
    assert.is((await kube.get(kube.path("configmaps", "c/status"))).code, 404);
  });

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
