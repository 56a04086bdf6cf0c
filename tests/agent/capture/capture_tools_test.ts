import { suite } from "uvu";
import * as assert from "uvu/assert";
import { agentProcess, whyNotExempt } from "../../../agent/capture/agent_process.ts";
import { removeTable } from "../../../agent/capture/capture_table.ts";
import { forgetRedirected } from "../../../agent/capture/conntrack.ts";
import { chosenMode } from "../../../agent/capture/choose.ts";
import { reachesAgent } from "../../../agent/capture/system_path.ts";
import type { Tool, ToolResult } from "../../../agent/capture/tool.ts";

const test = suite("what the guard reads of the system's tools");

/** A tool that says what it is told to, by its command line's beginning; a tool that is not listed is not installed. */
function tools(said: Readonly<Record<string, Partial<ToolResult>>>): Tool & { readonly ran: string[] } {
  const ran: string[] = [];
  const run = (name: string, args: readonly string[]) => {
    const line = [name, ...args].join(" ");
    ran.push(line);
    const [, result] = Object.entries(said).find(([beginning]) => line.startsWith(beginning)) ?? [];
    return Promise.resolve({ code: 0, out: "", err: "", ...(result ?? { code: 127 }) });
  };
  return Object.assign(run, { ran });
}

const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const socket = (port: string, uid: number, inode: number) =>
  ` 2108: 0100007F:${port} 00000000:0000 07 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 2 0 0`;

test("the agent's user is that of the socket on its port", async () => {
  const tool = tools({
    "cat /proc/net/udp": { out: [HEAD, socket("0035", 101, 7), socket("3ACD", 990, 8)].join("\n") },
  });
  assert.equal(await agentProcess("127.0.0.1:15053", tool), { uid: 990, gid: -1 });
  assert.is(await agentProcess("127.0.0.1:15054", tool), undefined);
});

test("root's agent is told by its group, without which it cannot be exempted", async () => {
  const withGroup = (gid: number) =>
    tools({
      "cat /proc/net/udp": { out: [HEAD, socket("3ACD", 0, 42)].join("\n") },
      "find /proc": { out: "/proc/77/fd/12\n" },
      "cat /proc/77/status": { out: `Name:\tx\nUid:\t0\t0\t0\t0\nGid:\t0\t${gid}\t${gid}\t${gid}\n` },
    });
  const own = await agentProcess("127.0.0.1:15053", withGroup(15_053));
  assert.equal(own, { uid: 0, gid: 15_053 });
  assert.is(whyNotExempt(own!), undefined);
  assert.match(whyNotExempt((await agentProcess("127.0.0.1:15053", withGroup(0)))!) ?? "", /runs as root/);
  assert.is(whyNotExempt({ uid: 990, gid: -1 }), undefined);
});

test("conntrack: entries of both families and protocols; nothing to delete is no problem", async () => {
  const err = "conntrack v1.4.7 (conntrack-tools): 0 flow entries have been deleted.\n";
  const tool = tools({ conntrack: { code: 1, err } });
  assert.is(await forgetRedirected([15_053, 15_053], tool), undefined);
  assert.equal(
    tool.ran,
    ["ipv4 -p udp", "ipv4 -p tcp", "ipv6 -p udp", "ipv6 -p tcp"].map((which) =>
      `conntrack -D -f ${which} --orig-port-dst 53 --reply-port-src 15053`
    ),
  );
  assert.match(await forgetRedirected([15_053], tools({})) ?? "", /not installed/);
  assert.match(await forgetRedirected([1], tools({ conntrack: { code: 1, err: "denied" } })) ?? "", /denied/);
});

test("a table that a guard owns cannot be removed, and that is said", async () => {
  const owned = { code: 1, err: "Error: Could not process rule: Operation not permitted" };
  const list = { out: "table inet moorline_dns { # progname nft\n" };
  const tool = tools({ "nft list table inet moorline_dns": list, "nft delete": owned });
  const error = await removeTable(tool).then(() => undefined, (error) => error);
  assert.match(error.message, /a running guard owns it/);
  assert.is(await removeTable(tools({ "nft list table inet moorline_dns": list, "nft delete": {} })), true);
  assert.is(await removeTable(tools({ nft: { code: 1 } })), false);
});

/** What the agent said of this VM, what getent finds, and whether that is the agent. */
const PATHS: readonly (readonly [string[] | undefined, Partial<ToolResult> | undefined, boolean | undefined])[] = [
  [["10.0.0.5"], { out: "10.0.0.5        STREAM self\n10.0.0.5        DGRAM\n" }, true],
  [["10.0.0.5"], { out: "198.51.100.1    STREAM wildcard.example\n" }, false],
  [["10.0.0.5"], { code: 2 }, false],
  [[], { out: "fd00::5         STREAM self\n" }, true],
  [undefined, { out: "198.51.100.1    STREAM wildcard.example\n" }, false],
  [["10.0.0.5"], undefined, undefined],
];

for (const [direct, getent, wanted] of PATHS) {
  test(`the agent says ${direct}, getent ${JSON.stringify(getent)}: ${wanted}`, async () => {
    const tool = tools(getent ? { "getent ahosts self.moorline.cluster.local.": getent } : {});
    assert.is(await reachesAgent("cluster.local", direct, tool), wanted);
  });
}

/** How `nft list tables` ends, whether port 53 may be bound, and what auto is then. */
const CHOICES: readonly (readonly [Partial<ToolResult> | undefined, boolean, string])[] = [
  [{}, true, "nftables"],
  [{ code: 1, err: "Operation not permitted (you must be root)" }, false, "nftables"],
  [{ code: 1, err: "Protocol not supported" }, true, "resolv-conf"],
  [undefined, true, "resolv-conf"],
  [undefined, false, "none"],
];

for (const [nft, mayBind, wanted] of CHOICES) {
  test(`auto, nft ${JSON.stringify(nft)}, port 53 ${mayBind}: ${wanted}`, async () => {
    assert.is(await chosenMode("auto", tools(nft ? { nft } : {}), mayBind), wanted);
    assert.is(await chosenMode("none", tools(nft ? { nft } : {}), mayBind), "none");
  });
}

test.run();
