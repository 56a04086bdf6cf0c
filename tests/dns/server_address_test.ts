import { suite } from "uvu";
import * as assert from "uvu/assert";
import { canonicalIp, formatIp, inRange, parseIp, parseIpRange } from "../../dns/ip_address.ts";
import { parseServerAddress } from "../../dns/server_address.ts";

const test = suite("server addresses");

const GOOD: [string, string, string][] = [
  // written, label, what a certificate must name
  ["1.1.1.1", "1.1.1.1:53", "1.1.1.1"],
  ["1.1.1.1:5353", "1.1.1.1:5353", "1.1.1.1"],
  ["2606:4700::1111", "[2606:4700::1111]:53", "2606:4700::1111"],
  ["[2606:4700:0::1111]:54", "[2606:4700::1111]:54", "2606:4700::1111"],
  ["fe80::1%eth0", "[fe80::1%eth0]:53", "fe80::1%eth0"],
  ["::ffff:10.0.0.1", "10.0.0.1:53", "10.0.0.1"],
  ["tls://1.1.1.1", "tls://1.1.1.1:853", "1.1.1.1"],
  ["tls://One.One.one.one.@1.1.1.1:8853", "tls://one.one.one.one@1.1.1.1:8853", "one.one.one.one"],
  ["tls://dns.example@[2001:db8::1]:853", "tls://dns.example@[2001:db8::1]:853", "dns.example"],
];
for (const [text, label, serverName] of GOOD) {
  test(`reads ${text}`, () => {
    const server = parseServerAddress(text);
    assert.is(server.label, label);
    assert.is(server.serverName, serverName);
    assert.is(server.protocol, text.startsWith("tls://") ? "tls" : "plain");
    assert.is(parseServerAddress(server.label).label, label, "the label reads as the same server");
  });
}

const BAD = ["", "dns.example", "1.1.1", "1.1.1.1:0", "1.1.1.1:70000", "1.1.1.1:", "https://1.1.1.1", "a@1.1.1.1"];
BAD.push(
  "tls://dns.example",
  "tls://@1.1.1.1",
  "tls://a b@1.1.1.1",
  "01.1.1.1",
  "[1::2",
  "fe80::1%",
  "fe80::1%a b",
  "fe80::1%a]:53",
  "fe80::1%sixteen-letters-",
);
for (const text of BAD) {
  test(`refuses ${JSON.stringify(text)} and says what is allowed`, () => {
    assert.throws(() => parseServerAddress(text), (e: Error) => e.message.includes(JSON.stringify(text)));
  });
}

const CANONICAL: [string, string | undefined][] = [
  ["::", "::"],
  ["::1", "::1"],
  ["0:0:0:0:0:0:0:1", "::1"],
  ["2001:DB8:0:0:1:0:0:0", "2001:db8:0:0:1::"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["fe80::1%eth0", "fe80::1%eth0"],
  ["192.0.2.1%eth0", undefined],
  ["1::2::3", undefined],
  ["1:2:3:4:5:6:7:8:9", undefined],
  ["256.1.1.1", undefined],
  ["1.2.3.04", undefined],
];
for (const [text, canonical] of CANONICAL) {
  test(`the canonical form of ${text} is ${canonical}`, () => assert.is(canonicalIp(text), canonical));
}

const RANGES: [string, string, boolean][] = [
  ["10.0.0.0/8", "10.255.0.1", true],
  ["10.0.0.0/8", "11.0.0.1", false],
  ["10.0.0.0/8", "::ffff:10.1.1.1", true],
  ["192.0.2.64/26", "192.0.2.127", true],
  ["192.0.2.64/26", "192.0.2.128", false],
  ["192.0.2.1", "192.0.2.1", true],
  ["0.0.0.0/0", "8.8.8.8", true],
  ["0.0.0.0/0", "::1", false],
  ["fd00::/9", "fd7f::1", true],
  ["fd00::/9", "fd80::1", false],
];
for (const [range, address, inside] of RANGES) {
  test(`${address} is ${inside ? "" : "not "}in ${range}`, () => {
    assert.is(inRange(parseIp(address)!, parseIpRange(range)!), inside);
  });
}

test("a range needs an address and a length that it can have", () => {
  for (const text of ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "::/129", "x/8"]) {
    assert.is(parseIpRange(text), undefined, text);
  }
});

test("bytes of either family have one text", () => {
  assert.is(formatIp(Uint8Array.of(127, 0, 0, 1)), "127.0.0.1");
  assert.is(formatIp(new Uint8Array(16)), "::");
});

test.run();
