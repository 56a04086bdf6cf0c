import { suite } from "uvu";
import * as assert from "uvu/assert";
import { METRICS } from "../../../agent/admin/mod.ts";
import { openAgent } from "../../../agent/commands/mod.ts";
import { ApiServer } from "../../../registry/server/mod.ts";

const test = suite("run_command");
const folder = await Deno.makeTempDir();
const server = new ApiServer({});
const { url } = server.listen({ hostname: "127.0.0.1", port: 0 });
const file = `${folder}/moorline.yaml`;

test.after(async () => {
  await server.close();
  await Deno.remove(folder, { recursive: true });
});

interface Settings {
  readonly dns?: Record<string, unknown>;
  readonly capture?: Record<string, unknown>;
  readonly log?: Record<string, unknown>;
}

async function writeConfig(name: string, { dns = {}, ...rest }: Settings = {}): Promise<void> {
  const document = {
    cluster: { server: url },
    dns: { listen: ["127.0.0.1:0"], answers: "cluster-ip", upstream: ["127.0.0.1:1"], ...dns },
    admin: { socket: `${name}.sock`, listen: "" },
    state: `${name}-state`,
    ...rest,
  };
  await Deno.writeTextFile(file, JSON.stringify(document));
}

/** `moorline run` in a process of its own. */
function start() {
  const cli = new URL("../../../cli.ts", import.meta.url).pathname;
  const args = ["run", "-A", "--no-check", "--quiet", cli, "run", "--config", file, "--log-format", "json"];
  const child = new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "null", stderr: "piped" }).spawn();
  const lines: string[] = [];
  let wake = () => {};
  const reading = (async () => {
    let rest = "";
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split("\n");
      rest = parts.pop()!;
      lines.push(...parts);
      wake();
    }
    wake();
  })();
  return {
    child,
    lines,
    /** The first line that holds a text; rejects when the process ends without it. */
    async line(part: string): Promise<Record<string, unknown>> {
      let ended = false;
      reading.finally(() => ended = true);
      while (true) {
        const found = lines.find((line) => line.includes(part));
        if (found) return JSON.parse(found);
        if (ended) throw new Error(`no line with ${part}:\n${lines.join("\n")}`);
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
    async ended() {
      const { code } = await child.status;
      await reading;
      return code;
    },
  };
}

test("answers, serves its socket, and ends in order at SIGTERM", async () => {
  await writeConfig("order");
  const agent = start();
  await agent.line('"answering"');
  using client = openAgent(`${folder}/order.sock`);
  const status = await client.get("/api/status") as { agent: { pid: number; configFile: string } };
  assert.equal([status.agent.pid, status.agent.configFile], [agent.child.pid, file]);
  agent.child.kill("SIGTERM");
  assert.is(await agent.ended(), 0);
  for (const line of agent.lines) assert.ok(JSON.parse(line).message, "every line is JSON");
});

test("every metric that it prints is described, with the labels that are described", async () => {
  await writeConfig("metrics");
  const agent = start();
  await agent.line('"answering"');
  using client = Deno.createHttpClient({ proxy: { transport: "unix", path: `${folder}/metrics.sock` } });
  const text = await (await fetch("http://localhost/metrics", { client })).text();
  for (const [, name] of text.matchAll(/^# HELP (\S+)/gm)) {
    assert.ok(METRICS.has(bareName(name!)), `${name} is described`);
  }
  for (const [, name, labels = ""] of text.matchAll(/^([a-z]\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? \S+$/gm)) {
    const described = METRICS.get(bareName(name!)) ?? METRICS.get(bareName(`${name}_count`));
    const used = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label!).filter((label) => label !== "le");
    assert.equal(used.sort(), [...described!.labels].sort(), name);
  }
  agent.child.kill("SIGTERM");
  assert.is(await agent.ended(), 0);
});

function bareName(name: string): string {
  return name.replace(/^moorline_/, "");
}

test("SIGHUP applies what can be applied and names in one line what needs a restart", async () => {
  await writeConfig("reload");
  const agent = start();
  await agent.line('"answering"');
  await writeConfig("reload", { dns: { ttl: "7s", records: [{ name: "own.test", a: ["10.0.0.1"] }] } });
  agent.child.kill("SIGHUP");
  const line = await agent.line("configuration read again");
  assert.equal([line.applied, line.restart, line.level], ["dns.records", "dns.ttl", "warn"]);
  using client = openAgent(`${folder}/reload.sock`);
  const { names } = await client.get("/api/names?q=own.test") as { names: { name: string }[] };
  assert.ok(names.some(({ name }) => name === "own.test"), "the record is served");
  await Deno.writeTextFile(file, "dns: {ttl: soon}");
  agent.child.kill("SIGHUP");
  const bad = await agent.line("the new configuration cannot be used");
  assert.match(String(bad.error), /dns\.ttl: "soon" is not allowed/);
  agent.child.kill("SIGTERM");
  assert.is(await agent.ended(), 0);
});

test("keys that nothing serves yet are named once", async () => {
  await writeConfig("unserved", { capture: { mode: "resolved" } });
  const agent = start();
  await agent.line('"answering"');
  assert.is((await agent.line("nothing serves")).keys, "capture.mode");
  agent.child.kill("SIGINT");
  assert.is(await agent.ended(), 0);
  assert.is(agent.lines.filter((line) => line.includes("nothing serves")).length, 1);
});

test("a busy port ends it with 1 and one line that names the key", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  await writeConfig("busy", { dns: { listen: [`127.0.0.1:${port}`] } });
  const agent = start();
  assert.is(await agent.ended(), 1);
  assert.match(agent.lines.at(-1)!, new RegExp(`^moorline: .*127\\.0\\.0\\.1:${port} is in use.*dns\\.listen`));
});

test("a second agent on the same state ends with 1 and names the first", async () => {
  await writeConfig("twice");
  const first = start();
  await first.line('"answering"');
  const second = start();
  assert.is(await second.ended(), 1);
  assert.match(second.lines.at(-1)!, new RegExp(`^moorline: .*process ${first.child.pid}.*\`state\``));
  first.child.kill("SIGTERM");
  assert.is(await first.ended(), 0);
});

test.run();
