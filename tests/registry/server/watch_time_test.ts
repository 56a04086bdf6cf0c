import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ApiServer } from "../../../registry/server/mod.ts";
import { FakeClock } from "../../fake_clock.ts";

const test = suite("time in the API server in memory");

interface Event {
  type: string;
  object: { metadata: { resourceVersion: string } };
}

/** Opens a watch and collects its events; `ended` settles at the end of the stream. */
async function collect(url: string, query: string) {
  const response = await fetch(`${url}/api/v1/configmaps?watch=1&${query}`);
  const events: Event[] = [];
  let done = false;
  let wake = () => {};
  const read = async () => {
    let text = "";
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      text += part;
      const lines = text.split("\n");
      text = lines.pop()!;
      events.push(...lines.map((line) => JSON.parse(line)));
      wake();
    }
  };
  // A server that is closed under a watch breaks it off.
  const ended = read().catch(() => {}).finally(() => done = true);
  const until = async (count: number) => {
    while (events.length < count) await new Promise<void>((resolve) => wake = resolve);
  };
  return { events, ended, until, isDone: () => done };
}

async function withServer(
  run: (server: ApiServer, url: string, clock: FakeClock) => Promise<void>,
  random = Math.random,
) {
  const clock = new FakeClock(Date.UTC(2026, 10, 23, 12));
  const server = new ApiServer({ clock, random });
  const { url } = server.listen();
  try {
    await run(server, url, clock);
  } finally {
    await server.close();
  }
}

test("a bookmark each minute while there is news", () =>
  withServer(async (server, url, clock) => {
    const start = server.storage.revision;
    const watch = await collect(url, `resourceVersion=${start}&allowWatchBookmarks=true&timeoutSeconds=600`);
    server.admin.create({ kind: "Secret", metadata: { name: "news" } });
    await clock.advance(59_999);
    assert.equal(watch.events, []);
    await clock.advance(1);
    await watch.until(1);
    assert.equal([watch.events[0]!.type, watch.events[0]!.object.metadata.resourceVersion], [
      "BOOKMARK",
      String(start + 1),
    ]);
    await clock.advance(60_000);
    await watch.until(2);
  }));

test("timeoutSeconds ends a watch, with a bookmark two seconds before", () =>
  withServer(async (server, url, clock) => {
    const watch = await collect(
      url,
      `resourceVersion=${server.storage.revision}&allowWatchBookmarks=true&timeoutSeconds=10`,
    );
    server.admin.create({ kind: "Secret", metadata: { name: "news" } });
    await clock.advance(8_000);
    await watch.until(1);
    assert.not(watch.isDone());
    await clock.advance(2_000);
    await watch.ended;
    assert.equal(watch.events.map(({ type }) => type), ["BOOKMARK"]);
  }));

test("without timeoutSeconds a watch lasts half an hour to an hour", () =>
  withServer(async (server, url, clock) => {
    const watch = await collect(url, `resourceVersion=${server.storage.revision}`);
    await clock.advance(45 * 60_000 - 1);
    assert.not(watch.isDone());
    await clock.advance(1);
    await watch.ended;
  }, () => 0.5));

test("Date and the times in objects follow the clock", () =>
  withServer(async (server, url, clock) => {
    clock.jump(3_600_000);
    const response = await fetch(`${url}/version`);
    await response.body?.cancel();
    assert.is(response.headers.get("date"), "Mon, 23 Nov 2026 13:00:00 GMT");
    const made = server.admin.create({ kind: "ConfigMap", metadata: { name: "a" }, data: { a: "b" } });
    assert.is(made.metadata.creationTimestamp, "2026-11-23T13:00:00Z");
    assert.is(made.metadata.managedFields?.[0]?.time, "2026-11-23T13:00:00Z");
  }));

test("a token works until it expires or its account goes", () =>
  withServer(async (server, url, clock) => {
    server.admin.create({ kind: "ServiceAccount", metadata: { name: "sa" } });
    const ask = async () => {
      const request = { method: "POST", body: JSON.stringify({ spec: { expirationSeconds: 600 } }) };
      const response = await fetch(`${url}/api/v1/namespaces/default/serviceaccounts/sa/token`, request);
      return (await response.json()).status.token as string;
    };
    const code = async (token: string) => {
      const response = await fetch(`${url}/version`, { headers: { authorization: `Bearer ${token}` } });
      await response.body?.cancel();
      return response.status;
    };
    const first = await ask();
    assert.is(await code(first), 200);
    clock.jump(599_999);
    assert.is(await code(first), 200);
    clock.jump(1);
    assert.is(await code(first), 401);
    const second = await ask();
    assert.is(await code(second), 200);
    server.admin.delete("ServiceAccount", "default", "sa");
    server.admin.create({ kind: "ServiceAccount", metadata: { name: "sa" } });
    assert.is(await code(second), 401);
  }));

test("a client that does not read is cut off, not waited for", () =>
  withServer(async (server, url) => {
    const response = await fetch(`${url}/api/v1/configmaps?watch=1&resourceVersion=${server.storage.revision}`);
    const data = { text: "x".repeat(2_000) };
    server.admin.create({ kind: "ConfigMap", metadata: { name: "busy" }, data });
    for (let i = 0; i < 12_000; i++) server.admin.patch("ConfigMap", "default", "busy", { data: { count: String(i) } });
    assert.is(server.openWatches().length, 0);
    await response.body?.cancel();
  }));

test.run();
