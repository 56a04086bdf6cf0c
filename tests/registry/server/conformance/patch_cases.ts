import * as assert from "uvu/assert";
import { type AddCase, type Json, workloadEntry } from "./kube_probe.ts";

/** Patches of all types, and the status subresource. */
export function patchCases(add: AddCase): void {
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

  add("status by PUT, and reading it", async (kube) => {
    const made = await kube.create("workloadentries", workloadEntry("a"));
    const path = kube.path("workloadentries", "a/status");
    const put = kube.ok(await kube.put(path, { ...made, spec: { address: "9.9.9.9" }, status: { conditions: [] } }));
    assert.equal([put.spec, put.status], [made.spec, { conditions: [] }]);
    assert.equal(kube.ok(await kube.get(path)), put);
    kube.refused(await kube.put(path, made), 409, "Conflict");
    assert.is((await kube.get(kube.path("configmaps", "c/status"))).code, 404);
  });
}
