import { Buffer } from "node:buffer";
import { type Answer, decode, encode } from "dns-packet";
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readSelfAnswer, selfQuestion } from "../../../agent/capture/self_question.ts";

const test = suite("the guard's question");

const DOMAIN = "cluster.local";
const NAME = `self.moorline.${DOMAIN}`;
const question = selfQuestion(DOMAIN, 0x1234);

function reply(answers: Answer[], changes: { id?: number; flags?: number } = {}): Uint8Array {
  const questions = [{ type: "A" as const, name: NAME }];
  return encode({ type: "response", id: 0x1234, questions, answers, ...changes });
}

test("is a plain question that any server can read", () => {
  const { id, questions, flag_rd } = decode(Buffer.from(question));
  assert.equal([id, flag_rd], [0x1234, true]);
  assert.equal(questions, [{ name: NAME, type: "A", class: "IN" }]);
});

test("the answer's addresses; none is an answer too", () => {
  const records: Answer[] = [
    { type: "A", name: NAME, data: "10.0.0.5" },
    { type: "TXT", name: NAME, data: "x" },
    { type: "A", name: NAME, data: "192.168.1.200" },
  ];
  assert.equal(readSelfAnswer(question, reply(records)), ["10.0.0.5", "192.168.1.200"]);
  assert.equal(readSelfAnswer(question, reply([])), []);
});

test("what is no answer: another's id, a question, an error code, a torn packet", () => {
  const torn = reply([{ type: "A", name: NAME, data: "10.0.0.5" }]).slice(0, -2);
  for (const bytes of [reply([], { id: 1 }), question, reply([], { flags: 2 }), torn, question.subarray(0, 5)]) {
    assert.is(readSelfAnswer(question, bytes), undefined);
  }
});

test("whatever comes, it neither throws nor hangs", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (tail) => {
    const bytes = Uint8Array.from([...question, ...tail]);
    bytes[2] = 0x80;
    bytes[7] = tail[0] ?? 0;
    readSelfAnswer(question, bytes);
  }));
});

test.run();
