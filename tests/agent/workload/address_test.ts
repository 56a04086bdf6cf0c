import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type AddressFacts,
  type AddressFollowing,
  chooseAddresses,
  followAddress,
  STABLE_MS,
} from "../../../agent/workload/address.ts";
import { parseFleeting } from "../../../agent/workload/address_facts.ts";
import { canonicalIp, inCidr, ipFamily, isCidr } from "../../../agent/workload/host_address.ts";

const test = suite("address");

const INTERFACES = [
  { name: "lo", address: "127.0.0.1" },
  { name: "lo", address: "::1" },
  { name: "docker0", address: "172.17.0.1" },
  { name: "eth0", address: "10.0.0.5" },
  { name: "eth0", address: "fe80::1" },
  { name: "eth0", address: "2001:db8::77" },
  { name: "eth0", address: "2001:db8::5" },
  { name: "eth1", address: "192.168.7.9" },
];
const facts: AddressFacts = {
  interfaces: INTERFACES,
  bridges: new Set(["docker0"]),
  fleeting: new Set(["2001:db8::77"]),
  towardsApi: "192.168.7.9",
};

const CHOICES: readonly (readonly [string, string | string[], Partial<AddressFacts>, string[] | string])[] = [
  ["auto is the source address towards the API server", "auto", {}, ["192.168.7.9"]],
  ["a temporary source is replaced by a lasting one beside it", "auto", { towardsApi: "2001:db8::77" }, [
    "2001:db8::5",
  ]],
  ["an API server on this machine says nothing", "auto", { towardsApi: "127.0.0.1" }, ["10.0.0.5"]],
  ["a bridge is never taken", "auto", { towardsApi: "172.17.0.1" }, ["10.0.0.5"]],
  ["nothing usable", "auto", { interfaces: INTERFACES.slice(0, 3) }, "no interface"],
  ["an interface", "interface:eth0", {}, ["10.0.0.5"]],
  ["an interface without addresses", "interface:eth7", {}, "interface:eth7"],
  ["a network", "cidr:2001:db8::/32", {}, ["2001:db8::5"]],
  ["a network that no interface is in", "cidr:10.9.0.0/16", {}, "cidr:10.9.0.0/16"],
  ["a written address may be behind NAT", "203.0.113.9", {}, ["203.0.113.9"]],
  ["a written address becomes canonical", "2001:DB8:0::9", {}, ["2001:db8::9"]],
  ["two families", ["auto", "interface:eth0"], {}, ["192.168.7.9", "2001:db8::5"]],
  ["two of one family", ["10.0.0.5", "10.0.0.6"], {}, "10.0.0.6"],
  ["nonsense", "cidr:10.0.0.0", {}, "none of auto"],
];

for (const [name, wanted, change, expected] of CHOICES) {
  test(name, () => {
    const choice = chooseAddresses(wanted, { ...facts, ...change });
    if (typeof expected === "string") assert.match((choice as { problem: string }).problem, expected);
    else assert.equal(choice, { addresses: expected });
  });
}

test("an address is followed when it was stable for 30 s, not before", () => {
  const [a, b] = [{ addresses: ["10.0.0.5"] }, { addresses: ["10.0.0.6"] }];
  let state: AddressFollowing | undefined = followAddress(undefined, a, 0);
  assert.equal(state?.current, ["10.0.0.5"], "the first counts at once");
  state = followAddress(state, b, 1000);
  state = followAddress(state, b, 1000 + STABLE_MS - 1);
  assert.equal(state?.current, ["10.0.0.5"]);
  state = followAddress(state, a, 31_000);
  state = followAddress(state, b, 32_000);
  state = followAddress(state, b, 32_000 + STABLE_MS - 1);
  assert.equal(state?.current, ["10.0.0.5"], "it went away in between");
  state = followAddress(state, b, 32_000 + STABLE_MS);
  assert.equal(state?.current, ["10.0.0.6"]);
  state = followAddress(state, { problem: "link down" }, 99_000);
  assert.equal(state?.current, ["10.0.0.6"], "no address at all changes nothing");
});

test("the kernel's list tells which IPv6 addresses will not last", () => {
  const text = "20010db8000000000000000000000077 02 40 00 01     eth0\n" +
    "20010db8000000000000000000000005 02 40 00 80     eth0\n20010db8000000000000000000000006 02 40 00 20 eth0\n";
  assert.equal([...parseFleeting(text)], ["2001:db8::77", "2001:db8::6"]);
});

const IPS: readonly (readonly [string, string | undefined, 0 | 4 | 6])[] = [
  ["010.0.0.1", undefined, 0],
  ["10.0.0.1", "10.0.0.1", 4],
  ["256.0.0.1", undefined, 0],
  ["10.0.0", undefined, 0],
  ["fe80::1%eth0", "fe80::1", 6],
  ["::", "::", 6],
  ["1::2::3", undefined, 0],
  ["example.com", undefined, 0],
  ["", undefined, 0],
];

for (const [text, canonical, family] of IPS) {
  test(`ip ${text}`, () => {
    assert.is(ipFamily(text), family);
    assert.is(canonicalIp(text), canonical);
  });
}

test("networks", () => {
  assert.ok(inCidr("10.1.2.3", "10.0.0.0/8"));
  assert.not(inCidr("11.1.2.3", "10.0.0.0/8"));
  assert.ok(inCidr("10.1.2.3", "0.0.0.0/0"));
  assert.ok(inCidr("2001:db8::1", "2001:db8::/32"));
  assert.not(inCidr("2001:db9::1", "2001:db8::/32"));
  assert.not(inCidr("10.1.2.3", "::/0"));
  assert.not(isCidr("10.0.0.0/33"));
  assert.not(isCidr("10.0.0.0/8/8"));
});

test.run();
