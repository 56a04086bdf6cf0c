import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Identified } from "../../registry/kind.ts";
import type { KindState } from "../../registry/kind_state.ts";
import { type Change, MOVE_GRACE_MS, Store } from "../../registry/store.ts";
import { FakeClock } from "../fake_clock.ts";

const test = suite("Store");

const item = (name: string, version: number, uid = `uid-${name}`): Identified => ({
  namespace: "ns",
  name,
  uid,
  resourceVersion: String(version),
});

/** A store that writes down what listeners are told, as `name: before -> after`. */
function watched(clock = new FakeClock()) {
  const store = new Store<Identified>(clock);
  const told: string[] = [];
  const show = (version: Identified | undefined) => version?.resourceVersion ?? "-";
  const words = ({ key, before, after }: Change<Identified>) => `${key}: ${show(before)} -> ${show(after)}`;
  store.onChange((changes) => told.push(changes.map(words).join(", ")));
  const take = () => told.splice(0);
  return { store, take, clock };
}

test("tells each change once, and nothing when nothing changed", () => {
  const { store, take } = watched();
  const part = store.part("all");
  part.put(item("a", 1));
  part.put(item("a", 1));
  part.put(item("a", 2));
  part.remove("ns/a", "another-uid");
  part.remove("ns/b");
  assert.is(store.get("ns/a")?.resourceVersion, "2");
  part.remove("ns/a", "uid-a");
  assert.equal(take(), ["ns/a: - -> 1", "ns/a: 1 -> 2", "ns/a: 2 -> -"]);
  assert.is(store.size, 0);
});

test("replace is one batch of differences", () => {
  const { store, take } = watched();
  const part = store.part("all");
  part.replace([item("a", 1), item("b", 1), item("c", 1)]);
  take();
  part.replace([item("a", 1), item("b", 2), item("d", 2)]);
  assert.equal(take(), ["ns/b: 1 -> 2, ns/d: - -> 2, ns/c: 1 -> -"]);
  assert.equal([...store.list()].map((object) => object.name).sort(), ["a", "b", "d"]);
  assert.is(store.size, 3);
});

test("a batch joins changes, and leaves out what came and went within it", () => {
  const { store, take } = watched();
  const part = store.part("all");
  part.put(item("b", 1));
  take();
  part.batch(() => {
    part.put(item("a", 1));
    part.put(item("b", 2));
    part.batch(() => part.put(item("b", 3)));
    part.remove("ns/a");
  });
  assert.equal(take(), ["ns/b: 1 -> 3"]);
});

test("an object that was deleted and made again in one batch is a change", () => {
  const { store, take } = watched();
  const part = store.part("all");
  part.put(item("a", 1, "first"));
  take();
  part.batch(() => {
    part.remove("ns/a");
    part.put(item("a", 5, "second"));
  });
  assert.equal(take(), ["ns/a: 1 -> 5"]);
});

test("an object in two parts is one, the newer version counts", () => {
  const { store, take } = watched();
  const [x, y] = [store.part("x"), store.part("y")];
  x.put(item("a", 9));
  y.put(item("a", 9));
  assert.equal(take(), ["ns/a: - -> 9"]);
  y.put(item("a", 10));
  assert.equal(take(), ["ns/a: 9 -> 10"]);
  x.put(item("a", 10));
  assert.equal(take(), []);
  assert.is(store.size, 1);
  assert.is([...store.list()].length, 1);
  x.remove("ns/a");
  assert.equal(take(), []);
  assert.is(store.get("ns/a")?.resourceVersion, "10");
});

test("an object that moves between parts is never absent, whichever event comes first", async () => {
  for (const leaveFirst of [true, false]) {
    const { store, take, clock } = watched();
    const [x, y] = [store.part("x"), store.part("y")];
    x.put(item("a", 1));
    take();
    const moves = [() => x.remove("ns/a", "uid-a"), () => y.put(item("a", 2))];
    for (const move of leaveFirst ? moves : moves.reverse()) {
      move();
      assert.ok(store.get("ns/a"), "present at every moment");
      assert.is([...store.list()].length, 1);
      await clock.advance(MOVE_GRACE_MS / 2);
    }
    await clock.advance(MOVE_GRACE_MS * 2);
    assert.equal(take(), ["ns/a: 1 -> 2"]);
    assert.is(store.size, 1);
  }
});

