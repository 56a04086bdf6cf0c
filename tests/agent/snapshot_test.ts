import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SnapshotKeeper } from "../../agent/snapshot.ts";
import { readSnapshot, UnreadableSnapshotError, writeSnapshot } from "../../agent/snapshot_file.ts";
import { FakeClock, settle } from "../fake_clock.ts";

const test = suite("snapshot");
const folder = await Deno.makeTempDir();
test.after(() => Deno.remove(folder, { recursive: true }));
let files = 0;
const freshPath = () => `${folder}/snapshot-${files++}`;

test("reads back what was written, in order, for its owner only", async () => {
  const path = freshPath();
  assert.is(await readSnapshot(path), undefined);
  await writeSnapshot(path, [{ kind: "services", items: ["a\nb"] }, null, 3], 42);
  assert.equal(await readSnapshot(path), { writtenAt: 42, parts: [{ kind: "services", items: ["a\nb"] }, null, 3] });
  assert.is((await Deno.stat(path)).mode! & 0o777, 0o600);
});

test("whatever byte is changed or cut off, it is unreadable and never wrong", async () => {
  const path = freshPath();
  await writeSnapshot(path, [{ a: 1 }, { b: "two" }], 42);
  const whole = await Deno.readFile(path);
  for (let at = 0; at < whole.length; at++) {
    for (const damaged of [whole.slice(0, at), whole.map((byte, index) => index === at ? byte ^ 1 : byte)]) {
      await Deno.writeFile(path, damaged);
      const result = await readSnapshot(path).catch((error) => error);
      if (result instanceof UnreadableSnapshotError) continue;
      // The newline behind the last line carries nothing.
      assert.ok(at === whole.length - 1, `byte ${at}`);
      assert.equal(result.parts, [{ a: 1 }, { b: "two" }]);
    }
  }
});

test("one of another version is unreadable", async () => {
  const path = freshPath();
  await writeSnapshot(path, [], 42);
  await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace(/"version":\d+/, '"version":99'));
  const error = await readSnapshot(path).catch((error) => error);
  assert.ok(error.message.includes("version 99"), error.message);
});

test("a part that cannot be written leaves the old snapshot and no half file", async () => {
  const path = freshPath();
  await writeSnapshot(path, ["old"], 1);
  function* failing() {
    yield "new";
    throw new Error("no space left on device");
  }
  const error = await writeSnapshot(path, failing(), 2).catch((error) => error);
  assert.is(error.message, "no space left on device");
  assert.equal((await readSnapshot(path))!.parts, ["old"]);
  assert.not([...Deno.readDirSync(folder)].some(({ name }) => name.endsWith(".new")));
});

test("SIGKILL at any moment leaves something readable", async () => {
  const path = freshPath();
  const script = `
    import { writeSnapshot } from ${JSON.stringify(import.meta.resolve("../../agent/snapshot_file.ts"))};
    for (let n = 0;; n++) {
      await writeSnapshot(${JSON.stringify(path)}, Array.from({ length: 200 }, () => "x".repeat(1000)), n);
      await Deno.stdout.write(new Uint8Array([46]));
    }`;
  for (let round = 0; round < 4; round++) {
    const child = new Deno.Command(Deno.execPath(), { args: ["eval", script], stdout: "piped" }).spawn();
    const reader = child.stdout.getReader();
    for (let seen = 0; seen <= round;) seen += (await reader.read()).value?.length ?? Infinity;
    child.kill("SIGKILL");
    await reader.cancel();
    await child.status;
    assert.is((await readSnapshot(path))!.parts.length, 200);
  }
});

function keeper(path: string, collect: () => Iterable<unknown>) {
  const clock = new FakeClock();
  const logged: string[] = [];
  const made = new SnapshotKeeper({
    path,
    collect,
    clock,
    log: (level, message) => logged.push(`${level} ${message}`),
  });
  return { clock, logged, made };
}

/** Lets the disk work until the snapshot of a time is written, or fails. */
async function untilWritten(made: SnapshotKeeper, at: number) {
  for (let i = 0; i < 200 && made.writtenAt !== at; i++) await settle();
  assert.is(made.writtenAt, at);
}

test("a storm of changes is one write, within five seconds", async () => {
  const path = freshPath();
  let collected = 0;
  const { clock, made } = keeper(path, () => [++collected]);
  const stop = new AbortController();
  const running = made.run(stop.signal);
  for (let i = 0; i < 100; i++) made.changed();
  await clock.advance(4_900);
  await untilWritten(made, Date.UTC(2026, 0, 1) + 4_000);
  assert.equal((await readSnapshot(path))!.parts, [1]);
  stop.abort();
  await running;
  assert.is(collected, 1);
});

test("what is pending at the end is written", async () => {
  const path = freshPath();
  const { made } = keeper(path, () => ["last"]);
  const stop = new AbortController();
  const running = made.run(stop.signal);
  made.changed();
  await settle();
  stop.abort();
  await running;
  assert.equal((await readSnapshot(path))!.parts, ["last"]);
});

test("what comes while the last one is written is written too", async () => {
  const path = freshPath();
  const stop = new AbortController();
  let collected = 0;
  const { made } = keeper(path, () => {
    if (++collected === 1) {
      made.changed();
      stop.abort();
    }
    return [collected];
  });
  const running = made.run(stop.signal);
  made.changed();
  await settle();
  stop.abort();
  await running;
  assert.equal((await readSnapshot(path))!.parts, [2]);
});

test("a full disk is told, and it is tried again", async () => {
  const path = freshPath();
  let full = true;
  const { clock, logged, made } = keeper(path, () => {
    if (full) throw new Error("No space left on device (os error 28)");
    return ["now"];
  });
  const stop = new AbortController();
  const running = made.run(stop.signal);
  made.changed();
  await clock.advance(5_000);
  for (let i = 0; i < 200 && logged.length === 0; i++) await settle();
  assert.equal(logged, ["warn the snapshot cannot be written; the one before stays"]);
  full = false;
  await clock.advance(61_000);
  for (let i = 0; i < 200 && made.writtenAt === undefined; i++) await settle();
  assert.equal((await readSnapshot(path))!.parts, ["now"]);
  stop.abort();
  await running;
});

test("an unreadable snapshot is set aside, told, and not fatal", async () => {
  const path = freshPath();
  await Deno.writeTextFile(path, "garbage\n");
  const { logged, made } = keeper(path, () => []);
  assert.is(await made.load(), undefined);
  assert.equal(logged, ["warn the snapshot cannot be used; starting without it"]);
  assert.is(await Deno.readTextFile(`${path}.unreadable`), "garbage\n");
  assert.is(await made.load(), undefined);
});

test.run();
