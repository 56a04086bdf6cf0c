import * as assert from "uvu/assert";
import { endToEnd } from "../end_to_end.ts";
import { BY_AGENT, BY_UPSTREAM, CaptureStage, NAME, SECOND_UPSTREAM, UPSTREAM, whyNoCapture } from "./capture_stage.ts";

/** Capture by nftables in a namespace of its own, with a real agent, a real guard and Docker's table beside ours. */
const test = await endToEnd<{ stage: CaptureStage }>("capture by nftables", whyNoCapture);

/**
 * The agent's user, by which the kernel knows its sockets; root's real user and the capability only let the runtime find
 * its cache, wherever it is. That agent is told nothing of capture: it would take itself for root's.
 */
const NOBODY = [
  ...["--ruid=0", "--euid=65534", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"],
  ...["env", `DENO_DIR=${Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`}`],
];

/** What the issue promises after the agent was killed. */
const PLAIN_DNS_WITHIN_MS = 3_000;

test.before(async (context) => {
  context.stage = await CaptureStage.create();
});
test.after(async ({ stage }) => {
  await stage?.remove();
});
test.after.each(async ({ stage }) => {
  await stage?.clear();
});

/** Starts the agent and waits until programs' questions reach it. */
async function captured(stage: CaptureStage) {
  const agent = await stage.startAgent();
  await stage.until("captured", async () => await stage.dig() === BY_AGENT);
  return agent;
}

/** The guard that the agent has started. */
async function guardOf(stage: CaptureStage): Promise<number> {
  const pids = (await stage.vm.must(["pgrep", "-f", `capture hold.*${stage.folder}`])).split("\n").map(Number);
  return pids[0]!;
}

test("what programs ask the VM's name server is answered by the agent, which itself reaches the server", async ({ stage }) => {
  assert.is(await stage.dig(), BY_UPSTREAM);
  await captured(stage);
  assert.is(await stage.dig("+tcp"), BY_AGENT);
  const before = stage.upstream.lines.length;
  const external = ["dig", "+short", `@${UPSTREAM}`, "external.example"];
  assert.is(await stage.vm.must(external), BY_UPSTREAM);
  assert.is(await stage.vm.must([...external, "+tcp"]), BY_UPSTREAM);
  const asked = stage.upstream.lines.slice(before).filter((line) => line.includes("external.example A"));
  assert.ok(asked.length >= 1 && asked.length <= 2, `no loop: the upstream was asked ${asked.length} times`);
  assert.match(await stage.table(), /flags owner/);
});

test("status tells the mode, that it works, and what holds it; so does the metric's source, the system's resolver", async ({ stage }) => {
  await captured(stage);
  const { mode, active, captured: isCaptured, table, servers } = JSON.parse(
    (await stage.run("capture status -o json")).out,
  );
  assert.equal([mode, active, isCaptured, table, servers], ["nftables", true, true, "owner", [UPSTREAM]]);
  await stage.until("the agent's status says active", async () => {
    return JSON.parse((await stage.run("status -o json")).out).capture.active === true;
  });
});

test("SIGKILL of the agent: plain DNS within three seconds, for new sockets and for open ones", async ({ stage }) => {
  const agent = await captured(stage);
  const client = stage.openSocket();
  await client.line(BY_AGENT);
  agent.child.kill("SIGKILL");
  const killedAt = client.lines.length;
  await Promise.all([
    client.line(BY_UPSTREAM, killedAt, PLAIN_DNS_WITHIN_MS),
    stage.until("new sockets", async () => await stage.dig() === BY_UPSTREAM, PLAIN_DNS_WITHIN_MS),
  ]);
  assert.is(await stage.table(), "");
});

test("SIGKILL of the guard: the kernel takes the rules away; the agent starts another guard", async ({ stage }) => {
  await captured(stage);
  Deno.kill(await guardOf(stage), "SIGKILL");
  await stage.until("the table is gone", async () => await stage.table() === "", 1_000);
  assert.is(await stage.dig(), BY_UPSTREAM);
  await stage.until("captured again", async () => await stage.dig() === BY_AGENT);
});

test("SIGKILL of both at once: new sockets at once, open ones when `capture remove` has run", async ({ stage }) => {
  const agent = await captured(stage);
  const client = stage.openSocket();
  await client.line(BY_AGENT);
  const guard = await guardOf(stage);
  agent.child.kill("SIGKILL");
  Deno.kill(guard, "SIGKILL");
  await stage.until("the table is gone", async () => await stage.table() === "", 1_000);
  assert.is(await stage.dig(), BY_UPSTREAM);
  const killedAt = client.lines.length;
  await stage.run("capture remove");
  await client.line(BY_UPSTREAM, killedAt);
});

test("SIGSTOP of the agent: released after three silences, captured again after it goes on", async ({ stage }) => {
  const agent = await captured(stage);
  agent.child.kill("SIGSTOP");
  await stage.until("released", async () => await stage.dig() === BY_UPSTREAM);
  agent.child.kill("SIGCONT");
  await stage.until("captured again", async () => await stage.dig() === BY_AGENT);
});

test("the VM's name servers change: the rules follow", async ({ stage }) => {
  await captured(stage);
  await stage.useServers(SECOND_UPSTREAM);
  await stage.until("the new server is captured", async () => (await stage.table()).includes(SECOND_UPSTREAM));
  assert.not.ok((await stage.table()).includes(`${UPSTREAM} `));
  assert.is(await stage.dig(), BY_UPSTREAM);
  const { out } = await stage.vm.run(["dig", "+short", `@${SECOND_UPSTREAM}`, NAME]);
  assert.is(out.trim(), BY_AGENT);
});

test("an agent with a user of its own, and the guard beside it", async ({ stage }) => {
  const agent = stage.start(["setpriv", ...NOBODY, ...await stage.moorline("run", ["capture.mode=none"])]);
  await agent.line("answering");
  const guard = stage.start(await stage.moorline("capture hold"));
  await stage.until("captured", async () => await stage.dig() === BY_AGENT);
  assert.match(await stage.table(), /meta skuid 65534 return/);
  assert.is(await stage.vm.must(["dig", "+short", `@${UPSTREAM}`, "external.example"]), BY_UPSTREAM);
  await guard.end("SIGTERM");
  assert.is(await stage.table(), "");
  assert.is(await stage.dig(), BY_UPSTREAM);
});

test("without owner tables: a plain one, which the guard removes, and status says so", async ({ stage }) => {
  const folder = `${stage.folder}/bin`;
  await Deno.mkdir(folder);
  const nft = (await stage.vm.must(["sh", "-c", "command -v nft"])).trim();
  await Deno.writeTextFile(`${folder}/nft`, `#!/bin/sh\n[ "$1" = -i ] && exit 1\nexec ${nft} "$@"\n`, { mode: 0o755 });
  const path = `PATH=${folder}:${Deno.env.get("PATH")}`;
  const agent = stage.start(["env", path, ...await stage.moorline("run")]);
  await stage.until("captured", async () => await stage.dig() === BY_AGENT);
  assert.not.match(await stage.table(), /flags owner/);
  assert.is(JSON.parse((await stage.run("capture status -o json")).out).table, "plain");
  await stage.vm.must(["nft", "flush", "ruleset"]);
  await stage.until("put back after others flushed it", async () => await stage.dig() === BY_AGENT);
  agent.child.kill("SIGKILL");
  await stage.until("released", async () => await stage.table() === "", PLAIN_DNS_WITHIN_MS);
  assert.is(await stage.dig(), BY_UPSTREAM);
});

