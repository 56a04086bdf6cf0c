import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ApiError } from "../../registry/api_error.ts";
import { type Identified, identify, type Kind } from "../../registry/kind.ts";
import { nextMode } from "../../registry/list_reader.ts";
import { pollSource, untilNext } from "../../registry/poll_source.ts";
import type { Source, SourceEvent } from "../../registry/source.ts";
import { StreamBroken, WentBack } from "../../registry/stream_broken.ts";
import { Unreachable } from "../../registry/unreachable.ts";
import { watchSource } from "../../registry/watch_source.ts";
import { failure, type Handler, pair, unfinished } from "./handler_server.ts";

const test = suite("what sources ask");

const things: Kind<Identified> = {
  group: "",
  versions: ["v1"],
  plural: "things",
  kind: "Thing",
  namespaced: true,
  parse: (raw) => identify(raw),
};
const object = (name: string, version: number) => ({
  metadata: { name, uid: `uid-${name}`, resourceVersion: String(version) },
});
const list = (version: number, more = {}) =>
  Response.json({ metadata: { resourceVersion: String(version), ...more }, items: [object("a", version)] });
const line = (type: string, value: unknown) => JSON.stringify({ type, object: value }) + "\n";
const bookmark = (version: number) => line("BOOKMARK", { metadata: { resourceVersion: String(version) } });
const behind = JSON.stringify({ kind: "Status", details: { causes: [{ reason: "ResourceVersionTooLarge" }] } });

/** Reads a source in the background: the types of its events as they come, and how it ended. */
function follow(source: Source<Identified>, from: string, known = from) {
  const stop = new AbortController();
  const events: string[] = [];
  let failed: unknown;
  let done = false;
  const words = (event: SourceEvent<Identified>) =>
    "item" in event
      ? `${event.type} ${event.item.name}`
      : "resourceVersion" in event
      ? `${event.type} ${event.resourceVersion}`
      : event.type;
  const running = (async () => {
    for await (const batch of source.open(from, known, stop.signal)) events.push(...batch.map(words));
  })().catch((error: unknown) => failed = error).finally(() => done = true);
  return {
    events,
    get done() {
      return done;
    },
    get failed() {
      return failed;
    },
    async end() {
      stop.abort();
      await running;
    },
  };
}

/** Lets real input and output happen until a condition holds, without moving the fake clock. */
async function settled(server: ReturnType<typeof pair>, condition: () => boolean) {
  for (let round = 0; !condition(); round++) {
    if (round > 2000) throw new Error(`waited in vain for ${condition}; ${JSON.stringify(server.requests)}`);
    await server.clock.advance(0);
  }
}

