import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { JsonLines } from "../../registry/json_lines.ts";
import { chunked, cuts } from "./byte_chunks.ts";

const test = suite("JsonLines");
const bytes = (text: string) => new TextEncoder().encode(text);

test("every line comes out as its value, however the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), cuts, fc.boolean(), (values, at, windows) => {
      const newline = windows ? "\r\n" : "\n";
      const text = values.map((value) => JSON.stringify(value) + newline).join("");
      const lines = new JsonLines();
      const found = [...chunked(bytes(text), at)].flatMap((chunk) => [...lines.push(chunk)]);
      assert.equal(found, JSON.parse(JSON.stringify(values)));
      assert.is(lines.pending, 0);
    }),
    { numRuns: 500 },
  );
});

test("a line that is cut off is not given, and empty lines are none", () => {
  const lines = new JsonLines();
  assert.equal([...lines.push(bytes('{"a":"ü"}\n\n \n{"b":'))], [{ a: "ü" }]);
  assert.is(lines.pending, 5);
});

test("characters may lie across chunks", () => {
  const lines = new JsonLines();
  const whole = bytes('"äö𝄞"\n');
  const found = Array.from(whole, (_, i) => [...lines.push(whole.slice(i, i + 1))]).flat();
  assert.equal(found, ["äö𝄞"]);
});

test("a line that is too long or no JSON ends the stream", () => {
  const short = new JsonLines(8);
  assert.equal([...short.push(bytes('"12"\n'))], ["12"]);
  assert.throws(() => [...short.push(bytes('"12345')), ...short.push(bytes('678"\n'))], /longer than the 8 bytes/);
  assert.throws(() => [...new JsonLines().push(bytes("{nope}\n"))], /JSON/);
});

test.run();
