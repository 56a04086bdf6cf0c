import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ApiServer, type FaultRule } from "../../../registry/server/mod.ts";
import { FakeClock } from "../../fake_clock.ts";

const test = suite("faults of the API server in memory");

async function withServer(run: (server: ApiServer, url: string) => Promise<void>, clock?: FakeClock) {
  const server = new ApiServer(clock ? { clock } : {});
  const { url } = server.listen();
  try {
    await run(server, url);
  } finally {
    await server.close();
  }
}

const SERVICES = "/api/v1/services";

test("a status: body, code and Retry-After as Kubernetes sends them", () =>
  withServer(async (server, url) => {
    server.faults.add({ path: SERVICES, action: { type: "status", code: 429, retryAfter: 7 }, count: 1 });
    const refused = await fetch(url + SERVICES);
    assert.equal([refused.status, refused.headers.get("retry-after")], [429, "7"]);
    const body = await refused.json();
    assert.equal([body.kind, body.reason, body.details], ["Status", "TooManyRequests", { retryAfterSeconds: 7 }]);
    const served = await fetch(url + SERVICES);
    assert.is(served.status, 200);
    await served.body?.cancel();
  }));

const rules: [string, FaultRule, boolean][] = [
  ["another method", { method: "POST", action: { type: "status", code: 500 } }, false],
  ["the method", { method: "GET", action: { type: "status", code: 500 } }, true],
  ["part of the path", { path: "v1/serv", action: { type: "status", code: 500 } }, true],
  ["another path", { path: "pods", action: { type: "status", code: 500 } }, false],
  ["a pattern over the query", { path: /services\?limit=\d$/, action: { type: "status", code: 500 } }, true],
  ["a pattern that does not match", { path: /^services/, action: { type: "status", code: 500 } }, false],
];
for (const [name, rule, hit] of rules) {
  test(`a rule with ${name}`, () =>
    withServer(async (server, url) => {
      const fault = server.faults.add(rule);
      const response = await fetch(`${url}${SERVICES}?limit=5`);
      await response.body?.cancel();
      assert.equal([response.status, fault.hits], hit ? [500, 1] : [200, 0]);
    }));
}

test("a fault counts its hits, ends with its count and can be removed", () =>
  withServer(async (server, url) => {
    const code = async () => {
      const response = await fetch(url + SERVICES);
      await response.body?.cancel();
      return response.status;
    };
    const twice = server.faults.add({ action: { type: "status", code: 503 }, count: 2 });
    assert.equal([await code(), await code(), await code()], [503, 503, 200]);
    assert.is(twice.hits, 2);
    const forever = server.faults.add({ action: { type: "status", code: 500 } });
    assert.equal([await code(), await code()], [500, 500]);
    forever.remove();
    assert.is(await code(), 200);
  }));

test("a hanging request ends with its fault", () =>
  withServer(async (server, url) => {
    const fault = server.faults.add({ action: { type: "hang" }, count: 1 });
    const pending = fetch(url + SERVICES);
    await fault.firstHit;
    fault.remove();
    const response = await pending;
    await response.body?.cancel();
    assert.is(response.status, 503);
  }));

test("a delay is slept by the server's clock", async () => {
  const clock = new FakeClock();
  await withServer(async (server, url) => {
    const fault = server.faults.add({ action: { type: "delay", milliseconds: 5_000 }, count: 1 });
    let answered = false;
    const pending = fetch(url + SERVICES).then(async (response) => {
      await response.body?.cancel();
      answered = true;
    });
    await fault.firstHit;
    await clock.advance(4_999);
    assert.not(answered);
    await clock.advance(1);
    await pending;
    assert.ok(answered);
  }, clock);
});

test("a cut breaks the body off after so many bytes", () =>
  withServer(async (server, url) => {
    server.faults.add({ action: { type: "cut", afterBytes: 10 }, count: 1 });
    const reader = (await fetch(url + SERVICES)).body!.getReader();
    const read = async () => {
      let bytes = 0;
      for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value.length;
      return bytes;
    };
    assert.is(await read().catch((error) => error.constructor.name), "TypeError");
  }));

test("a stall sends so many bytes and then nothing", () =>
  withServer(async (server, url) => {
    const fault = server.faults.add({ action: { type: "stall", afterBytes: 10 }, count: 1 });
    const reader = (await fetch(url + SERVICES)).body!.getReader();
    const first = await reader.read();
    assert.is(first.value?.length, 10);
    const next = reader.read().then(() => "ended", () => "broken");
    fault.remove();
    assert.is(await next, "broken");
  }));

test("an error event stands in for the events of a watch", () =>
  withServer(async (server, url) => {
    server.faults.add({ path: "watch", action: { type: "error-event", code: 500, reason: "InternalError" }, count: 1 });
    const event = await (await fetch(`${url}${SERVICES}?watch=1`)).json();
    assert.equal([event.type, event.object.code, event.object.reason], ["ERROR", 500, "InternalError"]);
  }));

test("401 comes before faults that need a user", () =>
  withServer(async (server, url) => {
    const response = await fetch(url + SERVICES, { headers: { authorization: "Bearer wrong" } });
    await response.body?.cancel();
    assert.is(response.status, 401);
    assert.equal(server.requests.at(-1), { method: "GET", path: SERVICES, user: "", code: 401 });
  }));

test.run();
