import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CONDITION_REFRESH_MS, conditionsFor } from "../../../agent/workload/condition.ts";
import type { Manifest } from "../../../agent/workload/manifest.ts";

const test = suite("condition");

const NOW = Date.UTC(2026, 0, 1);
const at = (ms: number) => new Date(ms).toISOString();
const object = (...conditions: unknown[]): Manifest => ({ metadata: { name: "e" }, status: { conditions } });
const HEALTHY = { type: "Healthy", status: "True", lastProbeTime: at(NOW), lastTransitionTime: at(NOW) };
const SICK = { ...HEALTHY, status: "False", message: "refused" };
const WAYPOINT = { type: "WaypointBound", status: "True", lastTransitionTime: "x" };

test("the first one, without a message where it is healthy", () => {
  const written = [{ type: "Healthy", status: "True", lastProbeTime: at(NOW), lastTransitionTime: at(NOW) }];
  assert.equal(conditionsFor({ metadata: { name: "e" } }, { healthy: true, message: "ignored" }, NOW), written);
});

test("others stay where they are", () => {
  const later = NOW + 5000;
  const conditions = conditionsFor(object(WAYPOINT, HEALTHY, "odd"), { healthy: false, message: "refused" }, later);
  const now = { lastProbeTime: at(later), lastTransitionTime: at(later) };
  assert.equal(conditions, [WAYPOINT, { ...SICK, ...now }, "odd"]);
});

test("nothing is written while it says the same", () => {
  assert.is(conditionsFor(object(HEALTHY), { healthy: true, message: "" }, NOW + 60_000), undefined);
  assert.is(conditionsFor(object(SICK), { healthy: false, message: "refused" }, NOW + 60_000), undefined);
});

test("another message is not written with each probe, but after a minute", () => {
  const wanted = { healthy: false, message: "timed out" };
  assert.is(conditionsFor(object(SICK), wanted, NOW + 59_000), undefined);
  assert.equal(conditionsFor(object(SICK), wanted, NOW + 60_000), [
    { ...SICK, message: "timed out", lastProbeTime: at(NOW + 60_000) },
  ]);
});

test("it is refreshed slowly, and keeps when it became so", () => {
  const later = NOW + CONDITION_REFRESH_MS;
  assert.equal(conditionsFor(object(HEALTHY), { healthy: true, message: "" }, later), [
    { ...HEALTHY, lastProbeTime: at(later) },
  ]);
});

test("times that are none, or far in the future, are replaced", () => {
  for (const lastProbeTime of ["", "soon", at(NOW + 2 * CONDITION_REFRESH_MS)]) {
    const conditions = conditionsFor(object({ ...HEALTHY, lastProbeTime }), { healthy: true, message: "" }, NOW);
    assert.equal(conditions, [{ ...HEALTHY, lastProbeTime: at(NOW) }]);
  }
});

test.run();
