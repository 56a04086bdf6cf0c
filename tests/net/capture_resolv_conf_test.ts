import * as assert from "uvu/assert";
import { must } from "../../scripts/net/command.ts";
import { endToEnd } from "../end_to_end.ts";
import { BY_AGENT, BY_UPSTREAM, CaptureStage, NAME, SECOND_UPSTREAM, UPSTREAM, whyNoCapture } from "./capture_stage.ts";

/** Capture by resolv.conf, in a namespace with an /etc of its own. */
const test = await endToEnd<{ stage: CaptureStage }>("capture by resolv.conf", whyNoCapture);

const MODE = ["capture.mode=resolv-conf"];
const ORIGINAL = `# written by hand\nsearch corp.example\nnameserver ${UPSTREAM}\n`;
const WITHIN_MS = 3_000;

test.before(async (context) => {
  context.stage = await CaptureStage.create();
});
test.after(async ({ stage }) => {
  await stage?.remove();
});
test.before.each(async ({ stage }) => {
  await must(["rm", "-f", stage.resolvConf]);
  await Deno.writeTextFile(stage.resolvConf, ORIGINAL);
});
test.after.each(async ({ stage }) => {
  await stage?.clear();
});

/** What a program gets that asks as the C library does. */
async function lookUp(stage: CaptureStage, name: string): Promise<string> {
  const [program = "", ...args] = stage.command(["getent", "ahostsv4", name]);
  const { stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
  return new TextDecoder().decode(stdout).split(/\s/)[0] ?? "";
}

async function captured(stage: CaptureStage) {
  const agent = await stage.startAgent(MODE);
  await stage.until("captured", async () => await lookUp(stage, NAME) === BY_AGENT);
  return agent;
}

test("programs reach the agent, the agent the former servers; a stop puts the file back byte for byte", async ({ stage }) => {
  assert.is(await lookUp(stage, NAME), BY_UPSTREAM);
  const agent = await captured(stage);
  assert.is(await lookUp(stage, "external.example"), BY_UPSTREAM);
  assert.match(
    await Deno.readTextFile(stage.resolvConf),
    /^search corp.example\nnameserver 127\.15\.0\.53\nnameserver 10/m,
  );
  agent.child.kill("SIGTERM");
  assert.is((await agent.child.status).code, 0);
  assert.is(await Deno.readTextFile(stage.resolvConf), ORIGINAL);
});

test("a link is put back as a link", async ({ stage }) => {
  await Deno.rename(stage.resolvConf, `${stage.folder}/etc/by-another.conf`);
  await Deno.symlink("by-another.conf", stage.resolvConf);
  const agent = await captured(stage);
  await agent.end("SIGTERM");
  assert.is(await Deno.readLink(stage.resolvConf), "by-another.conf");
  assert.is(await Deno.readTextFile(stage.resolvConf), ORIGINAL);
});

test("SIGKILL of the agent: the file is back within three seconds", async ({ stage }) => {
  const agent = await captured(stage);
  agent.child.kill("SIGKILL");
  await stage.until("put back", async () => await Deno.readTextFile(stage.resolvConf) === ORIGINAL, WITHIN_MS);
  assert.is(await lookUp(stage, NAME), BY_UPSTREAM);
});

test("SIGKILL of agent and guard: the servers behind ours answer, `capture remove` puts the file back", async ({ stage }) => {
  const agent = await captured(stage);
  const guard = Number((await must(["pgrep", "-f", `capture hold.*${stage.folder}`])).split("\n")[0]);
  agent.child.kill("SIGKILL");
  Deno.kill(guard, "SIGKILL");
  await agent.child.status;
  assert.is(await lookUp(stage, NAME), BY_UPSTREAM);
  await stage.run("capture remove");
  assert.is(await Deno.readTextFile(stage.resolvConf), ORIGINAL);
});

test("what another program writes is followed", async ({ stage }) => {
  const agent = await captured(stage);
  await Deno.writeTextFile(`${stage.resolvConf}.new`, `nameserver ${SECOND_UPSTREAM}\n`);
  await Deno.rename(`${stage.resolvConf}.new`, stage.resolvConf);
  await stage.until("taken again", async () => {
    return (await Deno.readTextFile(stage.resolvConf)).includes(`127.15.0.53\nnameserver ${SECOND_UPSTREAM}`);
  });
  assert.is(await lookUp(stage, NAME), BY_AGENT);
  await agent.end("SIGTERM");
  assert.is(await Deno.readTextFile(stage.resolvConf), `nameserver ${SECOND_UPSTREAM}\n`);
});

test.run();
