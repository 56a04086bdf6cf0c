import { suite } from "uvu";
import * as assert from "uvu/assert";
import { canonicalHost, canonicalName, covers, isSpecialUse, isUnder } from "../../../agent/mesh/host_name.ts";
import { reverseName } from "../../../agent/mesh/reverse_name.ts";

const test = suite("host names");

const LONGEST_LABEL = "a".repeat(63);
const LONGEST = `${LONGEST_LABEL}.${LONGEST_LABEL}.${LONGEST_LABEL}.${"a".repeat(61)}`;

for (
  const [written, canonical] of [
    ["Example.COM.", "example.com"],
    ["single", "single"],
    ["_http._tcp.web", "_http._tcp.web"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["1.example", "1.example"],
    ["a--b.example", "a--b.example"],
    [LONGEST, LONGEST],
    [`a${LONGEST}`, undefined],
    [`${LONGEST_LABEL}a.example`, undefined],
    ["", undefined],
    [".", undefined],
    ["a..b", undefined],
    [".a", undefined],
    ["a.b..", undefined],
    ["-a.example", undefined],
    ["a-.example", undefined],
    ["a b.example", undefined],
    ["bücher.example", undefined],
    ["192.0.2.1", undefined],
    ["2001:db8::1", undefined],
    ["example.1", undefined],
    ["*.example", undefined],
  ] as const
) test(`name "${written.slice(0, 30)}"`, () => assert.is(canonicalName(written), canonical));

for (
  const [written, canonical] of [
    ["*.Example.COM.", "*.example.com"],
    ["example.com", "example.com"],
    ["*", undefined],
    ["*.", undefined],
    ["*foo.example", undefined],
    ["*-foo.example", undefined],
    ["a.*.example", undefined],
    [`*.${LONGEST}`, undefined],
  ] as const
) test(`host "${written.slice(0, 30)}"`, () => assert.is(canonicalHost(written), canonical));

test("what lies under what", () => {
  for (
    const [name, zone, under] of [
      ["a.example.com", "example.com", true],
      ["example.com", "example.com", true],
      ["aexample.com", "example.com", false],
      ["com", "example.com", false],
      ["*.example.com", "example.com", true],
    ] as const
  ) assert.is(isUnder(name, zone), under, `${name} ${zone}`);
});

test("what a pattern takes in", () => {
  for (
    const [pattern, host, taken] of [
      ["example.com", "example.com", true],
      ["*.example.com", "a.b.example.com", true],
      ["*.example.com", "*.b.example.com", true],
      ["*.example.com", "*.example.com", true],
      ["*.example.com", "example.com", false],
      ["*.example.com", "aexample.com", false],
      ["*.b.example.com", "*.example.com", false],
      ["*", "anything.example", true],
    ] as const
  ) assert.is(covers(pattern, host), taken, `${pattern} ${host}`);
});

test("names with a meaning of their own", () => {
  assert.equal(
    ["localhost", "a.localhost", "notlocalhost", "1.0.0.127.in-addr.arpa", "x.onion", "example.com"].map(isSpecialUse),
    [true, true, false, true, true, false],
  );
});

test("reverse names", () => {
  assert.is(reverseName("10.1.2.3"), "3.2.1.10.in-addr.arpa");
  assert.is(
    reverseName("2001:db8::567:89ab"),
    "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
  );
});

test.run();
