import http2 from "node:http2";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { proberFor, type ProbeRules } from "../../../../agent/workload/probe/mod.ts";
import { parseProbe } from "../../../../agent/workload/probe_spec.ts";
import { systemClock } from "../../../../registry/mod.ts";
import { ProbedPort, until } from "../probed_port.ts";

const test = suite("probers");

const OWN: ProbeRules = { exec: true, hosts: "own", addresses: ["192.0.2.77"], local: new Set(["127.0.0.1"]) };

/** Probes once by a probe as a group writes it. */
function probe(spec: Record<string, unknown>, rules: Partial<ProbeRules> = {}, signal = new AbortController().signal) {
  return proberFor(parseProbe(spec), { ...OWN, ...rules }, systemClock)(signal);
}

function web(handler: (request: Request) => Response | Promise<Response>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
}

test("tcp: an open port passes, a closed one fails", async () => {
  const port = new ProbedPort();
  assert.equal(await probe({ tcpSocket: { port: port.number } }), { ok: true, message: "" });
  port.close();
  const result = await probe({ tcpSocket: { port: port.number } });
  assert.is(result.ok, false);
  assert.match(result.message, /refused|reset/);
});

for (const [status, ok] of [[200, true], [204, true], [304, true], [399, true], [400, false], [503, false]] as const) {
  test(`http ${status}: ${ok ? "passes" : "fails"}`, async () => {
    await using server = web(() => new Response(null, { status }));
    const result = await probe({ httpGet: { port: server.port } });
    assert.is(result.ok, ok);
    if (!ok) assert.match(result.message, `bad code ${status}`);
  });
}

test("http: path, query, headers, Host and repeated names are sent as written", async () => {
  let seen: { url: string; headers: [string, string][] } | undefined;
  await using server = web((request) => {
    seen = { url: request.url, headers: [...request.headers] };
    return new Response("ok");
  });
  const httpHeaders = [{ name: "Host", value: "shop.example" }, { name: "X-A", value: "1" }, {
    name: "X-A",
    value: "2",
  }];
  assert.ok((await probe({ httpGet: { port: server.port, path: "ready?deep=1", httpHeaders } })).ok);
  assert.is(seen!.url, `http://shop.example/ready?deep=1`);
  const headers = new Headers(seen!.headers);
  assert.is(headers.get("x-a"), "1, 2");
  assert.is(headers.get("user-agent"), "istio-probe/1.0");
});

test("http: redirects are followed here, and count as an answer when they lead elsewhere", async () => {
  await using server = web((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/here") return Response.redirect(new URL("/bad", request.url), 302);
    if (pathname === "/away") return new Response(null, { status: 302, headers: { location: "http://192.0.2.1/" } });
    if (pathname === "/loop") return Response.redirect(request.url, 302);
    return new Response(null, { status: 500 });
  });
  const at = (path: string) => probe({ httpGet: { port: server.port, path } });
  assert.match((await at("/here")).message, "500");
  assert.ok((await at("/away")).ok);
  assert.match((await at("/loop")).message, "redirects");
});

test("a probe that does not answer in time fails by its time-out", async () => {
  const late = Promise.withResolvers<Response>();
  await using server = web(() => late.promise);
  const result = await probe({ httpGet: { port: server.port }, timeoutSeconds: 1 });
  late.resolve(new Response());
  assert.equal(result, { ok: false, message: "timed out after 1 s" });
});

test("a host that is not this VM's is probed only when any host is allowed", async () => {
  const spec = { tcpSocket: { host: "192.0.2.1", port: 9 }, timeoutSeconds: 1 };
  assert.match((await probe(spec)).message, "workload.probe.hosts");
  assert.not.match((await probe(spec, { hosts: "any" })).message, "workload.probe.hosts");
  assert.not.match((await probe(spec, { addresses: ["192.0.2.1"] })).message, "workload.probe.hosts");
});

