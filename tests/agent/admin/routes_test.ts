import { suite } from "uvu";
import * as assert from "uvu/assert";
import { adminRoutes, METRICS, type Scope } from "../../../agent/admin/mod.ts";
import { fakeStatus, fakeView } from "./fake_view.ts";

const test = suite("admin routes");
const machine = { names: () => ["vm-7"], addresses: () => ["10.0.0.9", "fd00::9"] };

function routes(scope: Scope, view = fakeView()) {
  const logged: string[] = [];
  const log = (_level: string, message: string) => void logged.push(message);
  const app = adminRoutes({ view, scope, version: "1.2.3", startedAt: 0, machine, log });
  return { app, view, logged, get: (path: string, init?: RequestInit) => app.request(path, init) };
}

/** Who may get what: the status of each path in each scope. */
const PATHS: [string, string, Record<Scope, number>][] = [
  ["GET", "/healthz", { socket: 200, listen: 200, public: 200 }],
  ["HEAD", "/healthz", { socket: 200, listen: 200, public: 200 }],
  ["GET", "/readyz", { socket: 200, listen: 200, public: 200 }],
  ["GET", "/healthz/ready", { socket: 200, listen: 200, public: 200 }],
  ["GET", "/metrics", { socket: 200, listen: 200, public: 200 }],
  ["GET", "/api/status", { socket: 200, listen: 200, public: 404 }],
  ["GET", "/api/names", { socket: 200, listen: 200, public: 404 }],
  ["GET", "/api/names/a.b", { socket: 200, listen: 200, public: 404 }],
  ["GET", "/api/registration", { socket: 200, listen: 200, public: 404 }],
  ["GET", "/api/upstreams", { socket: 200, listen: 200, public: 404 }],
  ["GET", "/", { socket: 200, listen: 200, public: 404 }],
  ["GET", "/page.js", { socket: 200, listen: 200, public: 404 }],
  ["GET", "/page.css", { socket: 200, listen: 200, public: 404 }],
  ["GET", "/api/cache", { socket: 200, listen: 403, public: 403 }],
  ["POST", "/api/drain", { socket: 200, listen: 403, public: 403 }],
  ["POST", "/api/cache/flush", { socket: 200, listen: 403, public: 403 }],
  ["GET", "/api/drain", { socket: 404, listen: 403, public: 403 }],
  ["POST", "/api/status", { socket: 404, listen: 404, public: 404 }],
  ["GET", "/nothing", { socket: 404, listen: 404, public: 404 }],
];

for (const [method, path, wanted] of PATHS) {
  test(`${method} ${path}`, async () => {
    for (const [scope, status] of Object.entries(wanted) as [Scope, number][]) {
      const { get, view } = routes(scope);
      const response = await get(path, { method });
      assert.is(response.status, status, scope);
      if (method !== "HEAD") assert.ok((await response.text()).length > 0, "every response says something");
      if (scope !== "socket") assert.equal(view.done, [], "nothing was done");
    }
  });
}

test("what changes state is done once, on the socket", async () => {
  const { get, view } = routes("socket");
  assert.equal(await (await get("/api/drain", { method: "POST" })).json(), { draining: true });
  assert.equal(await (await get("/api/cache/flush", { method: "POST" })).json(), { flushed: 4 });
  assert.equal(view.done, ["drain", "flush"]);
});

test("not ready is 503 with what is pending, and still alive", async () => {
  const { get } = routes("public", fakeView(fakeStatus({ ready: false, pending: ["sync primary"] })));
  const response = await get("/readyz");
  assert.is(response.status, 503);
  assert.equal(await response.json(), { ready: false, pending: ["sync primary"] });
  assert.is((await get("/healthz")).status, 200);
});

/** Host headers, and whether they mean this machine. */
const HOSTS: [string, boolean][] = [
  ["localhost:15021", true],
  ["LOCALHOST", true],
  ["127.0.0.1:15021", true],
  ["127.9.9.9", true],
  ["[::1]:15021", true],
  ["10.0.0.9:15021", true],
  ["[fd00::9]", true],
  ["vm-7:80", true],
  ["VM-7.", true],
  ["evil.example", false],
  ["vm-7.evil.example", false],
  ["127.0.0.1.evil.example", false],
  ["10.0.0.8", false],
  ["[fd00::8]:80", false],
];