const queries = (server: ReturnType<typeof pair>) =>
  server.requests.map(({ path }) => path.replace(/^\/api\/v1\//, ""));

test("the first list comes from the cache, a later one is at least as new as what is known", async () => {
  for (
    const [known, query] of [["", "resourceVersion=0"], ["77", "resourceVersion=77&resourceVersionMatch=NotOlderThan"]]
  ) {
    await using server = pair((request, over) =>
      request.url.includes("watch=1") ? new Response(unfinished("", over)) : list(80)
    );
    const selection = { namespace: "n s", labelSelector: "a in (b,c)", fieldSelector: "metadata.name=x" };
    const reading = follow(watchSource(server.client, things, selection), "", known);
    await settled(server, () => server.requests.length === 2);
    const scope = "labelSelector=a+in+%28b%2Cc%29&fieldSelector=metadata.name%3Dx";
    assert.equal(queries(server), [
      `namespaces/n%20s/things?${query}&${scope}`,
      `namespaces/n%20s/things?watch=1&resourceVersion=80&timeoutSeconds=450&allowWatchBookmarks=true&${scope}`,
    ]);
    assert.equal(reading.events, ["item a", "listed 80"]);
    await reading.end();
  }
});

test("a kind whose version goes away is found in the next one, and read on", async () => {
  let served = "v1beta1";
  const versioned = { ...things, group: "example.org", versions: ["v1", "v1beta1"] };
  await using server = pair((request, over) => {
    const { pathname } = new URL(request.url);
    const [, , , version, plural] = pathname.split("/");
    if (version !== served) return new Response("404 page not found", { status: 404 });
    return plural ? new Response(unfinished("", over)) : Response.json({ resources: [{ name: "things" }] });
  });
  const source = watchSource(server.client, versioned);
  const first = follow(source, "4");
  await settled(server, () => server.requests.length === 3);
  await first.end();
  served = "v1";
  const second = follow(source, "5");
  await settled(server, () => second.done);
  assert.ok(second.failed instanceof ApiError && second.failed.isNotFound);
  const third = follow(source, "5");
  await settled(server, () => server.requests.length === 6);
  const watch = (version: string, from: number) =>
    `/apis/example.org/${version}/things?watch=1&resourceVersion=${from}&timeoutSeconds=450&allowWatchBookmarks=true`;
  assert.equal(server.requests.map(({ path }) => path), [
    "/apis/example.org/v1",
    "/apis/example.org/v1beta1",
    watch("v1beta1", 4),
    watch("v1beta1", 5),
    "/apis/example.org/v1",
    watch("v1", 5),
  ]);
  await third.end();
});

test("a list that does not get through is asked for in pages, and in one piece when pages expire", async () => {
  const answers: (() => Response)[] = [
    () => new Response('{"items":[{"metadata"'), // cut off
    () => list(80, { continue: "next" }),
    () => new Response("", { status: 410 }),
    () => list(81),
  ];
  await using server = pair((request, over) =>
    request.url.includes("watch=1") ? new Response(unfinished("", over)) : answers.shift()!()
  );
  const source = watchSource(server.client, things);
  const readings = [];
  for (let round = 0; round < 3; round++) {
    const reading = follow(source, "");
    readings.push(reading);
    await settled(server, () => reading.done || answers.length === 0);
  }
  await settled(server, () => server.requests.length === 5);
  assert.equal(queries(server).slice(0, 4), [
    "things?resourceVersion=0",
    "things?limit=500",
    "things?limit=500&continue=next",
    "things",
  ]);
  assert.instance(readings[0]!.failed, StreamBroken);
  assert.ok(readings[1]!.failed instanceof ApiError && readings[1]!.failed.isGone);
  await readings[2]!.end();
});

test("a list that is no list, or never ends, is broken", async () => {
  const cases: [() => Response, RegExp][] = [
    [() => list(0), /no resourceVersion/],
    [() => Response.json({ items: [] }), /no resourceVersion/],
    [() => Response.json({ kind: "Table", rows: [] }), /no list but a Table/],
    [() => new Response("<html>"), /no JSON object/],
    [() => list(5, { continue: "again" }), /the same page/],
  ];
  for (const [answer, problem] of cases) {
    await using server = pair(answer);
    const reading = follow(watchSource(server.client, things), "");
    await settled(server, () => reading.done);
    assert.instance(reading.failed, StreamBroken);
    assert.match(String(reading.failed), problem);
    assert.not.ok(reading.events.some((event) => event.startsWith("listed")));
  }
});

test("how to list after a failure", () => {
  const status = (code: number, body = "") =>
    new ApiError({ verb: "list", resource: "x", namespace: "", name: "" }, code, body);
  const cut = new Unreachable("cut");
  assert.is(nextMode("cache", cut), "pages");
  assert.is(nextMode("cache", status(410)), "pages");
  assert.is(nextMode("cache", status(504, behind)), "pages");
  assert.is(nextMode("cache", status(500)), "pages");
  assert.is(nextMode("pages", status(410)), "whole");
  assert.is(nextMode("pages", cut), "cache");
  assert.is(nextMode("whole", status(500)), "cache");
  for (const code of [401, 403, 404, 429, 503]) assert.is(nextMode("cache", status(code)), "cache", String(code));
});

test("a watch gives what it told before it failed, and says how it failed", async () => {
  const good = line("ADDED", object("a", 5));
  const cases: [string, (error: unknown) => boolean][] = [
    [line("ERROR", { kind: "Status", code: 410, reason: "Expired" }), (e) => e instanceof ApiError && e.isGone],
    [line("ERROR", { kind: "Status", code: 500 }), (e) => e instanceof ApiError && e.status === 500],
    [line("ERROR", null), (e) => e instanceof ApiError && e.status === 500],
    ["{nonsense}\n", (e) => e instanceof StreamBroken],
    ["[]\n", (e) => e instanceof StreamBroken],
    [line("SURPRISE", object("b", 6)), (e) => e instanceof StreamBroken],
    [line("DELETED", {}), (e) => e instanceof StreamBroken],
    [line("BOOKMARK", {}), (e) => e instanceof StreamBroken],
    ["x".repeat(4_300_000), (e) => e instanceof StreamBroken],
  ];
  for (const [bad, expected] of cases) {
    await using server = pair((_request, over) => new Response(unfinished(good + bad, over)));
    const reading = follow(watchSource(server.client, things), "4");
    await settled(server, () => reading.done);
    assert.equal(reading.events, ["put a"], bad.slice(0, 80));
    assert.ok(expected(reading.failed), `${bad.slice(0, 80)}: ${reading.failed}`);
  }
});

test("events of every sort, and a line that is cut off is left for the next watch", async () => {
  const text = line("MODIFIED", object("a", 5)) + line("DELETED", object("b", 6)) + line("ADDED", { metadata: {} }) +
    bookmark(9) + '{"type":"ADDED","obj';
  await using server = pair(() => new Response(text));
  const reading = follow(watchSource(server.client, things), "4");
  await settled(server, () => reading.done);
  assert.equal(reading.events, ["put a", "removed", "bad", "bookmark 9"]);
  assert.is(reading.failed, undefined);
});

test("a watch that was accepted and is quiet is current", async () => {
  await using server = pair((_request, over) => new Response(unfinished("", over)));
  const reading = follow(watchSource(server.client, things), "4");
  await settled(server, () => server.client.authState.state === "accepted");
  assert.equal(reading.events, []);
  await server.clock.advance(500);
  assert.equal(reading.events, ["current"]);
  await reading.end();
});

test("a watch without even a bookmark is given up, and the server asked where it is", async () => {
  for (const [at, wentBack] of [[3, true], [4, false]] as const) {
    const handler: Handler = (request, over) => {
      if (request.url.includes("watch=1")) return new Response(unfinished("", over));
      return request.url.endsWith("/version") ? Response.json({}) : list(at);
    };
    await using server = pair(handler);
    const reading = follow(watchSource(server.client, things), "4");
    await settled(server, () => server.client.authState.state === "accepted");
    await server.clock.advance(500);
    await server.clock.advance(90_000);
    await settled(server, () => reading.done);
    assert.equal(queries(server).slice(1), ["/version", "things?limit=1"]);
    assert.ok(wentBack ? reading.failed instanceof WentBack : reading.failed instanceof Unreachable);
  }
});

test("a poll reads from the last version at the same moments of its client, longer each five minutes", async () => {
  let version = 4;
  await using server = pair((request) => {
    const { searchParams } = new URL(request.url);
    if (searchParams.get("limit") === "1") return list(version);
    return new Response(searchParams.get("timeoutSeconds") === "4" && version < 6 ? bookmark(++version) : "");
  });
  const reading = follow(pollSource(server.client, things, { interval: 100_000 }), "4");
  const rounds = () => reading.events.filter((event) => event === "current").length;
  for (let round = 1; round <= 9; round++) {
    await settled(server, () => rounds() === round);
    await server.clock.advance(round === 1 ? 50_000 : 100_000); // the phase is 0.5
  }
  const asked = queries(server).map((path) => path.replace(/^things\?|watch=1&|&allow.*$/g, ""));
  const short = (from: number) => `resourceVersion=${from}&timeoutSeconds=1`;
  const long = (from: number) => `resourceVersion=${from}&timeoutSeconds=4`;
  assert.equal(asked.slice(0, 9), [
    long(4),
    short(5),
    short(5),
    short(5), // 250 s after the bookmark
    long(5),
    short(6),
    short(6),
    long(6),
    "limit=1", // no bookmark this time, but the server is where we are
  ]);
  await reading.end();
});

test("a poll of a server that was restored from a backup notices", async () => {
  await using server = pair((request) => request.url.includes("watch=1") ? new Response("") : list(3));
  const source = pollSource(server.client, things, { interval: 1000 });
  const reading = follow(source, "4");
  await settled(server, () => reading.done);
  assert.instance(reading.failed, WentBack);
  await failure(Promise.reject(reading.failed), StreamBroken);
});

test("the next poll is at a multiple of the interval, from the phase on", () => {
  assert.equal(
    [[0, 0], [1, 0], [999, 0], [1000, 0], [0, 0.3], [299, 0.3], [300, 0.3], [1300, 0.3]].map(([now, phase]) =>
      untilNext(now!, phase!, 1000)
    ),
    [1000, 999, 1, 1000, 300, 1, 1000, 1000],
  );
});

test("an interval below a second is refused", async () => {
  await using server = pair(() => list(1));
  assert.throws(() => pollSource(server.client, things, { interval: 999 }), /1 s or more, not 999 ms/);
});

test.run();
