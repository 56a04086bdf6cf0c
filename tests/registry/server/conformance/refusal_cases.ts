import * as assert from "uvu/assert";
import { type AddCase, type Json, workloadEntry } from "./kube_probe.ts";

/** What is refused, or dropped, and in which words. */
export function refusalCases(add: AddCase): void {
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

  add("bodies whose metadata is of the wrong types", async (kube) => {
    for (
      const metadata of [{ name: 5 }, { ownerReferences: "x" }, { ownerReferences: ["x"] }, { finalizers: {} }, {
        managedFields: 1,
      }]
    ) {
      const answer = await kube.send("POST", kube.path("workloadentries"), workloadEntry("a", undefined, metadata));
      kube.refused(answer, 400, "BadRequest", /cannot be handled as a WorkloadEntry: json: cannot unmarshal/);
    }
  });

  add("bodies above three megabytes", async (kube) => {
    const answer = await kube.send("POST", kube.path("configmaps"), {
      metadata: { name: "a" },
      data: { a: "x".repeat(3_200_000) },
    });
    kube.refused(answer, 413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728");
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
}
