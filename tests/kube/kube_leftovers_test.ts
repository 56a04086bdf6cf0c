import * as assert from "uvu/assert";
import { endToEnd } from "../end_to_end.ts";
import { buildKube, KubeApiserver } from "./kube_apiserver.ts";

/** That starting a real server leaves nothing behind, however the test that started it ends. */
const test = await endToEnd("leftovers of kube-apiserver", async () => await buildKube() || undefined);

/** Processes whose command line names this directory. */
async function processesIn(directory: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name) || name === String(Deno.pid)) continue;
    // A process may end between the listing and the reading.
    const command = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    if (command.includes(directory)) found.push(command.replaceAll("\0", " "));
  }
  return found;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function gone(directory: string): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    if (!await exists(directory) && (await processesIn(directory)).length === 0) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

test("two servers after one another", async () => {
  for (let i = 0; i < 2; i++) {
    const server = await KubeApiserver.start();
    const { directory } = server.pki;
    assert.ok((await processesIn(directory)).length >= 2);
    assert.is((await (await server.request("/version")).json()).minor, "36");
    await server.stop();
    assert.ok(await gone(directory), (await processesIn(directory)).join("\n"));
  }
});

test("a server that cannot start says why", async () => {
  const before = new Set(await processesIn("moorline-kube-"));
  try {
    await KubeApiserver.start({ apiserverFlags: ["--no-such-flag"] });
    assert.unreachable("it started");
  } catch (error) {
    assert.match(String(error), /kube-apiserver ended with code 1: .*unknown flag: --no-such-flag/s);
  }
  const after = (await processesIn("moorline-kube-")).filter((command) => !before.has(command));
  assert.equal(after, []);
});

test("a test that is killed takes its server with it", async () => {
  const program = `
    import { KubeApiserver } from "${new URL("./kube_apiserver.ts", import.meta.url)}";
    const server = await KubeApiserver.start();
    console.log(server.pki.directory);
    await new Promise(() => setInterval(() => {}, 1000));`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", `data:application/typescript,${encodeURIComponent(program)}`],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const { value } = await child.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
  const directory = value!.trim();
  assert.ok(await exists(directory));
  child.kill("SIGKILL");
  await child.status;
  assert.ok(await gone(directory), (await processesIn(directory)).join("\n"));
});

test("an API server that stops and starts keeps its objects and its address", async () => {
  const server = await KubeApiserver.start();
  try {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ metadata: { name: "kept" } });
    const path = "/api/v1/namespaces/default/configmaps";
    await (await server.request(path, { method: "POST", headers, body })).body?.cancel();
    await server.stopApiserver();
    assert.is(await server.request("/version").then(() => "answered", () => "refused"), "refused");
    await server.startApiserver();
    assert.is((await (await server.request(`${path}/kept`)).json()).metadata.name, "kept");
  } finally {
    await server.stop();
  }
});

test.run();
