/** Names taken apart: the same suffix has the same hash wherever it stands, in any case, however it came in. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import fc from "fast-check";
import { nameToWire, wireToName } from "../../dns/name_text.ts";
import { ScannedName } from "../../dns/scanned_name.ts";

const test = suite("scanned names");

const anyLabel = fc.uint8Array({ minLength: 1, maxLength: 63 });
const anyWire = fc.array(anyLabel, { maxLength: 8 })
  .map((labels) => Uint8Array.from([...labels.flatMap((label) => [label.length, ...label]), 0]))
  .filter((wire) => wire.length <= 255);

/** Scans a name out of a packet in which it begins at `at`. */
function scan(wire: Uint8Array, at = 0, seed = 1): ScannedName {
  const name = new ScannedName(seed);
  const packet = new Uint8Array(at + wire.length + 4).fill(0xee);
  packet.set(wire, at);
  assert.is(name.scan(packet, at, packet.length), at + wire.length);
  return name;
}

test("scanning and copying give the same labels, bytes and hashes, at any place of a packet", () => {
  fc.assert(
    fc.property(anyWire, fc.nat(20), (wire, at) => {
      const scanned = scan(wire, at);
      const copied = new ScannedName(1);
      copied.copy(wire, 0, wire.length);
      assert.is(scanned.length, wire.length);
      assert.is(scanned.count, copied.count);
      assert.equal(scanned.bytes.subarray(0, wire.length + 4), copied.bytes.subarray(0, wire.length + 4));
      for (let label = 0; label <= scanned.count; label++) {
        assert.is(scanned.hash(label), copied.hash(label));
        assert.is(scanned.labels[label], copied.labels[label]);
      }
    }),
    { seed: 1 },
  );
});

test("a suffix has the hash of the name that it is", () => {
  fc.assert(
    fc.property(anyWire, (wire) => {
      const name = scan(wire);
      for (let label = 0; label <= name.count; label++) {
        const suffix = scan(wire.slice(name.labels[label]!));
        assert.is(suffix.hash(0), name.hash(label));
        assert.is(suffix.length, name.suffixLength(label));
      }
    }),
    { seed: 1 },
  );
});

test("case is lowered for ASCII letters and nothing else", () => {
  const every = Array.from({ length: 256 }, (_, i) => i);
  for (let from = 0; from < 256; from += 60) {
    const bytes = every.slice(from, from + 60);
    const name = scan(Uint8Array.from([bytes.length, ...bytes, 0]));
    assert.equal(
      [...name.bytes.subarray(1, bytes.length + 1)],
      bytes.map((byte) => byte >= 65 && byte <= 90 ? byte + 32 : byte),
    );
  }
});

test("a wildcard's hash is that of the name with an asterisk in front", () => {
  const name = scan(nameToWire("a.b.example.com"));
  assert.is(name.wildcardHash(1), scan(nameToWire("*.b.example.com")).hash(0));
  assert.is(name.wildcardHash(4), scan(nameToWire("*")).hash(0));
});

test("hashes depend on the seed, and spread over all bits", () => {
  assert.not.equal(scan(nameToWire("a.b"), 0, 1).hash(0), scan(nameToWire("a.b"), 0, 2).hash(0));
  const buckets = new Array<number>(256).fill(0);
  const upper = new Array<number>(32).fill(0);
  for (let i = 0; i < 25_600; i++) {
    const hash = scan(nameToWire(`service-${i}.ns.svc.cluster.local`)).hash(0);
    buckets[hash & 255]!++;
    upper[hash >>> 27]!++;
  }
  assert.ok(Math.min(...buckets) > 50 && Math.max(...buckets) < 160, `${Math.min(...buckets)} ${Math.max(...buckets)}`);
  assert.ok(Math.min(...upper) > 650 && Math.max(...upper) < 950);
});

const TEXTS: [text: string, back: string | undefined][] = [
  ["example.com", "example.com"],
  ["Example.COM.", "example.com"],
  ["", "."],
  [".", "."],
  ["*.example.com", "*.example.com"],
  ["_http._tcp.web", "_http._tcp.web"],
  ["a\\.b.c", "a\\.b.c"],
  ["a\\032b", "a\\032b"],
  ["a\\\\b", "a\\\\b"],
  [`${"x".repeat(63)}.y`, `${"x".repeat(63)}.y`],
  ["a..b", undefined],
  [".a", undefined],
  ["a..", undefined],
  ["x".repeat(64), undefined],
  ["exämple", undefined],
  ["a b", undefined],
  [Array.from({ length: 127 }, () => "a").join("."), Array.from({ length: 127 }, () => "a").join(".")],
  [Array.from({ length: 128 }, () => "a").join("."), undefined],
];

for (const [text, back] of TEXTS) {
  test(`'${text.slice(0, 40)}' is ${back === undefined ? "refused" : "a name"}`, () => {
    if (back === undefined) assert.throws(() => nameToWire(text), /^The name '/);
    else assert.is(wireToName(nameToWire(text)), back);
  });
}

test("an escape stands for a byte, and for nothing larger", () => {
  assert.equal(nameToWire("a\\255\\.b"), Uint8Array.of(4, 97, 255, 46, 98, 0));
  assert.is(wireToName(nameToWire("a\\255\\.b")), "a\\255\\.b");
  assert.throws(() => nameToWire("a\\256"), /above/);
});

test.run();
