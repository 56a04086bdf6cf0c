import { suite } from "uvu";
import * as assert from "uvu/assert";
import { isJournal, Logger } from "../../agent/log.ts";
import { FakeClock } from "../fake_clock.ts";

const test = suite("log");

function logger(options: Partial<ConstructorParameters<typeof Logger>[0]> = {}) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const made = new Logger({ level: "info", format: "text", clock, write: (line) => lines.push(line), ...options });
  return { clock, lines, log: made.log, logger: made };
}

test("text: time, level, message, fields", () => {
  const { lines, log } = logger();
  log("info", "synced", { kind: "services", objects: 12, note: 'two "words"', nothing: undefined });
  assert.equal(lines, ['2026-01-01T00:00:00.000Z info  synced kind=services objects=12 note="two \\"words\\""\n']);
});

test("JSON: one object a line, and fields never replace what every line has", () => {
  const { lines, log } = logger({ format: "json" });
  log("info", "synced", { level: "field", message: "field", error: new Error("no\nroute") });
  assert.equal(JSON.parse(lines[0]!), {
    time: "2026-01-01T00:00:00.000Z",
    level: "info",
    message: "synced",
    error: "no\nroute",
  });
  assert.is(lines[0]!.split("\n").length, 2);
});

test("a field cannot forge a line", () => {
  const { lines, log } = logger();
  log("info", "asked", { name: "a\n2026-01-01T00:00:00.000Z error forged" });
  assert.is(lines[0]!.split("\n").length, 2);
});

test("under journald: a priority in front, and no time", () => {
  const { lines, log } = logger({ journal: true, level: "debug" });
  for (const level of ["debug", "info", "warn", "error"] as const) log(level, "x");
  assert.equal(lines, ["<7>x\n", "<6>x\n", "<4>x\n", "<3>x\n"]);
});

test("JOURNAL_STREAM that a parent left behind is not ours", () => {
  assert.not(isJournal("1:1"));
  assert.not(isJournal(undefined));
});

test("secrets are hidden, whatever they are called", () => {
  const { lines, log } = logger();
  const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln";
  log("info", "request", {
    token: "s3cret",
    nested: { authorization: "s3cret", tokenFile: "/etc/token" },
    header: "Bearer s3cret-s3cret",
    error: new Error(`refused ${jwt}`),
    tokenExpiry: "2026",
  });
  assert.not(/s3cret|eyJ/.test(lines[0]!), lines[0]);
  assert.ok(lines[0]!.includes("/etc/token") && lines[0]!.includes("2026"), lines[0]);
});

test("a lower level is not written, and the level changes live", () => {
  const { lines, log, logger: made } = logger();
  log("debug", "a");
  made.configure({ level: "debug", format: "text" });
  log("debug", "b");
  assert.is(lines.length, 1);
});

test("a fault that repeats is written once, then with its count", async () => {
  const { clock, lines, log } = logger();
  for (let i = 0; i < 1000; i++) {
    log("warn", "request failed", { cluster: "a", attempt: i, error: new Error(`timeout after ${i} ms`) });
    if (i % 100 === 0) await clock.advance(5_900);
  }
  assert.is(lines.length, 1, "59 s: still one line");
  await clock.advance(2000);
  log("info", "something else");
  assert.is(lines.length, 3);
  assert.ok(lines[1]!.includes("request failed") && lines[1]!.includes("repeated=999"), lines[1]);
  for (let i = 0; i < 5; i++) log("warn", "request failed", { cluster: "a", error: new Error("timeout after 1 ms") });
  await clock.advance(599_000);
  log("info", "x");
  assert.is(lines.length, 4, "the second count waits ten minutes");
  await clock.advance(2000);
  log("info", "x");
  assert.ok(lines[4]!.includes("repeated=5"), lines[4]);
});

test("different faults are not folded into one", () => {
  const { lines, log } = logger();
  log("warn", "object skipped", { key: "a/svc-1" });
  log("warn", "object skipped", { key: "a/svc-2" });
  log("error", "object skipped", { key: "a/svc-1" });
  assert.is(lines.length, 3);
});

test("a fault that comes back after a calm is written at once", async () => {
  const { clock, lines, log } = logger();
  log("warn", "down");
  await clock.advance(61_000);
  log("warn", "down");
  assert.is(lines.length, 2);
});

test("flush writes the counts that are held", () => {
  const { lines, log, logger: made } = logger();
  for (let i = 0; i < 3; i++) log("error", "down");
  made.flush();
  assert.ok(lines[1]!.includes("repeated=2"));
  made.flush();
  assert.is(lines.length, 2);
});

test("what it remembers is bounded, and a forgotten fault's count is written", () => {
  const { lines, log } = logger();
  log("warn", "first");
  log("warn", "first");
  for (let i = 0; i < 256; i++) log("warn", "fault", { name: `x${i}` });
  assert.is(lines.filter((line) => line.includes("repeated=1")).length, 1);
});

test.run();
