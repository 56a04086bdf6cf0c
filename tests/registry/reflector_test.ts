import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ApiError } from "../../registry/api_error.ts";
import type { Identified } from "../../registry/kind.ts";
import {
  ASK_AGAIN_FIRST_MS,
  ASK_AGAIN_MS,
  Reflector,
  RELIST_SPREAD_MS,
  type RestartReason,
} from "../../registry/reflector.ts";
import type { Source, SourceEvent } from "../../registry/source.ts";
import { Store } from "../../registry/store.ts";
import { StreamBroken, WentBack } from "../../registry/stream_broken.ts";
import { Unreachable } from "../../registry/unreachable.ts";
import { FakeClock } from "../fake_clock.ts";

const test = suite("Reflector");

type Event = SourceEvent<Identified>;
/** What one opening of the source does: batches of events, then `hold` (until it is stopped), `end`, or a failure. */
interface Session {
  readonly events?: readonly Event[];
  /** Milliseconds between the two. */
  readonly hold?: number;
  readonly after: "hold" | "end" | Error;
}

const item = (name: string, version = 1): Identified => ({
  namespace: "",
  name,
  uid: `uid-${name}`,
  resourceVersion: String(version),
});
const listOf = (version: number, ...names: string[]): Event[] => [
  ...names.map((name): Event => ({ type: "item", item: item(name, version) })),
  { type: "listed", resourceVersion: String(version) },
];
const asked = { verb: "list", resource: "things", namespace: "", name: "" };
const status = (code: number, retryAfter?: number) => new ApiError(asked, code, "", retryAfter);
const unreachable = new Unreachable("cannot list things at https://x: nothing listens there");

/** A reflector over a source that plays these sessions; after the last it holds. Random is always 0.5. */
function play(sessions: readonly Session[], options: { random?: () => number; resume?: Identified[] } = {}) {
  const clock = new FakeClock();
  const opened: { from: string; known: string; at: number }[] = [];
  const left = [...sessions];
  const sourceOf = (mode: "watch" | "poll", scope: string): Source<Identified> => ({
    mode,
    name: "things",
    scope,
    async *open(from, known, signal) {
      opened.push({ from, known, at: clock.monotonic() });
      const session = left.shift() ?? { after: "hold" as const };
      if (session.events) yield session.events;
      if (session.hold) await clock.sleep(session.hold, signal);
      if (session.after instanceof Error) throw session.after;
      if (session.after === "hold") await clock.sleep(1e12, signal);
    },
  });
  const store = new Store<Identified>(clock);
  const restarts: RestartReason[] = [];
  const log: string[] = [];
  const reflector = new Reflector({
    source: sourceOf("watch", "all"),
    writer: store.part("all"),
    clock,
    random: options.random ?? (() => 0.5),
    log: (level, message) => log.push(`${level}: ${message}`),
    onRestart: (reason) => restarts.push(reason),
    ...(options.resume && { resume: { items: options.resume, resourceVersion: "5" } }),
  });
  const stop = new AbortController();
  const running = reflector.run(stop.signal);
  const names = () => [...store.list()].map((object) => object.name).sort();
  const end = async () => {
    stop.abort();
    await running;
  };
  return { clock, store, reflector, opened, restarts, log, names, sourceOf, end };
}

test("lists first, then goes on from the last resourceVersion", async () => {
  const view = play([
    { events: [...listOf(7, "a", "b"), { type: "put", item: item("c", 8) }], after: unreachable },
    { events: [{ type: "bookmark", resourceVersion: "20" }], after: unreachable },
  ]);
  await view.clock.advance(60_000);
  assert.equal(view.opened.map(({ from, known }) => [from, known]), [["", ""], ["8", "8"], ["20", "20"]]);
  assert.equal(view.names(), ["a", "b", "c"]);
  assert.is(view.reflector.resourceVersion, "20");
  await view.end();
});

