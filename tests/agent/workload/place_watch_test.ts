import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { AddressFacts } from "../../../agent/workload/address.ts";
import { PlaceWatch } from "../../../agent/workload/place_watch.ts";
import { VirtualClock } from "./virtual_clock.ts";

const test = suite("place_watch");

/** A VM whose network a test changes. */
function vm(address: readonly string[]) {
  const clock = new VirtualClock();
  const network: { -readonly [K in keyof AddressFacts]: AddressFacts[K] } = {
    interfaces: [{ name: "eth0", address: "10.0.0.5" }, { name: "eth1", address: "192.168.1.5" }],
    bridges: new Set(),
    fleeting: new Set(),
  };
  let changes = 0;
  let looks = 0;
  const look = () => {
    looks++;
    return Promise.resolve({ ...network });
  };
  const watch = new PlaceWatch({ address, clock, look, onChange: () => changes++ });
  const stop = new AbortController();
  const done = watch.run(stop.signal);
  const end = async () => {
    stop.abort();
    await done;
  };
  return { clock, network, watch, end, changes: () => changes, looks: () => looks };
}

test("auto waits for the way to the API server, and takes it at once", async () => {
  const { clock, network, watch, end } = vm(["auto"]);
  await clock.advance(10_000);
  assert.is(watch.addresses, undefined);
  assert.match(watch.problem, "API server");
  network.towardsApi = "192.168.1.5";
  await clock.advance(5000);
  assert.equal(watch.addresses, ["192.168.1.5"]);
  assert.is(watch.problem, "");
  await end();
});

test("auto takes an interface's address after a while, and gives it up as soon as there is a way", async () => {
  const { clock, network, watch, end } = vm(["auto"]);
  await clock.advance(40_000);
  assert.equal(watch.addresses, ["10.0.0.5"]);
  network.towardsApi = "192.168.1.5";
  await clock.advance(5000);
  assert.equal(watch.addresses, ["192.168.1.5"]);
  await end();
});

test("what is registered is changed after 30 s of another address, and never for none", async () => {
  const { clock, network, watch, end, changes } = vm(["interface:eth0"]);
  await clock.advance(0);
  assert.equal(watch.addresses, ["10.0.0.5"]);
  network.interfaces = [];
  await clock.advance(120_000);
  assert.equal(watch.addresses, ["10.0.0.5"]);
  assert.match(watch.problem, "interface:eth0");
  const before = changes();
  network.interfaces = [{ name: "eth0", address: "10.0.0.6" }];
  await clock.advance(29_000);
  assert.equal(watch.addresses, ["10.0.0.5"]);
  await clock.advance(6000);
  assert.equal(watch.addresses, ["10.0.0.6"]);
  assert.ok(changes() > before);
  await end();
});

test("a written address is not looked for all the time", async () => {
  const { clock, watch, end, looks } = vm(["203.0.113.9"]);
  await clock.advance(600_000);
  assert.equal(watch.addresses, ["203.0.113.9"]);
  assert.is(looks(), 11);
  await end();
});

test.run();
