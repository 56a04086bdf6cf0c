import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DurationHistogram } from "../../agent/duration_histogram.ts";
import { RateMeter } from "../../agent/rate_meter.ts";
import { snapshotFromLines, snapshotLines } from "../../agent/saved_names.ts";
import { isDeregistering } from "../../agent/stop_policy.ts";

const test = suite("what the agent measures and keeps");

test("a rate looks back ten seconds", () => {
  let [now, count] = [0, 0];
  const meter = new RateMeter(() => count, () => now);
  assert.is(meter.perSecond, 0, "before the first reading");
  for (let second = 0; second < 30; second++) {
    meter.tick();
    now += 1_000;
    count += second < 15 ? 100 : 10;
  }
  assert.is(meter.perSecond, 10, "what came before is forgotten");
});

test("a histogram's buckets are cumulative and hold what is at their bound", () => {
  const histogram = new DurationHistogram("x_seconds");
  for (const seconds of [0.0005, 0.0006, 3, 1_000]) histogram.observe(seconds, { verb: "list" });
  const [sample, ...others] = [...histogram.samples()];
  assert.is(others.length, 0);
  if (sample?.kind !== "histogram") return assert.unreachable("it is a histogram");
  const at = (le: number) => sample.buckets.find((bucket) => bucket.le === le)?.count;
  assert.equal([at(0.0005), at(0.001), at(2.048), at(4.096)], [1, 2, 2, 3]);
  assert.equal([sample.count, sample.sum], [4, 1003.0011]);
});

test("a snapshot comes back from its lines as it was", () => {
  const items = Array.from(
    { length: 450 },
    (_, i) => ({ namespace: "a", name: `b${i}`, uid: "u", resourceVersion: "7" }),
  );
  const part = { kind: "services" as const, id: "all", resourceVersion: "7", confirmedAt: 1, items };
  const empty = { ...part, id: "none", items: [] };
  const measured = { mode: "endpoints", result: "unreachable", reason: "none answers", at: 5 } as const;
  const cluster = (name: string, parts: (typeof part)[]) => ({ name, measured, feed: { parts, forbidden: [] } });
  const snapshot = { clusters: [cluster("home", [part, empty, part]), cluster("other", []), cluster("third", [part])] };
  const lines = JSON.parse(JSON.stringify([...snapshotLines(snapshot)]));
  assert.ok(lines.length > 3 + 4 + 3, "a line for each cluster, each part, and some of its objects");
  assert.equal(snapshotFromLines(lines), snapshot);
});

test("auto keeps the entry while a fresh keep file says that a successor comes", async () => {
  const folder = await Deno.makeTempDir();
  const keep = `${folder}/keep`;
  try {
    const now = Date.now();
    assert.is(await isDeregistering("auto", now, keep), true, "no file");
    await Deno.writeTextFile(keep, "");
    assert.is(await isDeregistering("auto", now, keep), false, "a fresh file");
    assert.is(await isDeregistering("auto", now + 61_000, keep), true, "an old file");
    assert.is(await isDeregistering("keep", now + 61_000, keep), false);
    assert.is(await isDeregistering("deregister", now, keep), true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test.run();
