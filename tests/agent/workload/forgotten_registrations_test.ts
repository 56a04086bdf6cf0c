import { suite } from "uvu";
import * as assert from "uvu/assert";
import { memoryPath, removeForgotten } from "../../../agent/workload/forgotten_registrations.ts";
import { fileMemory } from "../../../agent/workload/registration_memory.ts";
import { until } from "./probed_port.ts";
import { ENTRY, Fixture, groupManifest } from "./workload_fixture.ts";

const test = suite("forgotten registrations");

const OLD = { namespace: "default", group: "reviews" };

/** A VM that was registered in group `reviews` and remembers it in its state folder. */
async function registered(use: (f: Fixture, state: string) => Promise<void>) {
  const state = await Deno.makeTempDir();
  const f = new Fixture();
  try {
    f.cluster.admin.create(groupManifest());
    const { registration, crash } = f.start("agent-a", {}, { memory: fileMemory(memoryPath(state, OLD)) });
    await until(async () => {
      await f.pass(10);
      return registration.status().state === "registered" &&
        await Deno.stat(memoryPath(state, OLD)).then(() => true, () => false);
    }, "registered and remembered");
    await crash();
    await use(f, state);
  } finally {
    await f.end();
    await Deno.remove(state, { recursive: true });
  }
}

function options(f: Fixture, state: string, workloads: readonly typeof OLD[], agentId = "agent-a") {
  const log = (_: string, message: string) => void f.log.push(message);
  return { state, workloads, cluster: f.cluster, agentId, clock: f.clock, random: () => 0.5, log };
}

const never = new AbortController().signal;

test("another group, or none: what was registered goes, and so does the memory of it", () =>
  registered(async (f, state) => {
    await removeForgotten(options(f, state, [{ namespace: "default", group: "ratings" }]), never);
    assert.is(f.entry(), undefined);
    assert.is(f.lease(), undefined);
    assert.equal([...Deno.readDirSync(state)], []);
  }));

test("the same group: nothing is touched", () =>
  registered(async (f, state) => {
    await removeForgotten(options(f, state, [OLD]), never);
    assert.ok(f.entry(ENTRY));
  }));

test("a clone does not remove the original's", () =>
  registered(async (f, state) => {
    await removeForgotten(options(f, state, [], "agent-b"), never);
    assert.ok(f.entry());
  }));

test("an API server that is away is asked again", () =>
  registered(async (f, state) => {
    f.cluster.trouble = () => "unreachable";
    const done = removeForgotten(options(f, state, []), never);
    const isTold = (message: string) => message.includes("cannot be removed yet");
    await until(async () => {
      await f.pass(60_000);
      return f.log.some(isTold);
    }, "it is told");
    f.cluster.trouble = () => undefined;
    let over = false;
    done.then(() => over = true);
    await until(async () => {
      await f.pass(60_000);
      return over;
    }, "done");
    assert.is(f.entry(), undefined);
    assert.is(f.log.filter(isTold).length, 1);
  }));

test.run();
