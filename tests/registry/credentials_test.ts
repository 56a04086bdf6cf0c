import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Access } from "../../registry/access.ts";
import { Credentials } from "../../registry/credentials.ts";
import { type ExecCredential, type ExecPlugin, runExecPlugin } from "../../registry/exec_plugin.ts";
import { AccessError } from "../../registry/material.ts";
import { FakeClock } from "../fake_clock.ts";

const test = suite("Credentials");

const bare: Access = { server: "https://x", serverName: "", proxyUrl: "", headers: {}, namespace: "d", origin: "o" };
const plugin: ExecPlugin = {
  name: "exec",
  command: "login",
  args: [],
  env: [],
  apiVersion: "client.authentication.k8s.io/v1",
  interactive: false,
  installHint: "get it from example.org",
};

/** A plugin that is a shell script of one line. */
const shell = (script: string, more: Partial<ExecPlugin> = {}): ExecPlugin => ({
  ...plugin,
  command: "/bin/sh",
  args: ["-c", script],
  ...more,
});
const credential = (status: object, version = "v1") =>
  JSON.stringify({ apiVersion: `client.authentication.k8s.io/${version}`, kind: "ExecCredential", status });

async function problem(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.instance(error, AccessError);
    return (error as Error).message;
  }
  return assert.unreachable("it was accepted") as never;
}

test("a token file is read again when it changes, and kept while it is away", async () => {
  const path = await Deno.makeTempFile();
  const credentials = new Credentials({ ...bare, token: { name: "tokenFile", path } }, new FakeClock());
  await Deno.writeTextFile(path, "one\n");
  assert.is((await credentials.current()).authorization, "Bearer one");
  await Deno.writeTextFile(`${path}.new`, "two\n");
  await Deno.rename(`${path}.new`, path);
  assert.is((await credentials.current()).authorization, "Bearer two");
  await Deno.remove(path);
  assert.is((await credentials.current()).authorization, "Bearer two");
});

test("files that cannot be used are named with their key", async () => {
  const path = await Deno.makeTempFile();
  const current = (access: Partial<Access>) =>
    problem(new Credentials({ ...bare, ...access }, new FakeClock()).current());
  const token = { name: "tokenFile", path };
  assert.is(await current({ token }), `tokenFile (${path}): it is empty`);
  await Deno.writeTextFile(path, "two words");
  assert.is(await current({ token }), `tokenFile (${path}): it is no token`);
  assert.is(
    await current({ token: { name: "tokenFile", path: "/no/such" } }),
    "tokenFile: cannot read /no/such: there is no such file",
  );
  assert.match(await current({ cert: { name: "certFile", path } }), `certFile (${path}): there is no PEM block`);
  await Deno.remove(path);
});

test("a plugin runs once for many, again before its credential ends, and after a 401", async () => {
  const clock = new FakeClock();
  let runs = 0;
  const credentials = new Credentials({ ...bare, exec: plugin }, clock, () => {
    runs++;
    return Promise.resolve({ token: `t${runs}`, expires: clock.now() + 600_000 });
  });
  const tokens = await Promise.all([credentials.current(), credentials.current()]);
  assert.equal(tokens.map(({ authorization }) => authorization), ["Bearer t1", "Bearer t1"]);
  await clock.advance(539_000);
  assert.is((await credentials.current()).authorization, "Bearer t1");
  await clock.advance(2000);
  assert.is((await credentials.current()).authorization, "Bearer t2");
  credentials.refused();
  assert.is((await credentials.current()).authorization, "Bearer t3");
});

test("a plugin that fails is left alone for a while, and what it gave before lives to its end", async () => {
  const clock = new FakeClock();
  let runs = 0;
  let answer: () => Promise<ExecCredential> = () => Promise.resolve({ token: "t", expires: clock.now() + 600_000 });
  const credentials = new Credentials({ ...bare, exec: plugin }, clock, () => {
    runs++;
    return answer();
  });
  await credentials.current();
  answer = () => Promise.reject(new AccessError("exec: login: it failed"));
  await clock.advance(560_000);
  assert.is((await credentials.current()).authorization, "Bearer t");
  assert.is((await credentials.current()).authorization, "Bearer t");
  assert.is(runs, 2);
  await clock.advance(41_000);
  assert.is(await problem(credentials.current()), "exec: login: it failed");
  assert.is(await problem(credentials.current()), "exec: login: it failed");
  assert.is(runs, 3);
});

test("runs a plugin with its environment and the request, and reads what it prints", async () => {
  const script = `test "$GREETING" = hello || exit 7
    case "$KUBERNETES_EXEC_INFO" in *'"kind":"ExecCredential"'*'"interactive":false'*) ;; *) exit 8;; esac
    echo '${credential({ token: "abc", expirationTimestamp: "2030-01-01T00:00:00Z" }, "v1beta1")}'`;
  const given = await runExecPlugin(shell(script, { env: [{ name: "GREETING", value: "hello" }] }));
  assert.equal(given, { token: "abc", expires: Date.UTC(2030, 0, 1) });
});

const failures: [string, ExecPlugin, RegExp][] = [
  ["is missing", { ...plugin, command: "/no/such/plugin" }, /cannot be started: there is no such file; get it from/],
  ["fails", shell("echo first; echo 'no session' >&2; exit 3"), /failed with exit code 3: no session$/],
  ["prints no JSON", shell("echo hunter2"), /it printed no JSON$/],
  ["prints something else", shell("echo '{}'"), /no ExecCredential$/],
  ["prints another version", shell(`echo '${credential({ token: "t" }, "v2")}'`), /apiVersion "client.*v2" instead of/],
  ["prints no status", shell(`echo '{"apiVersion":"${plugin.apiVersion}","kind":"ExecCredential"}'`), /has no status/],
  ["gives nothing", shell(`echo '${credential({})}'`), /neither token nor certificate/],
  ["gives half a pair", shell(`echo '${credential({ clientKeyData: "k" })}'`), /only one of certificate and key/],
  [
    "gives an odd time",
    shell(`echo '${credential({ token: "t", expirationTimestamp: "soon" })}'`),
    /expirationTimestamp "soon" is no time/,
  ],
];
for (const [what, broken, pattern] of failures) {
  test(`a plugin that ${what} is named, without what it printed`, async () => {
    const sentence = await problem(runExecPlugin(broken));
    assert.match(sentence, pattern);
    assert.not.match(sentence, /hunter2/);
  });
}

test("a plugin that hangs is ended with everything that it started, which may hold the pipe", async () => {
  const marks = await Deno.makeTempDir();
  for (
    const script of ["exec sleep 1000", `(echo $$ > ${marks}/pid; exec sleep 1000) & echo $! > ${marks}/pid; wait`]
  ) {
    assert.match(await problem(runExecPlugin(shell(script), 200)), /did not end within 0.2 s/);
  }
  const pid = Number(await Deno.readTextFile(`${marks}/pid`));
  await Deno.remove(marks, { recursive: true });
  // Who inherits a zombie may take its time to bury it (proc_pid_stat(5): the third field is the state).
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  assert.match(stat, /^(\d+ \(.*\) [ZX] .*)?$/s);
});

test.run();
