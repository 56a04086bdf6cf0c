import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { NameEntry } from "../../dns/name_table.ts";
import { TableWriter } from "../../dns/shared_table.ts";
import { createTable } from "../../dns/table_memory.ts";
import { TablePublisher } from "../../dns/table_publisher.ts";
import { TableReader } from "../../dns/table_reader.ts";
import { FakeClock } from "../fake_clock.ts";

const test = suite("table publisher");

const entries = (count: number): NameEntry[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `s${i}.default.svc.cluster.local`,
    ttl: 30,
    records: [{ type: "A", address: "10.0.0.1" }],
    others: "nodata",
  }));

function setUp() {
  const memory = createTable({ bytes: 2 ** 23 });
  const writer = new TableWriter(memory);
  const clock = new FakeClock();
  return { memory, writer, clock, publisher: new TablePublisher(writer, clock) };
}

test("a small change is live at once", () => {
  const { writer, publisher } = setUp();
  publisher.publish({ put: entries(3), remove: [] });
  assert.is(writer.names, 3);
});

test("a large one is live when the promise resolves, and lets others run meanwhile", async () => {
  const { writer, clock, publisher } = setUp();
  let looks = 0;
  clock.monotonic = () => 2 * looks++; // a slice takes two milliseconds
  let others = 0;
  const timer = setInterval(() => others++, 0);
  const published = publisher.publish({ put: entries(10_000), remove: [] });
  assert.is(writer.names, 0, "never half of it");
  await published;
  clearInterval(timer);
  assert.is(writer.names, 10_000);
  assert.ok(others > 2, `${others} turns for others`);
});

test("changes that come meanwhile are live with it", async () => {
  const { writer, publisher } = setUp();
  const first = publisher.publish({ put: entries(5_000), remove: [] });
  const second = publisher.publish({ put: [], remove: ["s0.default.svc.cluster.local"] });
  await Promise.all([first, second]);
  assert.is(writer.names, 4_999);
});

test("a reader that is in the way is waited for", async () => {
  const { memory, writer, clock, publisher } = setUp();
  const reader = new TableReader(memory, 1);
  reader.enter();
  const published = publisher.publish({ put: entries(1), remove: [] });
  let done = false;
  published.then(() => done = true);
  await clock.advance(5);
  assert.is(done, false);
  reader.leave();
  await clock.advance(1);
  assert.is(done, true);
  assert.is(writer.names, 1);
});

test.run();
