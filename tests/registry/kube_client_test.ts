import v8 from "node:v8";
import { runInNewContext } from "node:vm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Access } from "../../registry/access.ts";
import { ApiError } from "../../registry/api_error.ts";
import { type Identified, identify, type Kind } from "../../registry/kind.ts";
import { UNAUTHORIZED_FIRST_MS, UNAUTHORIZED_LOOK_MS } from "../../registry/transport.ts";
import { AccessError } from "../../registry/material.ts";
import { ANSWER_WITHIN_MS, BODY_IDLE_MS } from "../../registry/request.ts";
import { Unreachable } from "../../registry/unreachable.ts";
import { failure, pair, unfinished } from "./handler_server.ts";

const test = suite("KubeClient");

const asked = { verb: "get", resource: "things", namespace: "ns", name: "a" };
const get = { asked, path: "/x" };
const things: Kind<Identified> = {
  group: "example.org",
  versions: ["v1", "v1beta1"],
  plural: "things",
  kind: "Thing",
  namespaced: true,
  parse: (raw) => identify(raw),
};
const thing = { metadata: { namespace: "ns", name: "a", uid: "u", resourceVersion: "1" } };

test("sends credentials, agent and query, and reads JSON", async () => {
  await using server = pair((request) => Response.json({ agent: request.headers.get("user-agent") }), {
    token: { name: "token", text: "t0ken" },
  });
  const value = await server.client.json({ ...get, query: { a: "x y", empty: "" } });
  assert.equal(value, { agent: "moorline-tests" });
  assert.is(server.requests[0]?.path, "/x?a=x+y");
  assert.is(server.requests[0]?.authorization, "Bearer t0ken");
  assert.equal(server.timings, ["get 200"]);
  assert.is(server.client.authState.state, "accepted");
});

test("a refusal is an ApiError that says what was asked, whatever its body", async () => {
  const status = { kind: "Status", reason: "Forbidden", message: 'User "x" cannot get things', code: 403 };
  const bodies = [JSON.stringify(status), "<html><h1>No</h1>\n way</html>", "", '{"kind":'];
  const expected = ['User "x" cannot get things', "No way", "", '{"kind":'];
  for (const [index, body] of bodies.entries()) {
    await using server = pair(() => new Response(body, { status: 403 }));
    const error = await failure(server.client.json(get), ApiError);
    assert.is(error.serverMessage, expected[index]);
    assert.ok(error.isForbidden);
    assert.match(error.message, 'grant verb "get" on resource "things" for namespace "ns"');
  }
});

test("a secret that the server repeats does not reach the error", async () => {
  const body = (request: Request) => `no: ${request.headers.get("authorization")}`;
  await using server = pair((request) => new Response(body(request), { status: 400 }), {
    token: { name: "token", text: "hunter2hunter2" },
  });
  const error = await failure(server.client.json(get), ApiError);
  assert.is(error.serverMessage, "no: Bearer [secret]");
});

test("Retry-After comes as seconds, as a date by the server's clock, or in the Status", async () => {
  const date = "Wed, 01 Jan 2031 00:00:00 GMT";
  const later = "Wed, 01 Jan 2031 00:00:07 GMT";
  const status = JSON.stringify({ kind: "Status", details: { retryAfterSeconds: 3 } });
  const cases: [Record<string, string>, string, number | undefined][] = [
    [{ "retry-after": "2" }, "", 2000],
    [{ "retry-after": later, date }, "", 7000],
    [{ "retry-after": date, date: later }, "", 0],
    [{ "retry-after": "soon" }, "", undefined],
    [{}, status, 3000],
    [{}, "", undefined],
  ];
  for (const [headers, body, milliseconds] of cases) {
    await using server = pair(() => new Response(body, { status: 429, headers }));
    const error = await failure(server.client.json(get), ApiError);
    assert.is(error.retryAfter, milliseconds, JSON.stringify(headers) + body);
    assert.ok(error.isRetriable);
  }
});