test("without a guard: install stays until remove", async ({ stage }) => {
  assert.is((await stage.run("capture install")).code, 1);
  const agent = stage.start(["setpriv", ...NOBODY, ...await stage.moorline("run", ["capture.mode=none"])]);
  await agent.line("answering");
  assert.match((await stage.run("capture install")).out, new RegExp(`DNS to ${UPSTREAM} goes to 127.0.0.1:15053`));
  assert.is(await stage.dig(), BY_AGENT);
  assert.match((await stage.run("capture remove")).out, /removed the table/);
  assert.is(await stage.dig(), BY_UPSTREAM);
  assert.match((await stage.run("capture remove")).out, /nothing was captured/);
});

test("a second agent after a SIGKILL gets a guard of its own, whatever the first one's still does", async ({ stage }) => {
  const agent = await captured(stage);
  agent.child.kill("SIGKILL");
  await agent.child.status;
  await stage.startAgent();
  await stage.until("captured by the second guard", async () => {
    const { out } = await stage.run("capture status -o json");
    return await stage.dig() === BY_AGENT && JSON.parse(out).active === true;
  });
});

test("an orderly stop loses no question", async ({ stage }) => {
  const agent = await captured(stage);
  const client = stage.openSocket();
  await client.line(BY_AGENT);
  agent.child.kill("SIGTERM");
  assert.is((await agent.child.status).code, 0, agent.lines.slice(-5).join("\n"));
  await client.line(BY_UPSTREAM);
  assert.equal(client.lines.filter((line) => line === "silence"), []);
});

test.run();
