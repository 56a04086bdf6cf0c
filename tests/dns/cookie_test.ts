/** Server cookies against an independent SipHash, itself checked by its authors' vector. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ALLOWED } from "../../dns/answer.ts";
import { a, apex, entry, World } from "./world.ts";

const test = suite("cookies");
const MASK = 0xffff_ffff_ffff_ffffn;

/** SipHash-2-4 with whole 64-bit numbers, as its paper writes it. */
function sipHash(key: Uint8Array, data: Uint8Array): bigint {
  const little = (bytes: Uint8Array) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const rotate = (x: bigint, bits: bigint) => ((x << bits) | (x >> (64n - bits))) & MASK;
  const [k0, k1] = [little(key.subarray(0, 8)), little(key.subarray(8, 16))];
  let [v0, v1, v2, v3] = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ];
  const round = () => {
    v0 = (v0 + v1) & MASK;
    v1 = rotate(v1, 13n) ^ v0;
    v0 = rotate(v0, 32n);
    v2 = (v2 + v3) & MASK;
    v3 = rotate(v3, 16n) ^ v2;
    v0 = (v0 + v3) & MASK;
    v3 = rotate(v3, 21n) ^ v0;
    v2 = (v2 + v1) & MASK;
    v1 = rotate(v1, 17n) ^ v2;
    v2 = rotate(v2, 32n);
  };
  for (let at = 0; at <= data.length; at += 8) {
    const left = data.length - at;
    const word = left >= 8
      ? little(data.subarray(at, at + 8))
      : little(data.subarray(at)) | (BigInt(data.length & 0xff) << 56n);
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  v2 ^= 0xffn;
  for (let i = 0; i < 4; i++) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

const counting = (length: number) => Uint8Array.from({ length }, (_, i) => i);

test("the yardstick itself: the vector of the SipHash paper", () => {
  assert.is(sipHash(counting(16), counting(15)), 0xa129ca6149be45e5n);
});

test("a server cookie is version, time and SipHash-2-4 over client cookie, these and the client (RFC 9018)", () => {
  for (
    const [secret, client, cookie] of [[counting(16), 0, counting(8)], [
      new Uint8Array(16).fill(255),
      0xabcdef,
      Uint8Array.of(9, 8, 7, 6, 5, 4, 3, 2),
    ]] as const
  ) {
    const world = new World([apex(), entry("x.cluster.local", a("10.0.0.1"))], { cookieSecret: secret });
    const reply = world.ask("x.cluster.local", "A", { options: [{ code: 10, data: cookie }] }, ALLOWED | (client << 8));
    const got = reply.opt!.options.get(10)!;
    const seconds = world.now / 1000;
    const head = [...cookie, 1, 0, 0, 0, seconds >>> 24, (seconds >>> 16) & 255, (seconds >>> 8) & 255, seconds & 255];
    const hash = sipHash(
      secret,
      Uint8Array.from([...head, client & 255, (client >> 8) & 255, (client >> 16) & 255, 0]),
    );
    const bytes = Array.from({ length: 8 }, (_, i) => Number((hash >> BigInt(8 * i)) & 0xffn));
    assert.equal([...got], [...head, ...bytes]);
  }
});

test.run();
