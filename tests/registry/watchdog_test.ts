import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Watchdog } from "../../registry/watchdog.ts";
import { FakeClock } from "../fake_clock.ts";

const test = suite("Watchdog");

/** A watchdog, and when it barked. */
function watched() {
  const clock = new FakeClock();
  const barked: number[] = [];
  const watchdog = new Watchdog(clock, () => barked.push(clock.monotonic()));
  return { clock, barked, watchdog };
}

test("barks once when a wait lasts too long", async () => {
  const { clock, barked, watchdog } = watched();
  watchdog.arm(100);
  await clock.advance(1000);
  assert.equal(barked, [100]);
  assert.is(clock.sleeping, 0);
});

test("each wait has its own limit, longer or shorter than the one before", async () => {
  const { clock, barked, watchdog } = watched();
  watchdog.arm(100);
  await clock.advance(90);
  watchdog.arm(300);
  await clock.advance(200);
  watchdog.arm(20);
  await clock.advance(1000);
  assert.equal(barked, [310]);
});

test("many waits cost one sleep", async () => {
  const { clock, barked, watchdog } = watched();
  for (let i = 0; i < 50; i++) {
    watchdog.arm(100);
    assert.is(clock.sleeping, 1);
    await clock.advance(10);
  }
  assert.equal(barked, []);
  await clock.advance(90);
  assert.equal(barked, [590]);
});

test("does not count while nobody waits, and not after its stop", async () => {
  const { clock, barked, watchdog } = watched();
  watchdog.arm(100);
  watchdog.disarm();
  await clock.advance(1000);
  watchdog.arm(100);
  await clock.advance(99);
  watchdog.stop();
  await clock.advance(1000);
  assert.equal(barked, []);
  assert.is(clock.sleeping, 0);
});

test.run();