test("redirects are not followed", async () => {
  await using server = pair(() => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:9/" } }));
  assert.is((await failure(server.client.json(get), ApiError)).status, 302);
});

test("nothing there, no JSON and a body that is too long are named", async () => {
  await using server = pair((request) => new Response(request.url.endsWith("/long") ? "x".repeat(5_000_000) : "nope"));
  assert.match(
    (await failure(server.client.json(get), Unreachable)).message,
    "cannot get things: the answer is no JSON",
  );
  assert.match((await failure(server.client.json({ ...get, path: "/long" }), Unreachable)).message, "longer than");
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  await using gone = pair(() => new Response(""), { server: url });
  const error = await failure(gone.client.json(get), Unreachable);
  assert.ok(error.message.startsWith(`cannot get things at ${url}: nothing listens there (`), error.message);
  assert.equal(gone.timings, ["get error"]);
  await using blocked = pair(() => new Response(""), { server: "http://127.0.0.1:10080" });
  assert.match(
    (await failure(blocked.client.json(get), Unreachable)).message,
    "that port is on the web platform's list",
  );
});

test("after a 401 another token is used at once; without one the state is named and asked more and more rarely", async () => {
  let accepted = "Bearer two";
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "one");
  await using server = pair(async (request) => {
    const authorization = request.headers.get("authorization");
    // The token is renewed while the request with the former one is under way.
    if (authorization === "Bearer one") await Deno.writeTextFile(path, "two");
    return authorization === accepted ? Response.json({}) : new Response("no", { status: 401 });
  }, { token: { name: "tokenFile", path } });
  await server.client.json(get);
  assert.equal(server.requests.map(({ authorization }) => authorization), ["Bearer one", "Bearer two"]);

  accepted = "Bearer three";
  const error = await failure(server.client.json(get), ApiError);
  assert.is(error.retryAfter, UNAUTHORIZED_FIRST_MS);
  assert.is(server.client.authState.state, "unauthorized");
  assert.is(server.requests.length, 3);
  await server.clock.advance(2_000);
  assert.is((await failure(server.client.json(get), ApiError)).retryAfter, UNAUTHORIZED_FIRST_MS - 2_000);
  assert.is(server.requests.length, 3, "not asked in between");
  await server.clock.advance(3_000);
  const waits: unknown[] = [];
  for (let asked = 4; asked <= 8; asked++) {
    const { retryAfter } = await failure(server.client.json(get), ApiError);
    waits.push(retryAfter);
    assert.is(server.requests.length, asked, "asked again when its time has come");
    await server.clock.advance(retryAfter ?? 0);
  }
  assert.equal(waits, [10_000, 20_000, 40_000, UNAUTHORIZED_LOOK_MS, UNAUTHORIZED_LOOK_MS]);

  await Deno.writeTextFile(path, "three");
  await server.client.json(get);
  assert.is(server.client.authState.state, "accepted", "a new token ends the waiting");
  assert.equal(server.log, ["error: the API server does not accept the credentials"]);
  await Deno.remove(path);
});

test("credentials that cannot be had are a state of their own", async () => {
  const path = await Deno.makeTempFile();
  await using server = pair(() => Response.json({}), { token: { name: "tokenFile", path } });
  const { message } = await failure(server.client.json(get), AccessError);
  const since = server.clock.now();
  assert.equal(server.client.authState, { state: "no-credentials", since, reason: message });
  await Deno.writeTextFile(path, "t");
  await server.client.json(get);
  assert.is(server.client.authState.state, "accepted");
  await Deno.remove(path);
});

test("a 401 reads the kubeconfig again", async () => {
  const other: Partial<Access> = { token: { name: "token", text: "new" } };
  await using server = pair((request) => {
    const ok = request.headers.get("authorization") === "Bearer new";
    return ok ? Response.json({}) : new Response("", { status: 401 });
  }, {
    token: { name: "token", text: "old" },
    reload: () => Promise.resolve({ ...server.client.access, ...other }),
  });
  await server.client.json(get);
  assert.is(server.requests.length, 2);
});

test("a server that never answers is given up after a time, and its connection with it", async () => {
  await using server = pair((_request, over) => over.then(() => new Response("")));
  const waiting = failure(server.client.json(get), Unreachable);
  while (server.requests.length === 0) await server.clock.advance(0);
  await server.clock.advance(ANSWER_WITHIN_MS - 1);
  assert.equal(server.log, []);
  await server.clock.advance(1);
  while (server.requests.length === 1) await server.clock.advance(0);
  assert.is(server.requests[1]?.path, "/version", "the connection is asked whether it lives");
  await server.clock.advance(5000);
  assert.ok((await waiting).timedOut);
  assert.equal(server.log, ["warn: the API server went silent; its connection is given up"]);
});

test("a body that stops in the middle is given up, and a connection that lives is kept", async () => {
  await using server = pair((request, over) => {
    if (request.url.endsWith("/version")) return Response.json({});
    return new Response(unfinished("{", over));
  });
  const waiting = failure(server.client.json(get), Unreachable);
  while (server.client.authState.state !== "accepted") await server.clock.advance(0);
  await server.clock.advance(BODY_IDLE_MS);
  assert.ok((await waiting).timedOut);
  assert.equal(server.log, []);
});

test("a slow reader is not taken for a silent server", async () => {
  await using server = pair(() => new Response(new Uint8Array(300_000)));
  const answer = await server.client.request(get);
  let size = 0;
  for await (const chunk of answer.bytes()) {
    size += chunk.length;
    await server.clock.advance(10 * BODY_IDLE_MS);
  }
  assert.is(size, 300_000);
});

test("a signal ends request and body with its own reason", async () => {
  await using server = pair((_request, over) => new Response(unfinished("{", over)));
  const stop = new AbortController();
  const reason = new Error("stopped");
  const answer = await server.client.request({ ...get, signal: stop.signal });
  const waiting = failure(answer.text(), Error);
  stop.abort(reason);
  assert.is(await waiting, reason);
  assert.is(await failure(server.client.json({ ...get, signal: stop.signal }), Error), reason);
});

