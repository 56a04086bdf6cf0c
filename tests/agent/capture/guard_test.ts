import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { AgentProcess } from "../../../agent/capture/agent_process.ts";
import { Guard, type GuardOptions } from "../../../agent/capture/guard.ts";
import type { CaptureRules } from "../../../agent/capture/owner_table.ts";
import { FakeClock, settle } from "../../fake_clock.ts";

const test = suite("the guard");

const SECOND = 1_000;

/** A guard whose world is these fields, and a list of what it did to it. */
class World {
  readonly clock = new FakeClock();
  readonly done: string[] = [];
  readonly warnings: string[] = [];
  agent: AgentProcess | undefined = { uid: 990, gid: -1 };
  answers = true;
  servers: readonly string[] = ["10.0.0.2"];
  whole = true;
  refusal = "";
  report: Parameters<GuardOptions["report"]>[0] | undefined;
  readonly #stop = new AbortController();
  readonly #guard: Promise<void>;

  constructor() {
    this.#guard = new Guard({
      settings: () => ({ listen: ["127.0.0.1:15053"], grace: 2 * SECOND }),
      servers: () => this.servers,
      table: {
        apply: (rules: CaptureRules) => {
          if (this.refusal !== "") return Promise.reject(new Error(this.refusal));
          this.done.push(`take ${rules.servers}`);
          this.whole = true;
          return Promise.resolve("owner");
        },
        isWhole: () => Promise.resolve(this.whole),
        remove: () => Promise.resolve(void this.done.push("remove")),
      },
      agent: () => Promise.resolve(this.agent),
      listens: () => Promise.resolve(this.agent !== undefined),
      ask: () => Promise.resolve(this.agent && this.answers ? ["10.0.0.9"] : undefined),
      measure: () => Promise.resolve(true),
      forget: () => Promise.resolve(void this.done.push("forget")),
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
  try {
    await story(world);
  } finally {
    await world.stop();
  }
}

test("takes at the first answer, and at a stop first removes, then forgets connections", () =>
  inWorld(async (world) => {
    assert.equal(world.done, ["take 10.0.0.2"]);
    await world.stop();
    assert.equal(world.done, ["take 10.0.0.2", "remove", "forget"]);
    assert.is(world.report?.captured, false);
  }));

test("an agent that is stopped is silent: released after three questions, taken again after three answers", () =>
  inWorld(async (world) => {
    world.answers = false;
    await world.clock.advance(2 * SECOND);
    assert.equal(world.done, ["take 10.0.0.2"]);
    await world.clock.advance(SECOND);
    assert.equal(world.done.slice(1), ["remove", "forget"]);
    world.answers = true;
    await world.clock.advance(2 * SECOND);
    assert.is(world.done.length, 3);
    await world.clock.advance(SECOND);
    assert.is(world.done.at(-1), "take 10.0.0.2");
  }));

test("an agent that died: released within the grace and a quarter second", () =>
  inWorld(async (world) => {
    world.agent = undefined;
    await world.clock.advance(1_900);
    assert.equal(world.done, ["take 10.0.0.2"]);
    await world.clock.advance(350);
    assert.equal(world.done.slice(1), ["remove", "forget"]);
  }));

test("a successor within the grace finds everything in place", () =>
  inWorld(async (world) => {
    const before = world.agent;
    world.agent = undefined;
    await world.clock.advance(1_500);
    world.agent = before;
    await world.clock.advance(10 * SECOND);
    assert.equal(world.done, ["take 10.0.0.2"]);
  }));

test("servers that change, and rules that others take away, are put right", () =>
  inWorld(async (world) => {
    world.servers = ["10.0.0.3"];
    await world.clock.advance(2 * SECOND);
    assert.equal(world.done, ["take 10.0.0.2", "take 10.0.0.3"]);
    world.whole = false;
    await world.clock.advance(2 * SECOND);
    assert.equal(world.done.slice(2), ["take 10.0.0.3"]);
  }));

test("what keeps it from capturing is reported, and it goes on trying", () =>
  inWorld(async (world) => {
    world.servers = [];
    await world.clock.advance(2 * SECOND);
    assert.match(world.report?.note ?? "", /no name server/);
    assert.is(world.report?.captured, false);
    world.servers = ["10.0.0.2"];
    await world.clock.advance(3 * SECOND);
    assert.is(world.report?.captured, true);
    assert.is(world.report?.note, "");
  }));

test("a table that cannot be made leaves DNS alone", () =>
  inWorld(async (world) => {
    world.refusal = "nft: no";
    world.servers = ["10.0.0.3"];
    await world.clock.advance(2 * SECOND);
    assert.equal(world.done, ["take 10.0.0.2", "remove", "forget"]);
    assert.is(world.report?.note, "nft: no");
    assert.ok(world.warnings.includes("DNS of this VM cannot be captured"));
  }));

test("root's agent without a group of its own is never captured around: its questions would come back", () =>
  inWorld(async (world) => {
    world.agent = { uid: 0, gid: 0 };
    world.whole = false;
    await world.clock.advance(2 * SECOND);
    assert.match(world.report?.note ?? "", /runs as root/);
    assert.is(world.done.filter((act) => act.startsWith("take")).length, 1);
    assert.is(world.report?.captured, false);
  }));

test.run();
