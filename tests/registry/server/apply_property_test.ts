import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ApiServer, type KubeObject, type Manifest, StatusError } from "../../../registry/server/mod.ts";
import { fromFieldsV1, toFieldsV1 } from "../../../registry/server/field_set.ts";

const test = suite("laws of server-side apply");

const key = fc.constantFrom("a", "b", "c");
const word = fc.constantFrom("x", "y");
// Empty maps have rules of their own, for which see the comparison with kube-apiserver.
const strings = fc.option(fc.dictionary(key, word, { minKeys: 1, noNullPrototype: true }), { nil: undefined });
// A number belongs to its name: otherwise managers could leave ports behind that the schema refuses.
const port = fc.record({ name: key, protocol: fc.option(word, { nil: undefined }) })
  .map((port) => ({ ...port, number: port.name.charCodeAt(0) }));
const ports = fc.option(fc.uniqueArray(port, { selector: ({ name }) => name, minLength: 1 }), { nil: undefined });
const addresses = fc.option(fc.uniqueArray(word, { minLength: 1 }), { nil: undefined });
const config = fc.record({ labels: strings, annotations: strings, ports, addresses })
  .map(({ labels, annotations, ports, addresses }): Manifest =>
    JSON.parse(JSON.stringify({
      apiVersion: "networking.istio.io/v1",
      kind: "ServiceEntry",
      metadata: { name: "s", labels, annotations },
      spec: { hosts: ["a.example"], ports, addresses },
    }))
  );
const manager = fc.constantFrom("one", "two", "three");
const steps = fc.array(fc.record({ manager, config }), { minLength: 1, maxLength: 6 });

interface Step {
  readonly manager: string;
  readonly config: Manifest;
}

function play(all: readonly Step[]) {
  const { admin } = new ApiServer();
  for (const { config, manager } of all) admin.apply(config, { manager, force: true });
  return admin;
}

const stored = (admin: ApiServer["admin"]) => admin.get("ServiceEntry", "default", "s");

/** Every field of the config, as it is in the object. */
function part(object: unknown, config: unknown): unknown {
  if (Array.isArray(config)) {
    const named = (item: { name?: string }) => item.name ?? item;
    return config.map((item) =>
      part((object as unknown[] ?? []).find((o) => named(o as object) === named(item)), item)
    );
  }
  if (typeof config !== "object" || config === null) return object;
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [name, part((object as KubeObject)?.[name], value)]),
  );
}

test("the last one to apply by force finds all it applied", () => {
  fc.assert(fc.property(steps, (all) => {
    const { config } = all.at(-1)!;
    assert.equal(part(stored(play(all)), config), config);
  }));
});

test("applying the same again changes nothing", () => {
  fc.assert(fc.property(steps, (all) => {
    const admin = play(all);
    const before = stored(admin);
    const { config, manager } = all.at(-1)!;
    assert.equal(admin.apply(config, { manager }), before);
  }));
});

test("when all have let go, nothing is left but what the schema requires", () => {
  fc.assert(fc.property(steps, (all) => {
    const admin = play(all);
    const bare = { ...all[0]!.config, metadata: { name: "s" }, spec: { hosts: ["a.example"] } };
    for (const manager of ["one", "two", "three"]) admin.apply(bare, { manager });
    const { spec, metadata } = stored(admin);
    assert.equal([spec, metadata.labels, metadata.annotations], [{ hosts: ["a.example"] }, undefined, undefined]);
  }));
});

test("without force a conflict leaves the object as it was", () => {
  fc.assert(fc.property(steps, config, (all, contested) => {
    const admin = play(all);
    const before = stored(admin);
    try {
      admin.apply(contested, { manager: "late" });
      assert.equal(part(stored(admin), contested), contested);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      assert.is(error.code, 409);
      assert.equal(stored(admin), before);
    }
  }));
});

test("FieldsV1 tells what the set held", () => {
  const element = fc.constantFrom("f:a", "f:b.c/d", 'k:{"name":"x"}', 'v:"y"');
  const set = fc.array(fc.array(element, { minLength: 1, maxLength: 4 }).map((path) => path.join("\u0000")));
  fc.assert(fc.property(set, (paths) => {
    assert.equal([...fromFieldsV1(toFieldsV1(new Set(paths)))].sort(), [...new Set(paths)].sort());
  }));
});

test.run();
