import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type CaptureRules, tableCommand, uncapturedServers } from "../../../agent/capture/owner_table.ts";

const test = suite("the table that captures DNS");

const RULES: CaptureRules = {
  servers: ["10.0.0.2", "10.0.0.3"],
  listen: ["127.0.0.1:15053"],
  exempt: { uid: 990, gid: -1 },
};

/** The rules of the chain, in order. */
function rules(command: string): string[] {
  return command.split("; add rule inet moorline_dns output ").slice(1);
}

/** What differs from `RULES`, and the chain's rules. */
const CASES: readonly (readonly [string, Partial<CaptureRules>, readonly string[]])[] = [
  ["IPv4 by UDP and TCP, the agent's user exempt", {}, [
    "meta skuid 990 return",
    "ip daddr { 10.0.0.2, 10.0.0.3 } udp dport 53 dnat ip to 127.0.0.1:15053",
    "ip daddr { 10.0.0.2, 10.0.0.3 } tcp dport 53 dnat ip to 127.0.0.1:15053",
  ]],
  ["root's agent by its group: root's other programs are captured", { exempt: { uid: 0, gid: 15053 }, servers: [] }, [
    "meta skgid 15053 return",
  ]],
  ["both families", { servers: ["10.0.0.2", "fd00::2"], listen: ["127.0.0.1:15053", "[::1]:15054"] }, [
    "meta skuid 990 return",
    "ip daddr { 10.0.0.2 } udp dport 53 dnat ip to 127.0.0.1:15053",
    "ip daddr { 10.0.0.2 } tcp dport 53 dnat ip to 127.0.0.1:15053",
    "ip6 daddr { fd00::2 } udp dport 53 dnat ip6 to [::1]:15054",
    "ip6 daddr { fd00::2 } tcp dport 53 dnat ip6 to [::1]:15054",
  ]],
  ["every address: to loopback", { servers: ["10.0.0.2"], listen: ["0.0.0.0:15053"] }, [
    "meta skuid 990 return",
    "ip daddr { 10.0.0.2 } udp dport 53 redirect to :15053",
    "ip daddr { 10.0.0.2 } tcp dport 53 redirect to :15053",
  ]],
  ["a family without a listener is left alone", { servers: ["fd00::2"] }, ["meta skuid 990 return"]],
];

for (const [name, changes, wanted] of CASES) {
  test(name, () => assert.equal(rules(tableCommand({ ...RULES, ...changes }, "owner")), wanted));
}

test("one line, which takes the former rules away in the same transaction", () => {
  const command = tableCommand(RULES, "owner");
  assert.not.match(command, /\n/);
  assert.match(
    command,
    /^add table inet moorline_dns \{ flags owner; \}; add chain .* priority -110; .*; flush chain /,
  );
  assert.match(tableCommand(RULES, ""), /^add table inet moorline_dns; /);
});

test("servers that no listener can stand in for are named", () => {
  assert.equal(uncapturedServers({ ...RULES, servers: ["10.0.0.2", "fd00::2"] }), ["fd00::2"]);
  assert.equal(uncapturedServers(RULES), []);
});

test.run();