test("an ordinary end is followed at once, one that comes at once is a failure", async () => {
  const view = play([{ events: listOf(7, "a"), after: "end" }, { after: "end" }, { after: "end" }]);
  await view.clock.advance(0);
  assert.is(view.opened.length, 1, "it does not spin");
  await view.clock.advance(10_000);
  assert.equal(view.opened.map(({ at }) => at), [0, 375, 375 + 750, 375 + 750 + 1500]);
  await view.end();
});

test("410 lists at once and keeps what still exists", async () => {
  const view = play([{ events: listOf(7, "a", "b"), after: "hold" }]);
  const gone: string[] = [];
  view.store.onChange((changes) => gone.push(...changes.filter(({ after }) => !after).map(({ key }) => key)));
  await view.clock.advance(60_000);
  await view.end();
  const again = play([{ after: status(410) }, { events: listOf(9, "a", "c"), after: "hold" }], {
    resume: [item("a"), item("b")],
  });
  again.store.onChange((changes) => gone.push(...changes.filter(({ after }) => !after).map(({ key }) => key)));
  await again.clock.advance(0);
  assert.equal(again.opened.map(({ from, known, at }) => [from, known, at]), [["5", "5", 0], ["", "5", 0]]);
  assert.equal(again.names(), ["a", "c"]);
  assert.equal(gone, ["b"]);
  assert.equal(again.restarts, ["gone"]);
  await again.end();
});

test("410 after a lost server is spread over a minute", async () => {
  const view = play([
    { events: listOf(7, "a"), after: unreachable },
    { after: unreachable },
    { after: status(410) },
    { events: listOf(9, "a"), after: "hold" },
  ]);
  const states: string[] = [];
  view.store.onState(() => states.push(view.store.state.state));
  await view.clock.advance(RELIST_SPREAD_MS);
  const [, , refused, listed] = view.opened.map(({ at }) => at);
  assert.equal(states, ["synced", "stale", "stale", "synced"], "stale for two reasons, then synced");
  assert.is(listed! - refused!, RELIST_SPREAD_MS / 2, "at the random place of 0.5");
  assert.equal(view.names(), ["a"]);
  await view.end();
});

test("a server that says 410 to every watch is not asked for lists without pause", async () => {
  const round: Session = { events: listOf(7, "a"), after: status(410) };
  const view = play(Array.from({ length: 50 }, () => round));
  await view.clock.advance(60_000);
  assert.ok(view.opened.length < 10, `${view.opened.length} lists in a minute`);
  await view.end();
});

test("the state follows: synced, once quietly tried again, stale with its reason, synced", async () => {
  const view = play([
    { events: listOf(7, "a"), after: unreachable },
    { after: unreachable },
    { after: unreachable },
    { events: [{ type: "current" }], after: "hold" },
  ]);
  const states: string[] = [];
  view.store.onState(() => states.push(view.store.state.state));
  await view.clock.advance(0);
  assert.is(view.store.state.state, "synced", "one failure says nothing");
  const since = view.reflector.confirmedAt;
  await view.clock.advance(400);
  assert.equal(view.store.state, { state: "stale", since, reason: unreachable.message });
  await view.clock.advance(60_000);
  assert.is(view.store.state.state, "synced");
  assert.equal(states, ["synced", "stale", "synced"]);
  assert.equal(view.log, ["warn: reading is interrupted", "warn: reading is interrupted"]);
  await view.end();
});

test("a kind that was never read stays syncing and says why, with the store as the snapshot had it", async () => {
  const view = play([{ after: unreachable }, { after: unreachable }, { after: unreachable }]);
  assert.equal(view.store.state, { state: "syncing" });
  await view.clock.advance(2000);
  assert.equal(view.store.state, { state: "syncing", reason: unreachable.message });
  await view.end();
  const resumed = play([{ after: unreachable }, { after: unreachable }], { resume: [item("a")] });
  await resumed.clock.advance(400);
  assert.is(resumed.store.state.state, "stale");
  assert.equal(resumed.names(), ["a"]);
  await resumed.end();
});