test("without a host it goes to the entry's address where that is local, else to localhost", async () => {
  using port = new ProbedPort();
  assert.ok((await probe({ tcpSocket: { port: port.number } }, { addresses: ["127.0.0.1"] })).ok);
  assert.ok((await probe({ tcpSocket: { port: port.number } }, { addresses: ["203.0.113.5"] })).ok, "behind NAT");
});

test("exec: the exit code decides, the environment is empty but for PATH", async () => {
  assert.ok((await probe({ exec: { command: ["true"] } })).ok);
  assert.equal(await probe({ exec: { command: ["sh", "-c", "exit 3"] } }), { ok: false, message: "exit status 3" });
  const lines = `test "$(env | cut -d= -f1 | grep -v -e PWD -e SHLVL -e _ | sort | tr '\\n' ' ')" = "PATH "`;
  assert.equal(await probe({ exec: { command: ["sh", "-c", lines] } }), { ok: true, message: "" });
  assert.is((await probe({ exec: { command: ["/no/such/program"] } })).ok, false);
});

test("exec: off by default", async () => {
  assert.match((await probe({ exec: { command: ["true"] } }, { exec: false })).message, "workload.probe.exec");
});

test("exec: root does not lend its rights", async () => {
  if (Deno.uid() !== 0) return;
  assert.ok((await probe({ exec: { command: ["sh", "-c", "test $(id -u) = 65534 && test $(id -G) = 65534"] } })).ok);
});

test("exec: at the time-out the whole process group is killed", async () => {
  const mark = `31${Math.trunc(Math.random() * 1e6)}`;
  const command = ["sh", "-c", `sleep ${mark} & sleep ${mark}`];
  assert.equal(await probe({ exec: { command }, timeoutSeconds: 1 }), { ok: false, message: "timed out after 1 s" });
  await until(async () => !(await processes()).includes(`sleep ${mark}`), "no child is left");
});

async function processes(): Promise<string> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    found.push((await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "")).replaceAll("\0", " ").trim());
  }
  return found.join("\n");
}

/** A gRPC server that answers every call with these bytes, or with only a status. */
async function grpc(answer: { bytes?: Uint8Array; status: string }) {
  const requests: Uint8Array[] = [];
  const server = http2.createServer();
  server.on("stream", (stream: http2.ServerHttp2Stream) => {
    stream.on("data", (chunk: Uint8Array) => requests.push(chunk));
    stream.on("end", () => {
      const headers = { ":status": 200, "content-type": "application/grpc" };
      if (!answer.bytes) return stream.respond({ ...headers, "grpc-status": answer.status }, { endStream: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": answer.status }));
      stream.respond(headers, { waitForTrailers: true });
      stream.end(answer.bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = (server.address() as { port: number }).port;
  return { port, requests, [Symbol.dispose]: () => void server.close() };
}

const GRPC: readonly (readonly [string, { bytes?: Uint8Array; status: string }, boolean, string])[] = [
  ["SERVING", { bytes: new Uint8Array([0, 0, 0, 0, 2, 8, 1]), status: "0" }, true, ""],
  ["NOT_SERVING", { bytes: new Uint8Array([0, 0, 0, 0, 2, 8, 2]), status: "0" }, false, "NOT_SERVING"],
  ["an empty message is UNKNOWN", { bytes: new Uint8Array([0, 0, 0, 0, 0]), status: "0" }, false, "UNKNOWN"],
  ["an unknown service", { status: "5" }, false, "gRPC status 5"],
  ["no health service", { status: "12" }, false, "does not implement"],
];

for (const [name, answer, ok, message] of GRPC) {
  test(`grpc: ${name}`, async () => {
    using server = await grpc(answer);
    const result = await probe({ grpc: { port: server.port, service: "shop" } });
    assert.is(result.ok, ok, result.message);
    assert.match(result.message, message);
    assert.equal([...server.requests[0]!], [0, 0, 0, 0, 6, 10, 4, 115, 104, 111, 112]);
  });
}

test("grpc: a port where nobody listens", async () => {
  const port = new ProbedPort();
  port.close();
  const result = await probe({ grpc: { port: port.number } });
  assert.is(result.ok, false);
  assert.match(result.message, "failed to connect");
});

test.run();
