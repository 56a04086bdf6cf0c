import { suite } from "uvu";
import * as assert from "uvu/assert";
import { typeMnemonic } from "../../dns/mod.ts";

const test = suite("record types");

test("are named where they have a name, and numbered where not", () => {
  assert.equal([1, 28, 65, 255, 65_280].map(typeMnemonic), ["A", "AAAA", "HTTPS", "ANY", "TYPE65280"]);
});

test.run();