test("failures wait longer and longer, and a calm time forgets them", async () => {
  const view = play([
    ...Array.from({ length: 9 }, () => ({ after: unreachable })),
    { events: listOf(3, "a"), after: unreachable },
  ]);
  await view.clock.advance(300_000);
  const gaps = view.opened.map(({ at }, index) => at - (view.opened[index - 1]?.at ?? 0)).slice(1);
  assert.equal(gaps, [375, 750, 1500, 3000, 6000, 12000, 22500, 22500, 22500, 22500]);
  await view.end();
});

test("a failure after a long calm time is the first of its row", async () => {
  const calm = { events: listOf(3, "a"), hold: 20_000 };
  const view = play([
    { after: unreachable },
    { after: unreachable },
    { ...calm, after: "end" },
    { ...calm, after: unreachable },
    { hold: 20_000, after: unreachable },
    { after: unreachable },
  ]);
  await view.clock.advance(120_000);
  const gaps = view.opened.map(({ at }, index) => at - (view.opened[index - 1]?.at ?? 0)).slice(1);
  // The last but one was slow to fail and had confirmed nothing.
  assert.equal(gaps, [375, 750, 20_000, 20_375, 20_750, 1500]);
  await view.end();
});

test("a watch that ends at once goes on from where it was", async () => {
  const view = play([{ events: listOf(7, "a"), hold: 5000, after: "end" }, { after: "end" }]);
  await view.clock.advance(20_000);
  assert.equal(view.opened.map(({ from }) => from), ["", "7", "7"]);
  await view.end();
});

test("Retry-After is obeyed", async () => {
  const view = play([{ after: status(429, 20_000) }, { after: status(503, 40_000) }]);
  await view.clock.advance(200_000);
  assert.equal(view.opened.map(({ at }) => at), [0, 21_000, 63_000]);
  await view.end();
});

