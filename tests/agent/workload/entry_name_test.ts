import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { entryName, validName } from "../../../agent/workload/entry_name.ts";

const test = suite("entry_name");

/** RFC 1123 subdomain, as the API server checks it. */
const VALID = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const TABLE: readonly (readonly [string, string, string, string])[] = [
  // as Istio names it
  ["wg-a", "1.2.3.4", "nw1", "wg-a-1.2.3.4-nw1"],
  ["wg-a", "1.2.3.4", "", "wg-a-1.2.3.4"],
  ["wg", "2001:db8::5", "", "wg-2001-db8--5"],
  // where Istio's name is refused
  ["wg", "2001:DB8:0:0::5", "", "wg-2001-db8--5"],
  ["wg", "fd00::", "", "wg-fd00--0"],
  ["wg", "fe80::1%eth0", "", "wg-fe80--1"],
  ["wg", "10.0.0.5", "Corp", "wg-10.0.0.5-corp"],
];

for (const [group, address, network, name] of TABLE) {
  test(`${group} ${address} ${network}: ${name}`, () => assert.is(entryName(group, address, network), name));
}

test("a network that is no name ends in a hash, so that two of them differ", () => {
  const [a, b] = [entryName("wg", "10.0.0.5", "a_b"), entryName("wg", "10.0.0.5", "a.b.")];
  assert.match(a, /^wg-10\.0\.0\.5-a-b-[a-z0-9]{8}$/);
  assert.match(a, VALID);
  assert.match(b, VALID);
  assert.is.not(a, b);
  assert.is.not(a, entryName("wg", "10.0.0.5", "a-b"));
});

test("long names keep their beginning and end in a hash", () => {
  const [a, b] = ["x", "y"].map((end) => entryName("g".repeat(250), "10.0.0.5", end));
  assert.is(a!.length, 253);
  assert.match(a!, VALID);
  assert.is.not(a, b);
  assert.is(entryName("g".repeat(244), "10.0.0.5", "").length, 253, "what fits is not touched");
});

test("whatever comes in, the name is valid and stable", () => {
  fc.assert(fc.property(fc.string(), fc.ipV6(), fc.string({ maxLength: 300 }), (group, address, network) => {
    const name = entryName(`g${group}`, address, network);
    assert.match(name, VALID);
    assert.ok(name.length <= 253);
    assert.is(name, entryName(`g${group}`, address, network));
  }));
});

test("nothing usable at all is still a name", () => assert.match(validName("---"), VALID));

test.run();
