import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { JsonItems } from "../../registry/json_items.ts";
import { chunked, cuts } from "./byte_chunks.ts";

const test = suite("JsonItems");

/** Reads a list that comes in these chunks: the items' values or problems, and what the list says of itself. */
function read(chunks: Iterable<Uint8Array>, limit?: number) {
  const items = new JsonItems(limit);
  const found: unknown[] = [];
  for (const given of chunks) {
    const chunk = given.slice();
    for (const item of items.push(chunk)) found.push("value" in item ? item.value : item.problem);
    chunk.fill(0); // a chunk is the caller's again once it was pushed
  }
  return { found, end: items.end() };
}

const bytes = (text: string) => new TextEncoder().encode(text);

test("gives the items of a list, wherever its members stand", () => {
  const items = '[{"a":1},{"b":"}]{[\\"\\\\"} , {"c":{"d":[1,{"e":null}]}}]';
  const wanted = [{ a: 1 }, { b: '}]{["\\' }, { c: { d: [1, { e: null }] } }];
  for (
    const text of [
      `{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"x"},"items":${items}}`,
      `{"apiVersion":"v1","items":${items},"kind":"List","metadata":{"continue":"x","resourceVersion":"7"}}\n`,
      ` { "items" : ${items} , "n" : -1.5e3, "t":true , "metadata" : {"resourceVersion":"7","continue":"x"} , "z":null}`,
    ]
  ) assert.equal(read([bytes(text)]), { found: wanted, end: { resourceVersion: "7", continue: "x" } }, text);
});

test("an empty list may be [] or null, and metadata may be empty", () => {
  for (const text of ['{"items":[],"metadata":{}}', '{"items":null}', '{"metadata":null,"items": [ ] }']) {
    assert.equal(read([bytes(text)]), { found: [], end: { resourceVersion: "", continue: "" } }, text);
  }
});

test("any list comes out whole, however its bytes are cut", () => {
  const object = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue());
  const list = fc.record({ before: fc.jsonValue(), items: fc.array(object), after: fc.jsonValue() });
  fc.assert(
    fc.property(list, fc.integer({ min: 0, max: 2 }), cuts, ({ before, items, after }, indent, at) => {
      const value = { before, items, metadata: { resourceVersion: "9" }, after };
      const { found, end } = read(chunked(bytes(JSON.stringify(value, null, indent)), at));
      assert.equal(found, JSON.parse(JSON.stringify(items)));
      assert.is(end.resourceVersion, "9");
    }),
    { numRuns: 500 },
  );
});

test("a list that is cut off anywhere is never taken for whole", () => {
  const whole = bytes('{"kind":"L","items":[{"a":"ü}"},{"b":[1,2]}],"metadata":{"resourceVersion":"12"}}');
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => read([whole.subarray(0, length)]), /cut off/, `after ${length} bytes`);
  }
});

test("what is no list is named", () => {
  for (
    const [text, problem] of [
      ["<html>503</html>", /no JSON object/],
      ["[]", /no JSON object/],
      ['{"kind":"Status","code":500}', /no list but a Status/],
      ['{"items":[1]}', /between its items/],
      ['{"items":[{}]x', /between its members/],
      ['{"items":[]}{', /followed by something else/],
    ] as const
  ) assert.throws(() => read([bytes(text)]), problem, text);
});

test("an item that is too long or damaged is a problem of its own", () => {
  const text = `{"items":[{"a":"${"x".repeat(100)}"},{"b":1},{"c":nope}],"metadata":{"resourceVersion":"1"}}`;
  for (const at of [[], [20], [20, 60, 90], Array.from({ length: 120 }, (_, i) => i)]) {
    const { found } = read(chunked(bytes(text), at), 64);
    assert.is(found[0], "it has 108 bytes, more than the 64 allowed");
    assert.equal(found[1], { b: 1 });
    assert.match(String(found[2]), /no valid JSON/);
  }
});

test.run();
