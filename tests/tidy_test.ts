import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readRepo, RULES } from "./tidy/mod.ts";

const test = suite("tidy");
const files = await readRepo(new URL("..", import.meta.url).pathname);

for (const [sentence, rule] of Object.entries(RULES)) {
  test(sentence, () => {
    const complaints = rule(files);
    assert.ok(complaints.length === 0, `${complaints.length} complaints:\n  ${complaints.join("\n  ")}`);
  });
}

test("the repository was read", () => {
  for (const path of ["deno.json", "README.md", "tests/tidy_test.ts"]) {
    assert.ok(files.some((file) => file.path === path), `${path} was not found`);
  }
});

test.run();
