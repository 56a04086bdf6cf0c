import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runDemo } from "../../agent/demo/mod.ts";
import { howToType } from "../../agent/demo/stay.ts";
import { askDns } from "../../agent/commands/mod.ts";

const test = suite("moorline demo");

test("--once tells each step and ends with 0", async () => {
  let text = "";
  const { signal } = new AbortController();
  const code = await runDemo({ once: true, stay: false, signal, print: (more) => text += more });
  assert.is(code, 0, text);
  assert.match(text, /\n\d\d steps, all as they should be/);
  assert.not.match(text, /FAILED/);
});

test("--stay says what to type, and what it says works until it is told to stop", async () => {
  const stop = new AbortController();
  let text = "";
  let answered: Promise<unknown> | undefined;
  const print = (more: string) => {
    text += more;
    const at = /dig @(\S+) -p (\d+) (productpage\S+)/.exec(more);
    if (at) answered = askDns(`${at[1]}:${at[2]}`, at[3]!, "A").finally(() => stop.abort(new Error("seen")));
  };
  assert.is(await runDemo({ once: false, stay: true, signal: stop.signal, print }), 0, text);
  const { packet } = await answered as Awaited<ReturnType<typeof askDns>>;
  assert.equal(packet.answers?.map((answer) => "data" in answer && answer.data), ["10.96.10.1"]);
  assert.match(text, /leaves the mesh/);
});

test("--once that is told to stop says so and ends with 1", async () => {
  let text = "";
  const signal = AbortSignal.abort(new Error("SIGINT"));
  assert.is(await runDemo({ once: true, stay: false, signal, print: (more) => text += more }), 1);
  assert.match(text, /FAILED.*\n.*SIGINT/);
});

test("what it says to type works where npx started it and no deno is on the PATH", () => {
  assert.is(howToType(false, "exec"), `npx -y deno@${Deno.version.deno} task moorline`);
  assert.is(howToType(false, undefined), "deno task moorline");
  assert.is(howToType(true, "exec"), "moorline");
});

test.run();