test("a signal ends a body also after garbage has been collected", async () => {
  v8.setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await using server = pair((_request, over) => new Response(unfinished("{", over)));
  const stop = new AbortController();
  const reason = new Error("stopped");
  const waiting = failure(server.client.json({ ...get, signal: stop.signal }), Error);
  while (server.client.authState.state !== "accepted") await server.clock.advance(0);
  for (let i = 0; i < 3; i++) {
    collect();
    await server.clock.advance(0);
  }
  stop.abort(reason);
  assert.is(await waiting, reason);
});

test("the server's clock is compared with ours", async () => {
  await using server = pair(() => Response.json({}, { headers: { date: "Thu, 01 Jan 2026 01:00:00 GMT" } }));
  assert.is(server.client.clockSkew, undefined);
  await server.client.json(get);
  assert.is(server.client.clockSkew, 3_600_500);
});

test("a kind is used in the first version that is served, looked up once, and anew when that went", async () => {
  let served = "v1beta1";
  await using server = pair((request) => {
    const { pathname } = new URL(request.url);
    const [, , , version, rest] = pathname.split("/");
    if (version !== served) return new Response("404 page not found", { status: 404 });
    return Response.json(rest ? thing : { resources: [{ name: "things" }, { name: "things/status" }] });
  });
  const resource = server.client.resource(things);
  await Promise.all([resource.get("ns", "a"), resource.get("ns", "a")]);
  assert.equal(server.requests.map(({ path }) => path).sort(), [
    "/apis/example.org/v1",
    "/apis/example.org/v1beta1",
    "/apis/example.org/v1beta1/namespaces/ns/things/a",
    "/apis/example.org/v1beta1/namespaces/ns/things/a",
  ]);
  served = "v1";
  await failure(resource.get("ns", "a"), ApiError);
  await resource.get("ns", "a");
  assert.is(server.requests.at(-1)?.path, "/apis/example.org/v1/namespaces/ns/things/a");
  served = "";
  await failure(resource.get("ns", "a"), ApiError);
  assert.match((await failure(resource.get("ns", "a"), ApiError)).message, "serves none of v1, v1beta1 of things");
  assert.is(await server.client.version(things), undefined);
});

test("who may not look at the versions tries the preferred one", async () => {
  await using server = pair((request) =>
    /v1(beta1)?$/.test(request.url) ? new Response("", { status: 403 }) : Response.json(thing)
  );
  await server.client.resource(things).get("ns", "a");
  assert.is(server.requests.at(-1)?.path, "/apis/example.org/v1/namespaces/ns/things/a");
});

test("each verb is the request that Kubernetes knows", async () => {
  await using server = pair((request) =>
    new URL(request.url).pathname === "/apis/example.org/v1"
      ? Response.json({ resources: [{ name: "things" }] })
      : Response.json(thing)
  );
  const resource = server.client.resource(things);
  const manifest = { metadata: { namespace: "ns", name: "a" }, spec: { n: 1 } };
  await server.client.version(things);
  server.requests.length = 0;
  await resource.create(manifest, { fieldManager: "m" });
  await resource.apply(manifest, { fieldManager: "m", force: true });
  await resource.replace(manifest);
  await resource.mergePatch("ns", "a", { spec: { n: null } }, { resourceVersion: "5" });
  await resource.mergeStatus("ns", "a", { ready: true }, { resourceVersion: "5", fieldManager: "m" });
  await resource.delete("ns", "a", { uid: "u", resourceVersion: "5" });
  await resource.delete("ns", "a");
  const whole =
    '{"metadata":{"namespace":"ns","name":"a"},"spec":{"n":1},"apiVersion":"example.org/v1","kind":"Thing"}';
  const collection = "/apis/example.org/v1/namespaces/ns/things";
  assert.equal(server.requests.map(({ method, path, type, body }) => [method, path, type, body]), [
    ["POST", `${collection}?fieldManager=m`, "application/json", whole],
    ["PATCH", `${collection}/a?fieldManager=m&force=true`, "application/apply-patch+yaml", whole],
    ["PUT", `${collection}/a`, "application/json", whole],
    [
      "PATCH",
      `${collection}/a`,
      "application/merge-patch+json",
      '{"spec":{"n":null},"metadata":{"resourceVersion":"5"}}',
    ],
    [
      "PATCH",
      `${collection}/a/status?fieldManager=m`,
      "application/merge-patch+json",
      '{"status":{"ready":true},"metadata":{"resourceVersion":"5"}}',
    ],
    [
      "DELETE",
      `${collection}/a`,
      "application/json",
      '{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u","resourceVersion":"5"}}',
    ],
    ["DELETE", `${collection}/a`, "", ""],
  ]);
});

test.run();
