import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseDocument } from "../../../agent/config/mod.ts";
import { parseAllowed, parseListenAddress, parseServerAddress } from "../../../dns/mod.ts";

const test = suite("configuration and dns agree");

function isAccepted(dns: unknown): boolean {
  return "config" in parseDocument({ dns });
}

function isParsed(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What a person may write, right and wrong: the configuration must refuse exactly what `dns` cannot use. */
const UPSTREAMS = [
  "1.1.1.1",
  "1.1.1.1:53",
  "[2606::1]:53",
  "2606::1",
  "[2606::1]",
  "fe80::1%eth0",
  "[fe80::1%eth0]:53",
];
const ENCRYPTED = [
  "1.1.1.1:853",
  "1.1.1.1",
  "a.b@1.1.1.1:853",
  "a.b@[::1]:853",
  "a.b@::1",
  "[::1]",
  "a_b@1.1.1.1",
  "a.b.@1.1.1.1",
];
const WRONG = [
  "1.1.1.1:0",
  "01.1.1.1",
  "1.1.1",
  "1.1.1.1:",
  "1.1.1.1:99999",
  "host",
  "host:53",
  "tls://",
  "tls://host",
  "1.1.1.1%eth0",
  "",
];

for (const text of [...UPSTREAMS, ...ENCRYPTED.map((server) => `tls://${server}`), ...WRONG]) {
  test(`upstream ${text}`, () => {
    assert.is(isAccepted({ upstream: [text] }), isParsed(parseServerAddress, text));
    assert.is(isAccepted({ upstream: [text] }), !WRONG.includes(text));
  });
}

for (
  const text of [
    "127.0.0.1:53",
    "[::1]:53",
    "0.0.0.0:53",
    "[fe80::1%lo]:53",
    "::1:53",
    "127.0.0.1:0",
    "127.0.0.1",
    "localhost:53",
  ]
) {
  test(`listen ${text}`, () => assert.is(isAccepted({ listen: [text] }), isParsed(parseListenAddress, text)));
}

for (
  const text of [
    "loopback",
    "link",
    "10.0.0.0/8",
    "10.0.0.1/8",
    "fd00::/8",
    "10.0.0.1",
    "::1",
    "0.0.0.0/0",
    "10.0.0.0/33",
    "all",
  ]
) {
  test(`allow ${text}`, () => assert.is(isAccepted({ allow: [text] }), isParsed(parseAllowed, text)));
}

test.run();
