import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { KubeObject } from "../../../registry/server/mod.ts";
import { Storage } from "../../../registry/server/storage.ts";

const test = suite("storage of the API server in memory");

const object = (name: string, value = 0): KubeObject => ({ apiVersion: "v1", kind: "X", metadata: { name }, value });
const names = (list: [string, KubeObject][]) => list.map(([key]) => key).join("");

test("every write counts the revision up and stamps the object", () => {
  const storage = new Storage();
  const start = storage.revision;
  assert.is(storage.put("t", "a", object("a")).metadata.resourceVersion, String(start + 1));
  storage.put("u", "b", object("b"));
  storage.remove("t", "a");
  storage.remove("t", "a");
  assert.is(storage.revision, start + 3);
});

test("lists are in the order of keys", () => {
  const storage = new Storage();
  for (const key of ["b", "a", "c"]) storage.put("t", key, object(key));
  assert.is(names(storage.list("t")), "abc");
});

test("compaction forgets what was before", () => {
  const storage = new Storage();
  storage.put("t", "a", object("a"));
  const middle = storage.revision;
  storage.put("t", "b", object("b"));
  storage.compact(middle);
  assert.is(storage.changesSince("t", middle)?.length, 1);
  assert.is(storage.changesSince("t", middle - 1), undefined);
  assert.is(names(storage.listAt("t", middle)), "a");
});

test("history does not grow for ever", () => {
  const storage = new Storage();
  const start = storage.revision;
  for (let i = 0; i < 20_001; i++) storage.put("t", "a", object("a", i));
  assert.is(storage.changesSince("t", start), undefined);
  assert.is(storage.changesSince("t", storage.revision - 9_000)?.length, 9_000);
});

test("a listener that writes is heard after what it answers to", () => {
  const storage = new Storage();
  storage.onChange(({ key }) => void (key === "a" && storage.put("t", "b", object("b"))));
  const heard: string[] = [];
  storage.onChange(({ key }) => heard.push(key));
  storage.put("t", "a", object("a"));
  assert.equal(heard, ["a", "b"]);
});

test("any past revision can be listed, and replaying changes leads to the present", () => {
  const write = fc.record({
    key: fc.constantFrom("a", "b", "c", "d"),
    value: fc.option(fc.integer(), { nil: undefined }),
  });
  fc.assert(fc.property(fc.array(write, { maxLength: 40 }), (writes) => {
    const storage = new Storage();
    const states = [{ revision: storage.revision, list: storage.list("t") }];
    for (const { key, value } of writes) {
      if (value === undefined) storage.remove("t", key);
      else storage.put("t", key, object(key, value));
      storage.put("other", key, object(key));
      states.push({ revision: storage.revision, list: storage.list("t") });
    }
    for (const { revision, list } of states) {
      assert.equal(storage.listAt("t", revision), list);
      const replayed = new Map(list);
      for (const change of storage.changesSince("t", revision)!) {
        assert.equal(replayed.get(change.key), change.before);
        if (change.after) replayed.set(change.key, change.after);
        else replayed.delete(change.key);
      }
      assert.equal([...replayed].sort(([a], [b]) => a < b ? -1 : 1), storage.list("t"));
    }
  }));
});

test.run();
