import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ApiServer } from "../../../registry/server/mod.ts";

const test = suite("garbage collection of the API server in memory");

const owned = (kind: string, name: string, ...uids: string[]) => ({
  kind,
  metadata: { name, ownerReferences: uids.map((uid) => ({ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid })) },
});

function cluster() {
  const { admin, storage } = new ApiServer({ collectGarbage: true });
  const owner = admin.create({ kind: "ConfigMap", metadata: { name: "owner" } }).metadata.uid!;
  return { admin, storage, owner };
}

test("what is owned goes with its owner, and so do its own", () => {
  const { admin, owner } = cluster();
  const child = admin.create(owned("Secret", "child", owner)).metadata.uid!;
  admin.create(owned("Lease", "grandchild", child));
  admin.create({ kind: "Lease", metadata: { name: "free" } });
  admin.delete("ConfigMap", "default", "owner");
  assert.is(admin.find("Secret", "default", "child"), undefined);
  assert.equal(admin.list("Lease", "default").map(({ metadata }) => metadata.name), ["free"]);
});

test("one owner that is left is enough", () => {
  const { admin, owner } = cluster();
  const other = admin.create({ kind: "ConfigMap", metadata: { name: "other" } }).metadata.uid!;
  admin.create(owned("Secret", "child", owner, other));
  admin.delete("ConfigMap", "default", "owner");
  assert.ok(admin.find("Secret", "default", "child"));
  admin.delete("ConfigMap", "default", "other");
  assert.is(admin.find("Secret", "default", "child"), undefined);
});

test("an owner of the same name with another uid does not count", () => {
  const { admin, owner } = cluster();
  admin.delete("ConfigMap", "default", "owner");
  admin.create({ kind: "ConfigMap", metadata: { name: "owner" } });
  admin.create(owned("Secret", "child", owner));
  assert.is(admin.find("Secret", "default", "child"), undefined);
});

test("a namespace goes with what is in it", () => {
  const { admin } = cluster();
  admin.create({ kind: "Namespace", metadata: { name: "shop" } });
  admin.create({ kind: "ConfigMap", metadata: { name: "c", namespace: "shop" } });
  admin.delete("Namespace", "", "shop");
  assert.equal([admin.find("Namespace", "", "shop"), admin.find("ConfigMap", "shop", "c")], [undefined, undefined]);
  assert.ok(admin.find("ConfigMap", "default", "owner"));
});

test("watchers hear of it in the order of revisions", () => {
  const { admin, storage, owner } = cluster();
  admin.create(owned("Secret", "child", owner));
  const heard: [number, string][] = [];
  storage.onChange(({ revision, key }) => heard.push([revision, key]));
  const before = storage.revision;
  admin.delete("ConfigMap", "default", "owner");
  assert.equal(heard, [[before + 1, "default/owner"], [before + 2, "default/child"]]);
});

test("without the option nothing is collected, as on a server without controllers", () => {
  const { admin } = new ApiServer();
  const owner = admin.create({ kind: "ConfigMap", metadata: { name: "owner" } }).metadata.uid!;
  admin.create(owned("Secret", "child", owner));
  admin.delete("ConfigMap", "default", "owner");
  assert.ok(admin.find("Secret", "default", "child"));
  admin.create({ kind: "Namespace", metadata: { name: "shop" } });
  admin.delete("Namespace", "", "shop");
  assert.equal(admin.get("Namespace", "", "shop").status, { phase: "Terminating" });
});

test.run();
