import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Guard, type GuardOptions } from "../../../agent/capture/guard.ts";
import { FakeClock, settle } from "../../fake_clock.ts";

const test = suite("the guard");

const SECOND = 1_000;

/** A guard whose world is these fields, and a list of what it did to it. */
class World {
  readonly clock = new FakeClock();
  readonly done: string[] = [];
  readonly warnings: string[] = [];
  alive = true;
  answers = true;
  note = "";
  whole = true;
  refusal = "";
  report: Parameters<GuardOptions["report"]>[0] | undefined;
  readonly #stop = new AbortController();
  readonly #guard: Promise<void>;

  constructor() {
    this.#guard = new Guard({
      means: {
        take: () => {
          if (this.refusal !== "") return Promise.reject(new Error(this.refusal));
          this.done.push("take");
          this.whole = true;
          return Promise.resolve({ holding: "owner", servers: ["10.0.0.2"], note: this.note });
        },
        isWhole: () => Promise.resolve(this.whole),
        release: () => Promise.resolve(void this.done.push("release")),
      },
      grace: () => 2 * SECOND,
      listens: () => Promise.resolve(this.alive),
      ask: () => Promise.resolve(this.alive && this.answers ? ["10.0.0.9"] : undefined),
      measure: () => Promise.resolve(true),
      report: (report) => Promise.resolve(void (this.report = report)),
      clock: this.clock,
      log: (level, message) => {
        if (level !== "info") this.warnings.push(message);
      },
    }).run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error("stopped"));
    await this.#guard;
  }
}

/** Runs a story and ends the guard whatever happens. */
async function inWorld(story: (world: World) => Promise<void>): Promise<void> {
  const world = new World();
  await settle();
  // First of all what a killed guard has left is undone.
  assert.is(world.done.shift(), "release");
  try {
    await story(world);
  } finally {
    await world.stop();
  }
}

test("takes at the first answer, releases at a stop", () =>
  inWorld(async (world) => {
    assert.equal(world.done, ["take"]);
    await world.stop();
    assert.equal(world.done, ["take", "release"]);
    assert.is(world.report?.captured, false);
  }));

test("an agent that is stopped is silent: released after three questions, taken again after three answers", () =>
  inWorld(async (world) => {
    world.answers = false;
    await world.clock.advance(2 * SECOND);
    assert.equal(world.done, ["take"]);
    await world.clock.advance(SECOND);
    assert.equal(world.done.slice(1), ["release"]);
    world.answers = true;
    await world.clock.advance(2 * SECOND);
    assert.is(world.done.length, 2);
    await world.clock.advance(SECOND);
    assert.is(world.done.at(-1), "take");
  }));

test("an agent that died: released within the grace and a quarter second", () =>
  inWorld(async (world) => {
    world.alive = false;
    await world.clock.advance(1_900);
    assert.equal(world.done, ["take"]);
    await world.clock.advance(350);
    assert.equal(world.done.slice(1), ["release"]);
  }));

test("a successor within the grace finds everything in place", () =>
  inWorld(async (world) => {
    world.alive = false;
    await world.clock.advance(1_500);
    world.alive = true;
    await world.clock.advance(10 * SECOND);
    assert.equal(world.done, ["take"]);
  }));

test("what changed, or others took away, is put right", () =>
  inWorld(async (world) => {
    world.whole = false;
    await world.clock.advance(2 * SECOND);
    assert.equal(world.done, ["take", "take"]);
    await world.clock.advance(10 * SECOND);
    assert.equal(world.done, ["take", "take"]);
  }));

test("what cannot be captured is released and reported, and tried again after three answers", () =>
  inWorld(async (world) => {
    world.refusal = "nft: no";
    world.whole = false;
    await world.clock.advance(2 * SECOND);
    assert.equal(world.done, ["take", "release"]);
    assert.equal([world.report?.captured, world.report?.note], [false, "nft: no"]);
    assert.equal(world.warnings, [
      "DNS of this VM cannot be captured",
      "capture is released, DNS is as without moorline",
    ]);
    world.refusal = "";
    world.note = "fd00::2 is left out";
    await world.clock.advance(3 * SECOND);
    assert.equal([world.report?.captured, world.report?.note], [true, "fd00::2 is left out"]);
  }));

test.run();
