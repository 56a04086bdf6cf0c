import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Readiness } from "../../agent/readiness.ts";

const test = suite("readiness");

test("ready when no named task is pending", () => {
  const readiness = new Readiness();
  const seen: boolean[] = [];
  readiness.onChange((ready) => seen.push(ready));
  assert.ok(readiness.ready);
  const dns = readiness.task("dns");
  const sync = readiness.task("sync primary");
  assert.equal(readiness.pending, ["dns", "sync primary"]);
  dns.done();
  dns.done();
  assert.not(readiness.ready);
  sync.done();
  assert.ok(readiness.ready);
  sync.again();
  assert.equal(readiness.pending, ["sync primary"]);
  assert.equal(seen, [false, true, false]);
});

test("a listener that was taken away hears nothing more", () => {
  const readiness = new Readiness();
  let heard = 0;
  const stop = readiness.onChange(() => heard++);
  stop();
  readiness.task("dns");
  assert.is(heard, 0);
});

test.run();