for (const [host, allowed] of HOSTS) {
  test(`Host ${host} is ${allowed ? "served" : "refused"}`, async () => {
    for (const scope of ["listen", "public"] as const) {
      assert.is((await routes(scope).get("/healthz", { headers: { host } })).status, allowed ? 200 : 403, scope);
    }
    assert.is(
      (await routes("socket").get("/healthz", { headers: { host } })).status,
      200,
      "nobody checks on the socket",
    );
  });
}

test("a request without Host is served: HTTP/1.0 health checks have none", async () => {
  assert.is((await routes("public").get("/healthz")).status, 200);
});

test("names: filter, refused, collisions, and a wrong question", async () => {
  const { get } = routes("listen");
  const names = async (query: string) => await (await get(`/api/names${query}`)).json();
  assert.is((await names("")).names.length, 3);
  assert.equal((await names("?q=EXT.")).names.map((row: { name: string }) => row.name), [
    "ext.bookinfo.svc.cluster.local",
  ]);
  assert.equal(await names("?q=nothing"), { names: [] });
  assert.is((await names("?show=refused")).refused[0].host, "evil.example");
  assert.equal(await names("?show=refused&q=other"), { refused: [] });
  assert.is((await names("?show=collisions")).collisions[0].hidden[0].cluster, "west");
  assert.is((await get("/api/names?show=all")).status, 400);
});

test("one name is explained, by type", async () => {
  const { get } = routes("listen");
  const explanation = await (await get("/api/names/reviews.bookinfo?type=aaaa")).json();
  assert.equal([explanation.name, explanation.type, explanation.rcode], ["reviews.bookinfo", "AAAA", "NOERROR"]);
});

test("metrics are Prometheus text: families together, HELP, TYPE, escaped labels, histograms", async () => {
  const response = await routes("public").get("/metrics");
  assert.is(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const text = await response.text();
  for (
    const line of [
      "# TYPE moorline_dns_requests_total counter",
      'moorline_dns_requests_total{proto="udp",type="A"} 3',
      'moorline_build_info{version="1.2.3"} 1',
      'moorline_registration_state{workload="a\\"\\\\\\nb",state="registered"} 1',
      'moorline_dns_request_duration_seconds_bucket{le="0.01"} 3',
      'moorline_dns_request_duration_seconds_bucket{le="+Inf"} 4',
      "moorline_dns_request_duration_seconds_sum 0.5",
      "moorline_dns_request_duration_seconds_count 4",
      "# TYPE process_cpu_seconds_total counter",
    ]
  ) assert.ok(text.includes(`${line}\n`), line);
  for (const line of text.trimEnd().split("\n")) {
    assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{.*\})? \S+)$/);
  }
  assert.not(text.includes("No description."));
});

test("the table of metrics has a help text each, and counters end in _total", () => {
  for (const { name, kind, help } of METRICS.values()) {
    assert.match(help, /\.$/, name);
    assert.is(kind === "counter", name.endsWith("_total"), name);
  }
});

test("the page runs nothing that is not its own, and may not be framed", async () => {
  const { get } = routes("listen");
  const policy = (await get("/")).headers.get("content-security-policy")!;
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"]) {
    assert.ok(policy.includes(part), part);
  }
  const html = await (await get("/")).text();
  assert.not(/https?:\/\/|<style|<script>|\son\w+=|style=/.test(html), "no inline code, no foreign assets");
});

test("what breaks is logged and told without its inside", async () => {
  const view = fakeView();
  const broken = {
    ...view,
    status: () => {
      throw new Error("secret detail");
    },
  };
  const { get, logged } = routes("listen", broken);
  const response = await get("/api/status");
  assert.is(response.status, 500);
  assert.not((await response.text()).includes("secret detail"));
  assert.equal(logged, ["an admin request failed"]);
});

test.run();
