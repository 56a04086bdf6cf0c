import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("stop_signals");

/** A process that stops as `run` does and then hangs; it says so when it is told to stop. */
function hanging() {
  const script = `
    import { stopOnSignals } from ${JSON.stringify(import.meta.resolve("../../../agent/commands/stop_signals.ts"))};
    const { signal } = stopOnSignals();
    signal.addEventListener("abort", () => console.log(signal.reason.message));
    console.log("ready");
    setInterval(() => {}, 1000);`;
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", script], stdout: "piped" }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return { child, said: async () => (await reader.read()).value?.trim(), end: () => reader.cancel() };
}

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  test(`the first ${signal} asks, the second ends the process with ${code}`, async () => {
    const { child, said, end } = hanging();
    assert.is(await said(), "ready");
    child.kill(signal);
    assert.is(await said(), signal);
    child.kill(signal);
    assert.is((await child.status).code, code);
    await end();
  });
}

test.run();