test("absent and forbidden kinds are asked for again soon, then up to every five minutes", async () => {
  const view = play([{ after: status(404) }, { after: status(403) }, { events: listOf(3, "a"), after: "hold" }]);
  await view.clock.advance(0);
  assert.equal(view.store.state, { state: "absent" });
  await view.clock.advance(ASK_AGAIN_FIRST_MS);
  assert.equal(view.store.state, { state: "forbidden", verb: "list", resource: "things", namespace: "" });
  await view.clock.advance(2 * ASK_AGAIN_FIRST_MS);
  assert.is(view.store.state.state, "synced");
  assert.equal(view.opened.map(({ at }) => at), [0, ASK_AGAIN_FIRST_MS, 3 * ASK_AGAIN_FIRST_MS]);
  await view.end();
  const named = play(Array.from({ length: 20 }, () => ({ after: status(403) })));
  await named.clock.advance(5 * ASK_AGAIN_MS);
  const waits = named.opened.slice(1).map(({ at }, i) => (at - named.opened[i]!.at) / 1000);
  assert.equal(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
  assert.equal(named.log, ["warn: reading a kind is forbidden"], "named once");
  await named.end();
});

test("a 403 where reading was allowed is believed only when it stays", async () => {
  const view = play([
    { events: listOf(7, "a"), after: status(403) },
    ...Array.from({ length: 20 }, () => ({ after: status(403) })),
  ]);
  await view.clock.advance(20_000);
  assert.is(view.store.state.state, "stale");
  await view.clock.advance(90_000);
  assert.is(view.store.state.state, "forbidden");
  assert.equal(view.names(), ["a"]);
  await view.end();
});

test("a 404 in front of objects is believed only when it stays", async () => {
  const view = play([
    { events: listOf(7, "a"), after: status(404) },
    { after: status(404) },
    { events: [{ type: "current" }], after: status(404) },
    ...Array.from({ length: 20 }, () => ({ after: status(404) })),
  ]);
  await view.clock.advance(20_000);
  assert.equal(view.names(), ["a"]);
  assert.is(view.store.state.state, "stale");
  await view.clock.advance(90_000);
  assert.equal(view.names(), []);
  assert.equal(view.store.state, { state: "absent" });
  await view.end();
});

test("401 is a state that ends by itself", async () => {
  const view = play([
    { events: listOf(7, "a"), after: status(401, 60_000) },
    { after: status(401, 60_000) },
    { events: [{ type: "current" }], after: "hold" },
  ]);
  await view.clock.advance(0);
  assert.is(view.store.state.state, "unauthorized");
  assert.equal(view.names(), ["a"]);
  await view.clock.advance(130_000);
  assert.is(view.store.state.state, "synced");
  assert.equal(view.opened.map(({ at }) => at), [0, 63_000, 126_000]);
  await view.end();
});

test("what is no event means that something was missed: list again, at least as new", async () => {
  const view = play([{ events: listOf(7, "a"), after: new StreamBroken("no event") }, {
    events: listOf(9),
    after: "hold",
  }]);
  await view.clock.advance(1000);
  assert.equal(view.opened.map(({ from, known }) => [from, known]), [["", ""], ["", "7"]]);
  assert.equal(view.names(), []);
  await view.end();
});

test("a server that is behind what is known is asked for any list", async () => {
  const behind = new ApiError(
    asked,
    504,
    JSON.stringify({
      kind: "Status",
      reason: "Timeout",
      message: "Too large resource version: 99, current: 3",
      details: { causes: [{ reason: "ResourceVersionTooLarge" }] },
    }),
  );
  const view = play([{ after: status(410) }, { after: behind }, { events: listOf(3, "b"), after: "hold" }], {
    resume: [item("a")],
  });
  await view.clock.advance(1000);
  assert.equal(view.opened.map(({ from, known }) => [from, known]), [["5", "5"], ["", "5"], ["", ""]]);
  assert.equal(view.names(), ["b"]);
  await view.end();
});

test("a server that went back is listed as it is now", async () => {
  const view = play([{ after: new WentBack("went back") }, { events: listOf(3, "b"), after: "hold" }], {
    resume: [item("a")],
  });
  await view.clock.advance(1000);
  assert.equal(view.opened.map(({ from, known }) => [from, known]), [["5", "5"], ["", ""]]);
  assert.equal(view.names(), ["b"]);
  assert.equal(view.restarts, ["broken"]);
  await view.end();
});

test("a list that breaks off takes nothing away", async () => {
  const half: Event[] = [{ type: "item", item: item("b", 9) }];
  const view = play([
    { after: status(410) },
    { events: half, after: unreachable },
    { events: listOf(11, "b"), after: "hold" },
  ], { resume: [item("a")] });
  await view.clock.advance(0);
  assert.equal(view.names(), ["a", "b"]);
  await view.clock.advance(60_000);
  assert.equal(view.names(), ["b"]);
  await view.end();
});

test("a bad object in a list is not there, in a change takes the former one away, and is counted", async () => {
  const object = item("a", 8);
  const view = play([{
    events: [
      { type: "item", item: item("a", 1) },
      { type: "bad", object: item("b", 2), problem: "x" },
      { type: "bad", problem: "nameless" },
      { type: "listed", resourceVersion: "7" },
      { type: "bad", object, problem: "y" },
      { type: "bad", object, problem: "y" },
    ],
    after: "hold",
  }]);
  await view.clock.advance(0);
  assert.equal(view.names(), []);
  assert.equal([...view.reflector.bad], [["b", "x"], ["an object without a name", "nameless"], ["a", "y"]]);
  assert.is(view.reflector.badCount, 4);
  assert.equal(view.log.length, 3);
  assert.is(view.reflector.resourceVersion, "8");
  await view.end();
});

test("another source goes on where the former stopped, unless it shows other objects", async () => {
  const view = play([{ events: listOf(7, "a"), after: "hold" }]);
  await view.clock.advance(0);
  view.reflector.use(view.sourceOf("poll", "all"));
  await view.clock.advance(0);
  view.reflector.use(view.sourceOf("poll", "other"));
  await view.clock.advance(0);
  assert.equal(view.opened.map(({ from }) => from), ["", "7", ""]);
  assert.equal(view.restarts, ["switched", "switched"]);
  await view.end();
});

test("a switch ends a long wait", async () => {
  const view = play([{ after: status(404) }]);
  await view.clock.advance(0);
  view.reflector.use(view.sourceOf("poll", "all"));
  await view.clock.advance(0);
  assert.is(view.opened.length, 2);
  await view.end();
});

test.run();
