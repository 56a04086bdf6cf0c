import { Buffer } from "node:buffer";
import * as dnsPacket from "dns-packet";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { composeQuery, relayedReplyFault, replyFault } from "../../dns/upstream_query.ts";
import { packedQuestion } from "./fake_network.ts";

const test = suite("upstream queries");

const mark = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const decode = (bytes: Uint8Array) => dnsPacket.decode(Buffer.from(bytes));

test("read as they were meant by another implementation", () => {
  for (const flags of [0, 1, 2, 3]) {
    const packet = decode(composeQuery(packedQuestion("www.example", 28, flags), 77, { mark, padded: false }));
    assert.equal(packet.questions, [{ name: "www.example", type: "AAAA", class: "IN" }]);
    assert.equal([packet.id, packet.flag_rd, packet.flag_ad, packet.flag_cd], [77, true, true, flags > 1]);
    const [opt] = packet.additionals as dnsPacket.OptAnswer[];
    assert.equal([opt?.udpPayloadSize, opt?.flag_do, opt?.options.length], [1232, flags % 2 === 1, 1]);
  }
  assert.equal(decode(composeQuery(packedQuestion("www.example"), 1, undefined)).additionals, []);
});

test("encrypted ones are a multiple of 128 bytes long", () => {
  for (const label of ["a", "a".repeat(40), "a".repeat(63), "a".repeat(50) + "." + "b".repeat(30)]) {
    const packet = composeQuery(packedQuestion(`${label}.example`), 1, { mark, padded: true });
    assert.is(packet.length % 128, 0);
    const [opt] = decode(packet).additionals as dnsPacket.OptAnswer[];
    assert.equal(opt?.options.map(({ code }) => code), [65077, 12]);
  }
});

const query = composeQuery(packedQuestion("www.example"), 0x1234, { mark, padded: false });
const end = 12 + 13 + 4;
const reply = (change: (bytes: Uint8Array) => void) => {
  const bytes = query.slice();
  bytes[2]! |= 0x80;
  change(bytes);
  return bytes;
};

const REPLIES: [string, Uint8Array, string | undefined, string | undefined][] = [
  // what, the packet, why it is no reply to a question of ours, why it is none to a relayed packet
  ["the reply", reply(() => {}), undefined, undefined],
  ["the question in other letters", reply((b) => b[13] = 87), undefined, undefined],
  ["another id", reply((b) => b[0] = 0), "id", "id"],
  ["a query", query, "direction", "direction"],
  ["another opcode", reply((b) => b[2]! |= 0x28), "direction", "direction"],
  ["another name", reply((b) => b[14] = 120), "question", undefined],
  ["another type", reply((b) => b[end - 3] = 2), "question", undefined],
  ["another class", reply((b) => b[end - 1] = 3), "question", undefined],
  ["two questions", reply((b) => b[5] = 2), "question", undefined],
  ["no question, and no failure", reply((b) => b[5] = 0), "question", undefined],
  ["no question, but a failure", reply((b) => (b[5] = 0, b[3] = 1)), undefined, undefined],
  ["a question cut short", reply(() => {}).subarray(0, end - 1), "question", undefined],
  ["half a header", reply(() => {}).subarray(0, 11), "short", "short"],
  ["nothing", new Uint8Array(0), "short", "short"],
];
for (const [what, packet, fault, relayedFault] of REPLIES) {
  test(`${what} is ${fault === undefined ? "taken" : `ignored: ${fault}`}`, () => {
    assert.is(replyFault(query, packet), fault);
    assert.is(relayedReplyFault(query, packet), relayedFault);
  });
}

test.run();
