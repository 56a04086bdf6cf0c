import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Pace } from "../../registry/pace.ts";
import { FakeClock } from "../fake_clock.ts";

const test = suite("Pace");

test("a slice is full after 5 ms of work, and waiting is no work", async () => {
  const clock = new FakeClock();
  const pace = new Pace(clock);
  await clock.advance(4);
  assert.not(pace.due());
  await clock.advance(1);
  assert.ok(pace.due());
  pace.begin();
  assert.not(pace.due());
});

test("rest lets every task that is ready have its turn, and begins a slice", async () => {
  const clock = new FakeClock();
  const pace = new Pace(clock);
  await clock.advance(10);
  const order: string[] = [];
  const task = new Promise<void>((resolve) =>
    setTimeout(() => {
      order.push("task");
      resolve();
    }, 0)
  );
  for (let i = 0; i < 3; i++) await Promise.resolve().then(() => order.push("microtask"));
  // A timer of 0 ms is ready when the next millisecond has begun.
  const began = performance.now();
  while (performance.now() - began < 3) { /* busy, as a slice is */ }
  await pace.rest();
  order.push("rested");
  assert.equal(order, ["microtask", "microtask", "microtask", "task", "rested"]);
  assert.not(pace.due());
  await task;
});

test.run();
