import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectedAt, refreshRule } from "../../../agent/workload/connected_at.ts";
import { Fixture, groupManifest } from "./workload_fixture.ts";

const test = suite("connected_at");

const NOW = Date.UTC(2026, 0, 1);
const at = (milliseconds: number) => new Date(NOW + milliseconds).toISOString();

const CASES: readonly (readonly [string, string | undefined, number, number, string])[] = [
  ["the first is dated back", undefined, 0, 0, at(-30_000)],
  ["a fresh one stays", at(-100_000), 0, 0, at(-100_000)],
  ["after two minutes it is written again", at(-150_000), 0, 0, at(-30_000)],
  ["jitter makes it earlier, by a fifth at most", at(-127_000), 0, 1, at(-30_000)],
  ["one in the future is replaced", at(10_000), 0, 0, at(-30_000)],
  ["one that is hardly dated back is replaced: clocks may differ", at(-1000), 0, 0, at(-30_000)],
  ["nonsense is replaced", "yesterday", 0, 0, at(-30_000)],
  ["each deletion by others halves both", at(-31_000), 2, 0, at(-31_000)],
  ["and so it is refreshed earlier", at(-38_000), 2, 0, at(-7500)],
  ["but never dated back by less than five seconds", undefined, 9, 0, at(-5000)],
];

for (const [name, present, deletions, jitter, expected] of CASES) {
  test(name, () => assert.is(connectedAt(present, NOW, deletions, jitter), expected));
}

test("five halvings at most", () => {
  assert.equal(refreshRule(0), { interval: 120_000, backDate: 30_000 });
  assert.is(refreshRule(5).interval, 3750);
  assert.is(refreshRule(50).interval, 3750);
});

test("an istiod that sweeps after a minute is met: the entry is deleted less than six times, and then lives", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  f.start();
  let deletions = 0;
  let deletedAt = 0;
  for (let second = 0; second < 3600; second += 5) {
    await f.pass(5000);
    const connected = Date.parse(f.entry()?.metadata.annotations?.["istio.io/connectedAt"] ?? "");
    if (f.clock.now() - connected <= 60_000 || second % 100 !== 0) continue;
    f.cluster.admin.delete("WorkloadEntry", "default", "reviews-10.0.0.5");
    deletions++;
    deletedAt = second;
  }
  assert.ok(deletions >= 1 && deletions < 6, String(deletions));
  assert.ok(deletedAt < 1200, `calm after ${deletedAt} s`);
  assert.ok(f.entry());
  await f.end();
});

test("a VM clock that is an hour ahead changes nothing", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest());
  f.cluster.clockSkew = -3_600_000;
  f.start();
  await f.pass(1000);
  const connected = Date.parse(f.entry()!.metadata.annotations!["istio.io/connectedAt"]!);
  assert.is(f.clock.now() - 3_600_000 - connected <= 32_000, true);
  const { renewTime } = f.lease()!["spec"] as { renewTime: string };
  assert.ok(Math.abs(Date.parse(renewTime) - (f.clock.now() - 3_600_000)) < 2000);
  await f.end();
});

test.run();