test("an object that left one part and came to no other goes after the grace", async () => {
  const { store, take, clock } = watched();
  const [x] = [store.part("x"), store.part("y")];
  x.put(item("a", 1));
  take();
  x.remove("ns/a");
  await clock.advance(MOVE_GRACE_MS - 1);
  assert.ok(store.get("ns/a"));
  await clock.advance(1);
  assert.is(store.get("ns/a"), undefined);
  assert.is(store.size, 0);
  assert.equal(take(), ["ns/a: 1 -> -"]);
});

test("between parts of different namespaces nothing moves, so that what leaves is gone at once", () => {
  const { store, take, clock } = watched();
  const [own] = [store.part("x", "ns"), store.part("y", "another")];
  own.put(item("a", 1));
  own.remove("ns/a");
  assert.equal(take(), ["ns/a: - -> 1", "ns/a: 1 -> -"]);
  const labels = store.part("z", "ns");
  labels.put(item("b", 1));
  labels.remove("ns/b");
  assert.ok(store.get("ns/b"), "another part of its namespace may bring it");
  assert.is(clock.sleeping, 1);
});

test("dropping a part takes its objects along", () => {
  const { store, take } = watched();
  store.part("x").put(item("a", 1));
  store.dropPart("x");
  assert.equal(take(), ["ns/a: - -> 1", "ns/a: 1 -> -"]);
  assert.equal([...store.states().keys()], []);
});

test("the state is the worst of the parts, and told when it changes", () => {
  const store = new Store<Identified>(new FakeClock());
  let told = 0;
  const end = store.onState(() => told++);
  assert.equal(store.state, { state: "syncing" });
  const [x, y] = [store.part("x"), store.part("y")];
  told = 0;
  x.setState({ state: "synced", since: 1 });
  assert.equal(store.state, { state: "syncing" });
  y.setState({ state: "synced", since: 2 });
  assert.is(store.state.state, "synced");
  y.setState({ state: "synced", since: 3 });
  assert.is(told, 2);
  const forbidden: KindState = { state: "forbidden", verb: "list", resource: "services", namespace: "" };
  y.setState(forbidden);
  assert.equal(store.state, forbidden);
  assert.equal([...store.states()], [["x", { state: "synced", since: 1 }], ["y", forbidden]]);
  end();
  y.setState({ state: "absent" });
  assert.is(told, 3);
});

test("whatever the parts write, changes told add up to what is there", async () => {
  const names = fc.constantFrom("a", "b", "c");
  const step = fc.record({ part: fc.constantFrom("x", "y"), name: names, put: fc.boolean(), wait: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const clock = new FakeClock();
      const store = new Store<Identified>(clock);
      const parts = { x: store.part("x"), y: store.part("y") };
      const seen = new Map<string, Identified>();
      store.onChange((changes) => {
        for (const { key, before, after } of changes) {
          assert.is(seen.get(key), before, "before is what was told last");
          if (after) seen.set(key, after);
          else seen.delete(key);
        }
      });
      let version = 8; // crosses from one digit to two
      for (const { part, name, put, wait } of steps) {
        if (put) parts[part as "x" | "y"].put(item(name, version++));
        else parts[part as "x" | "y"].remove(`ns/${name}`);
        if (wait) await clock.advance(MOVE_GRACE_MS);
      }
      await clock.advance(MOVE_GRACE_MS);
      assert.equal(new Map([...store.list()].map((object) => [`ns/${object.name}`, object])), seen);
      assert.is(store.size, seen.size);
    }),
    { numRuns: 40 },
  );
});

test.run();
