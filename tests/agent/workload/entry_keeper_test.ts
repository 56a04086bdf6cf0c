import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ENTRY, Fixture, groupManifest } from "./workload_fixture.ts";

const test = suite("entry keeper");

test("an entry that is deleted before the watch has seen it is put back all the same", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  let deletions = 0;
  f.cluster.server.storage.onChange(({ key }) => {
    if (key !== `default/${ENTRY}` || deletions > 0 || !f.entry()) return;
    deletions++;
    queueMicrotask(() => f.cluster.admin.delete("WorkloadEntry", "default", ENTRY));
  });
  f.start();
  await f.pass(30_000);
  assert.is(deletions, 1);
  assert.ok(f.entry());
  await f.end();
});

test.run();
