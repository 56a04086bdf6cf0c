import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { AgentProcess } from "../../../agent/capture/agent_process.ts";
import { NftablesCapture } from "../../../agent/capture/nftables_capture.ts";

const test = suite("capture by nftables");

/** A VM with these facts, and what was done to its kernel. */
function machine() {
  const done: string[] = [];
  const facts = { servers: ["10.0.0.2"], agent: { uid: 990, gid: -1 } as AgentProcess | undefined, whole: true };
  const capture = new NftablesCapture({
    table: {
      apply: ({ servers }) => Promise.resolve(done.push(`take ${servers}`)).then(() => "owner"),
      isWhole: () => Promise.resolve(facts.whole),
      remove: () => Promise.resolve(void done.push("remove")),
    },
    servers: () => facts.servers,
    listen: () => ["127.0.0.1:15053"],
    agent: () => Promise.resolve(facts.agent),
    forget: () => Promise.resolve(void done.push("forget")),
  });
  return { capture, facts, done };
}

test("connections are forgotten only when the rules are gone", async () => {
  const { capture, done } = machine();
  await capture.take();
  await capture.release();
  assert.equal(done, ["take 10.0.0.2", "remove", "forget"]);
});

test("it is whole while the rules are there and the servers are the same", async () => {
  const { capture, facts } = machine();
  await capture.take();
  assert.is(await capture.isWhole(), true);
  facts.servers = ["10.0.0.3"];
  assert.is(await capture.isWhole(), false);
  await capture.take();
  assert.is(await capture.isWhole(), true);
  facts.whole = false;
  assert.is(await capture.isWhole(), false);
});

test("a family without a listener is told", async () => {
  const { capture, facts } = machine();
  facts.servers = ["10.0.0.2", "fd00::2"];
  const { servers, note } = await capture.take();
  assert.equal([servers, note], [facts.servers, "fd00::2: dns.listen has no address of that family"]);
});

/** What is wrong with the VM, and what is said; nothing is captured then. */
const REFUSED: readonly (readonly [Partial<ReturnType<typeof machine>["facts"]>, RegExp])[] = [
  [{ agent: undefined }, /nobody listens/],
  [{ agent: { uid: 0, gid: 0 } }, /runs as root/],
  [{ servers: [] }, /no name server/],
];

for (const [wrong, words] of REFUSED) {
  test(`refused: ${JSON.stringify(wrong)}`, async () => {
    const { capture, facts, done } = machine();
    Object.assign(facts, wrong);
    const error = await capture.take().then(() => undefined, (error) => error);
    assert.match(error?.message ?? "", words);
    assert.equal(done, []);
  });
}

test.run();
