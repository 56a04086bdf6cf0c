import { suite } from "uvu";
import * as assert from "uvu/assert";
import { acquireStateLock, StateLockedError } from "../../agent/state_lock.ts";

const test = suite("state_lock");
const folder = await Deno.makeTempDir();
test.after(() => Deno.remove(folder, { recursive: true }));

/** A process of its own that holds the lock until it is killed. */
async function holder(path: string) {
  const script = `
    import { acquireStateLock } from ${JSON.stringify(import.meta.resolve("../../agent/state_lock.ts"))};
    globalThis.lock = await acquireStateLock(${JSON.stringify(path)});
    await Deno.stdout.write(new Uint8Array([46]));
    setInterval(() => {}, 1000);`;
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", script], stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  return child;
}

test("one agent per state folder; the error names the other's process", async () => {
  const path = `${folder}/held`;
  const child = await holder(path);
  const error = await acquireStateLock(path).catch((error) => error);
  child.kill("SIGKILL");
  await child.status;
  assert.instance(error, StateLockedError);
  assert.ok(error.message.includes(`process ${child.pid}`), error.message);
});

test("a lock ends with its process, however that ended", async () => {
  const path = `${folder}/stale`;
  const child = await holder(path);
  child.kill("SIGKILL");
  await child.status;
  const lock = await acquireStateLock(path);
  assert.is(await Deno.readTextFile(`${path}/lock`), `${Deno.pid}\n`);
  lock.release();
  (await acquireStateLock(path)).release();
});

test("makes the folder for its owner only", async () => {
  const path = `${folder}/a/b`;
  (await acquireStateLock(path)).release();
  assert.is((await Deno.stat(path)).mode! & 0o777, 0o700);
});

test("a folder that cannot be made is one sentence with the key", async () => {
  await Deno.writeTextFile(`${folder}/file`, "");
  const error = await acquireStateLock(`${folder}/file/state`).catch((error) => error);
  assert.match(error.message, /cannot be used .*set `state`/);
  assert.not(error.message.includes("\n"));
});

test.run();
