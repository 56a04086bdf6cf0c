import { Buffer } from "node:buffer";
import { type Answer, decode, encode } from "dns-packet";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { startAdmin, thisMachine } from "../agent/admin/mod.ts";
import manifest from "../deno.json" with { type: "json" };
import { fakeStatus, fakeView } from "./agent/admin/fake_view.ts";

const test = suite("cli");
const folder = await Deno.makeTempDir();
const CLI = new URL("../cli.ts", import.meta.url).pathname;

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One command line in a process of its own, typed in the test's folder. */
async function moorline(line: string | string[], env: Record<string, string> = {}): Promise<Result> {
  const args = typeof line === "string" ? line.split(" ").filter((word) => word !== "") : line;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", CLI, ...args],
    cwd: folder,
    env: { INIT_CWD: folder, NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const result = { code, out: text.decode(stdout), err: text.decode(stderr) };
  assert.not(/\n\s+at .*:\d+:\d+/.test(result.err), `no stack trace:\n${result.err}`);
  return result;
}

/** An agent's admin interface on a socket, with made-up content. */
const socket = `${folder}/admin.sock`;
const notReadySocket = `${folder}/not-ready.sock`;
const off = { listen: "", public: "" };
const options = { version: "1.2.3", startedAt: 0, machine: thisMachine, log: () => {} };
const notReady = fakeView(fakeStatus({ ready: false, pending: ["sync primary"] }));
const admins = [
  await startAdmin({ ...off, socket }, { ...options, view: fakeView() }),
  await startAdmin({ ...off, socket: notReadySocket }, { ...options, view: notReady }),
];

/** What the stub DNS server below answers. */
const ANSWERS: Record<string, { rcode: number; answers: Answer[] }> = {
  "a.test A": { rcode: 0, answers: [{ type: "A", name: "a.test", ttl: 5, data: "10.0.0.1" }] },
  "alias.test A": {
    rcode: 0,
    answers: [
      { type: "CNAME", name: "alias.test", ttl: 5, data: "a.test" },
      { type: "A", name: "a.test", ttl: 5, data: "10.0.0.1" },
    ],
  },
  "dangling.test A": { rcode: 0, answers: [{ type: "CNAME", name: "dangling.test", ttl: 5, data: "b.test" }] },
  "_http._tcp.test SRV": {
    rcode: 0,
    answers: [{
      type: "SRV",
      name: "_http._tcp.test",
      ttl: 5,
      data: { priority: 1, weight: 2, port: 80, target: "a.test" },
    }],
  },
  "txt.test TXT": { rcode: 0, answers: [{ type: "TXT", name: "txt.test", ttl: 5, data: ["a b", 'c"d'] }] },
  "1.0.0.10.in-addr.arpa PTR": { rcode: 0, answers: [{ type: "PTR", name: "x", ttl: 5, data: "a.test" }] },
  "empty.test A": { rcode: 0, answers: [] },
  "none.test A": { rcode: 3, answers: [] },
  "failing.test A": { rcode: 2, answers: [] },
  "refused.test A": { rcode: 5, answers: [] },
};

const dns = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
const dnsAddress = `127.0.0.1:${(dns.addr as Deno.NetAddr).port}`;
const answering = (async () => {
  for await (const [bytes, from] of dns) {
    const query = decode(Buffer.from(bytes));
    const { name, type } = query.questions![0]!;
    const { rcode, answers } = ANSWERS[`${name} ${type}`] ?? { rcode: 3, answers: [] };
    const reply = encode({ type: "response", id: query.id!, flags: rcode, questions: query.questions!, answers });
    await dns.send(new Uint8Array(reply), from);
  }
})();

test.after(async () => {
  dns.close();
  await answering;
  for (const admin of admins) await admin.stop();
  await Deno.remove(folder, { recursive: true });
});

test("--version", async () => {
  const { code, out } = await moorline("--version");
  assert.is(code, 0);
  assert.ok(out.startsWith(`moorline ${manifest.version} `), out);
});

for (const verb of ["", "resolve", "status", "names", "config", "config check", "config print", "config schema"]) {
  for (const flag of verb === "" ? ["--help", "-h"] : ["--help"]) {
    test(`${verb} ${flag} goes to stdout, exit 0`, async () => {
      const { code, out, err } = await moorline(`${verb} ${flag}`);
      assert.equal([code, err], [0, ""]);
      assert.ok(out.includes("Usage: moorline") && out.split("\n").every((line) => line.length <= 120));
    });
  }
}

/** Command lines that end with one line on stderr, nothing on stdout, and this exit code. */
const FAILING: [string, number, string][] = [
  ["nonsense", 2, "unknown verb nonsense"],
  ["status --nonsense", 2, "unknown flag --nonsense"],
  ["resolve", 2, "needs NAME"],
  ["resolve a..b", 2, 'NAME is "a..b"'],
  ["resolve a.b 1x", 2, 'TYPE is "1x"'],
  ["config check --config missing.yaml", 2, "missing.yaml: no such file"],
  ["config print --set dns.ttl=soon", 2, '--set dns.ttl: dns.ttl: "soon" is not allowed'],
  ["config print --set dns.tll=5s", 2, "the nearest is dns.ttl"],
  ["status --admin missing.sock", 3, "no agent answers (missing.sock: no such file or directory)"],
  ["names --admin 127.0.0.1:1", 3, "no agent answers (127.0.0.1:1"],
  ["resolve --explain a.test --admin missing.sock", 3, "no agent answers"],
  ["resolve a.test --server 127.0.0.1:1", 1, "no answer from 127.0.0.1:1 (connection refused)"],
  ["resolve a.b BOGUS", 2, 'TYPE is "BOGUS"'],
  ["resolve a.b TYPE65 --server 127.0.0.1:1", 1, "no answer from 127.0.0.1:1"],
  ["resolve a.test --server example.org", 2, "must be IP or IP:port"],
  ["names --refused --collisions", 2, "exclude each other"],
  ["names --refused -o hosts", 2, "-o hosts"],
];

for (const [line, code, word] of FAILING) {
  test(`moorline ${line}: exit ${code}`, async () => {
    const result = await moorline(line);
    assert.equal([result.code, result.out], [code, ""], result.err);
    assert.ok(result.err.startsWith("moorline: ") && result.err.includes(word), result.err);
    assert.is(result.err.trimEnd().split("\n").length, 1, "one line");
  });
}

test("moorline alone, and a verb that has verbs, say what there is: exit 2", async () => {
  for (
    const [line, word] of [["", "moorline needs a verb: run, demo"], [
      "config",
      "config needs a verb: check, print",
    ]] as const
  ) {
    const { code, out, err } = await moorline(line);
    assert.is(code, 2);
    assert.ok(out.includes("Usage: moorline") && err.startsWith(`moorline: ${word}`), err);
  }
});

test("help VERB is VERB --help", async () => {
  assert.equal(await moorline("help config print"), await moorline("config print --help"));
});

test("without a flag the configuration says where the agent is; without an agent: 3", async () => {
  await Deno.writeTextFile(`${folder}/here.yaml`, "admin: {socket: admin.sock, listen: ''}");
  assert.is((await moorline("status --config here.yaml")).code, 0);
  await Deno.writeTextFile(`${folder}/nowhere.yaml`, "admin: {socket: '', listen: ''}");
  assert.is((await moorline("status --config nowhere.yaml")).code, 3);
});

test("an agent on an address is asked directly, whatever HTTP_PROXY says", async () => {
  const proxied = { HTTP_PROXY: "http://127.0.0.1:2", http_proxy: "http://127.0.0.1:2" };
  for (const listen of ["127.0.0.1:0", "[::1]:0"]) {
    const admin = await startAdmin({ socket: "", listen, public: "" }, { ...options, view: fakeView() });
    try {
      for (const where of [admin.addresses.listen!, `http://${admin.addresses.listen}/`]) {
        const { code, err } = await moorline(`status --admin ${where}`, proxied);
        assert.equal([code, err], [0, ""], where);
      }
    } finally {
      await admin.stop();
    }
  }
});

test("status: 0 ready, 1 not ready; -o json is /api/status", async () => {
  const ready = await moorline(`status --admin ${socket}`);
  assert.equal([ready.code, ready.err], [0, ""]);
  assert.ok(ready.out.includes("ready         yes"));
  const waiting = await moorline(`status --admin ${notReadySocket} -o json`);
  assert.is(waiting.code, 1);
  assert.equal(JSON.parse(waiting.out), fakeStatus({ ready: false, pending: ["sync primary"] }));
});

test("names: text, json, hosts, refused, collisions", async () => {
  const names = (rest: string) => moorline(`names --admin ${socket} ${rest}`);
  assert.match((await names("")).out, /^NAME +KIND +ADDRESSES +SOURCE\nreviews\.bookinfo/);
  assert.equal(JSON.parse((await names("nothing -o json")).out), { names: [] });
  assert.is((await names("-o hosts")).out, "10.1.0.1\treviews.bookinfo.svc.cluster.local\n");
  assert.match((await names("--refused")).out, /evil\.example .*namespace is not trusted/);
  assert.match((await names("--collisions")).out, /primary Service bookinfo\/reviews +west Service bookinfo\/reviews/);
});

/** What is asked, and the exit code, stdout and a word of stderr. */
const QUESTIONS: [string, number, string, string][] = [
  ["a.test", 0, "10.0.0.1\n", ""],
  ["a.test. a", 0, "10.0.0.1\n", ""],
  ["alias.test", 0, "a.test.\n10.0.0.1\n", ""],
  ["_http._tcp.test SRV", 0, "1 2 80 a.test.\n", ""],
  ["txt.test TXT", 0, '"a b" "c\\"d"\n', ""],
  ["10.0.0.1", 0, "a.test.\n", ""],
  ["dangling.test", 4, "b.test.\n", "NODATA"],
  ["empty.test", 4, "", "NODATA: empty.test has no A record"],
  ["none.test", 4, "", "NXDOMAIN: none.test does not exist"],
  ["failing.test", 1, "", "SERVFAIL"],
  ["refused.test", 1, "", "REFUSED"],
];

for (const [question, code, out, word] of QUESTIONS) {
  test(`resolve ${question}: exit ${code}`, async () => {
    const result = await moorline(`resolve --server ${dnsAddress} ${question}`);
    assert.equal([result.code, result.out], [code, out]);
    assert.ok(word === "" ? result.err === "" : result.err.includes(word), result.err);
  });
}

test("resolve asks the first of dns.listen, and -o json has the same fields whatever comes", async () => {
  const set = ["--set", `dns.listen=${dnsAddress}`, "-o", "json"];
  const found = await moorline(["resolve", "a.test", ...set]);
  const missing = await moorline(["resolve", "none.test", ...set]);
  const fields = (result: Result) => Object.keys(JSON.parse(result.out));
  assert.equal(fields(found), fields(missing));
  assert.equal(JSON.parse(found.out).answers, [{ name: "a.test", type: "A", ttl: 5, data: "10.0.0.1" }]);
  const silent = await moorline("resolve a.test --server 127.0.0.1:1 -o json");
  assert.is(silent.code, 1);
  assert.equal(fields(silent), fields(found));
});

test("resolve --explain: exit code as the answer's", async () => {
  const known = await moorline(`resolve --explain a.test --admin ${socket}`);
  assert.is(known.code, 0);
  assert.match(known.out, /a\.test A: NOERROR from mesh[^]*a name of the Service[^]*primary Service bookinfo\/reviews/);
  assert.is((await moorline(`resolve --explain none.test --admin ${socket}`)).code, 4);
});

test("check: exit 1 and a fix for each finding; -o json is {ok, checks}", async () => {
  await Deno.writeTextFile(`${folder}/check.yaml`, "dns: {listen: ['127.0.0.1:0']}\nadmin: {socket: '', listen: ''}");
  const text = await moorline("check --config check.yaml");
  assert.is(text.code, 1);
  assert.match(text.out, /WRONG {2}cluster: no cluster is configured[^]*\n {7}-> /);
  const { ok, checks } = JSON.parse((await moorline("check --config check.yaml -o json")).out);
  assert.is(ok, false);
  for (const check of checks) assert.equal(Object.keys(check), ["name", "ok", "message", "fix"]);
  const to = await moorline("check --config check.yaml --to a.test:80");
  assert.is(to.code, 1);
  assert.match(to.out, /agent: is not running/);
});

test("config: check, print and schema agree", async () => {
  await Deno.writeTextFile(`${folder}/good.yaml`, "cluster: {name: west}\ndns: {ttl: 7s}");
  assert.equal(await moorline("config check --config good.yaml"), {
    code: 0,
    out: `${folder}/good.yaml: ok\n`,
    err: "",
  });
  const printed = await moorline("config print --config good.yaml", { MOORLINE_DNS_NEGATIVE_TTL: "1s" });
  const { cluster, dns: { ttl, negativeTtl } } = parse(printed.out);
  assert.equal([cluster.name, ttl, negativeTtl], ["west", "7s", "1s"]);
  await Deno.writeTextFile(`${folder}/printed.yaml`, printed.out);
  assert.is((await moorline("config check --config printed.yaml")).code, 0);
  assert.is(JSON.parse((await moorline("config schema")).out).additionalProperties, false);
});

test("config check: every problem on a line of its own", async () => {
  await Deno.writeTextFile(`${folder}/bad.yaml`, "dns: {ttl: x, io: y}\nnope: 1");
  const { code, err } = await moorline("config check --config bad.yaml");
  assert.is(code, 2);
  assert.is(err.trimEnd().split("\n").length, 3, err);
});

test("a reader that has seen enough is no error", async () => {
  const pipe = `${Deno.execPath()} run -A --no-check --quiet ${CLI} config schema | head -1`;
  const { stdout, stderr } = await new Deno.Command("sh", { args: ["-c", pipe] }).output();
  assert.equal([new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)], ["{\n", ""]);
});

test.run();
