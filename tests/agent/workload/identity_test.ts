import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadIdentity, type MachineMarks, readMachineMarks } from "../../../agent/workload/identity.ts";

const test = suite("identity");

async function inFolder(use: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const HERE: MachineMarks = { machineId: "m1", productUuid: "p1", instanceId: "i1" };

test("a new VM gets a random id and keeps it, in a file that is its own", () =>
  inFolder(async (folder) => {
    const { agentId } = await loadIdentity(folder, HERE);
    assert.match(agentId, /^[0-9a-f-]{36}$/);
    assert.equal(await loadIdentity(folder, HERE), { agentId });
    assert.is((await Deno.stat(`${folder}/identity.json`)).mode! & 0o777, 0o600);
  }));

const MARKS: readonly (readonly [string, MachineMarks, boolean])[] = [
  ["the same machine", HERE, false],
  ["another machine-id", { ...HERE, machineId: "m2" }, true],
  ["another DMI UUID", { ...HERE, productUuid: "p2" }, true],
  ["another instance id", { ...HERE, instanceId: "i2" }, true],
  ["nothing can be read any more", {}, false],
  ["only one can be read, and it agrees", { instanceId: "i1" }, false],
  ["only one can be read, and it differs", { instanceId: "i2" }, true],
];

for (const [name, marks, cloned] of MARKS) {
  test(`${name}: ${cloned ? "a clone" : "no clone"}`, () =>
    inFolder(async (folder) => {
      const before = await loadIdentity(folder, HERE);
      const now = await loadIdentity(folder, marks);
      assert.is(now.clonedFrom, cloned ? before.agentId : undefined);
      assert.is(now.agentId === before.agentId, !cloned);
      assert.equal(await loadIdentity(folder, marks), { agentId: now.agentId }, "noticed once");
    }));
}

test("a mark that becomes readable later counts from then on", () =>
  inFolder(async (folder) => {
    const { agentId } = await loadIdentity(folder, {});
    assert.equal(await loadIdentity(folder, HERE), { agentId });
    assert.is((await loadIdentity(folder, { machineId: "m2" })).clonedFrom, agentId);
  }));

test("a broken file is set aside", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/identity.json`, "{");
    const { agentId } = await loadIdentity(folder, HERE);
    assert.equal(await loadIdentity(folder, HERE), { agentId });
    assert.is(await Deno.readTextFile(`${folder}/identity.json.unreadable`), "{");
  }));

test("marks are read from where Linux keeps them", () =>
  inFolder(async (root) => {
    assert.equal(await readMachineMarks(root), {});
    await Deno.mkdir(`${root}/etc`);
    await Deno.mkdir(`${root}/var/lib/cloud/data`, { recursive: true });
    await Deno.writeTextFile(`${root}/etc/machine-id`, "ABC\n");
    await Deno.writeTextFile(`${root}/var/lib/cloud/data/instance-id`, "i-1\n");
    assert.equal(await readMachineMarks(root), { machineId: "abc", instanceId: "i-1" });
    await Deno.writeTextFile(`${root}/etc/machine-id`, "uninitialized\n");
    assert.equal(await readMachineMarks(root), { instanceId: "i-1" });
  }));

test.run();
