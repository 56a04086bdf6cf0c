import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Readiness } from "../../agent/readiness.ts";

const test = suite("readiness");

test("ready when no named task is pending", () => {
  const readiness = new Readiness();
  assert.equal(readiness.pending, []);
  const dns = readiness.task("dns");
  const sync = readiness.task("sync primary");
  assert.equal(readiness.pending, ["dns", "sync primary"]);
  dns.done();
  dns.done();
  assert.equal(readiness.pending, ["sync primary"]);
  sync.done();
  assert.equal(readiness.pending, []);
  sync.again();
  assert.equal(readiness.pending, ["sync primary"]);
});

test.run();
