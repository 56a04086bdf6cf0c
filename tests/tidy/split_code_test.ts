import { suite } from "uvu";
import * as assert from "uvu/assert";
import { splitCode } from "./split_code.ts";

const test = suite("split code");

/** A text, its `bare` reading, its `comments` reading; blanks in a row are written as one. */
const CASES: readonly (readonly [string, string, string])[] = [
  ["a // b", "a ", " // b"],
  ["a /* b */ c", "a c", " /* b */ "],
  ['x("// no")', 'x(" ")', " "],
  ["x('\\'//')", "x(' ')", " "],
  ["/[/'\"]/.test(a)", "/ /.test(a)", " "],
  ["a / b / c // d", "a / b / c ", " // d"],
  ["`a ${b /* c */} d`", "` ${b } `", " /* c */ "],
  ["`a ${`b ${c}`} // d`", "` ${` ${c}`} `", " "],
  ["`${ { a: '}' } }` // e", "`${ { a: ' ' } }` ", " // e"],
  ['return /a"/ // b', "return / / ", " // b"],
];

for (const [text, bare, comments] of CASES) {
  test(text, () => {
    const split = splitCode(text);
    assert.is(split.bare.replaceAll(/ +/g, " "), bare);
    assert.is(split.comments.replaceAll(/ +/g, " "), comments);
    assert.is(split.bare.length, text.length);
    assert.is(split.comments.length, text.length);
  });
}

test("lines stay where they are", () => {
  const text = "a\n/*\n*/\n`\n${b}\n`\n// c\nd";
  for (const reading of Object.values(splitCode(text))) {
    assert.is(reading.split("\n").length, text.split("\n").length);
  }
  assert.is(splitCode(text).bare.split("\n")[7], "d");
});

test.run();
