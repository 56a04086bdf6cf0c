import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type RepoFile, type Rule, RULES } from "./mod.ts";

/** A miniature repository: what the rule must let pass, and beside it what it must complain of, and where. */
interface Example {
  readonly good: Readonly<Record<string, string>>;
  readonly bad: Readonly<Record<string, string>>;
  /** How each complaint about `bad` begins, in order. */
  readonly complaints: readonly string[];
}

const LINES = (count: number) => "// a line\n".repeat(count);
const SUITE = 'import { suite } from "uvu";\nconst test = suite("x");\n';
const STORY = "/**\n * One\n * Two\n * Three\n */\n";
const LOCK = (name: string) => JSON.stringify({ specifiers: { [name]: "1" }, workspace: { dependencies: [name] } });

/** For every rule at least one example; a rule without one fails the test below. */
const EXAMPLES: Readonly<Record<keyof typeof RULES, readonly Example[]>> = {
  "imports go one way between the parts of the house": [{
    good: {
      "cli.ts": 'import { run } from "./agent/mod.ts";',
      "dns/a.ts": 'import { b } from "./b.ts";\nconst text = `import { c } from "../registry/c.ts"`;',
      "agent/x.ts": '// import "../../elsewhere.ts"\nexport * from "../registry/mod.ts";',
      "tests/dns/a_test.ts": 'import { a } from "../../dns/a.ts";',
    },
    bad: {
      "agent/y.ts": 'import { fake } from "../tests/fake_clock.ts";',
      "cli.ts": 'import { Store } from "./registry/mod.ts";',
      "dns/a.ts": '\nimport type { Store } from "../registry/mod.ts";',
      "dns/b.ts": 'const lazy = await import("../agent/mod.ts");',
      "registry/a.ts": 'export { pack } from "../dns/mod.ts";',
      "elsewhere/a.ts": 'import "../dns/mod.ts";',
    },
    complaints: ["agent/y.ts:1", "cli.ts:1", "dns/a.ts:2", "dns/b.ts:1", "registry/a.ts:1", "elsewhere/a.ts:1"],
  }],
  "packages are used where they have their job": [{
    good: {
      "agent/admin/routes.ts": 'import { Hono } from "hono";\nimport http from "node:http";',
      "agent/config_file.ts": 'import * as zod from "zod";\nimport { parse } from "yaml";',
      "agent/mesh/kinds.ts": 'import * as v from "valibot";',
      "dns/pack.ts": 'import { encode } from "dns-packet";',
      "tests/dns/a_test.ts": 'import { encode } from "dns-packet";',
    },
    bad: {
      "agent/mesh/a.ts": 'import { Hono } from "hono";',
      "dns/answer.ts": 'import { encode } from "dns-packet";',
      "dns/b.ts": 'import fs from "node:fs";',
      "registry/a.ts": 'import { parse } from "yaml";',
      "scripts/a.ts": 'import x from "npm:left-pad@1";',
      "agent/z.ts": 'import fc from "fast-check";',
    },
    complaints: [
      "agent/mesh/a.ts:1",
      "dns/answer.ts:1",
      "dns/b.ts:1",
      "registry/a.ts:1",
      "scripts/a.ts:1",
      "agent/z.ts:1",
    ],
  }],
  "outsiders enter a folder by its mod.ts": [{
    good: {
      "registry/mod.ts": "",
      "registry/server/mod.ts": 'import { Kind } from "../kind.ts";',
      "agent/demo/cluster.ts": 'import { ApiServer } from "../../registry/server/mod.ts";',
      "agent/mod.ts": "",
      "agent/mesh/mod.ts": 'import { log } from "../log.ts";',
      "agent/app.ts": 'import { mesh } from "./mesh/mod.ts";\nimport { Store } from "../registry/mod.ts";',
    },
    bad: {
      "registry/mod.ts": "",
      "registry/server/mod.ts": "",
      "agent/mesh/mod.ts": "",
      "agent/app.ts": 'import { build } from "./mesh/name_builder.ts";\nimport { Store } from "../registry/store.ts";',
      "agent/log.ts": 'import { ApiServer } from "../registry/server/mod.ts";',
    },
    complaints: ["agent/app.ts:1", "agent/app.ts:2", "agent/log.ts:1"],
  }],
  "client and server, worker and control thread stay apart": [{
    good: { "dns/answer_worker.ts": 'import { a } from "./answer.ts";', "dns/answer.ts": "" },
    bad: {
      "agent/mesh/mod.ts": 'import { App } from "../app.ts";',
      "dns/answer_worker.ts": 'import { a } from "./answer.ts";',
      "dns/answer.ts": 'import { b } from "./pack.ts";',
      "registry/store.ts": 'import { s } from "./server/mod.ts";',
    },
    complaints: ["registry/store.ts:1", "agent/mesh/mod.ts:1", "dns/answer_worker.ts:1"],
  }],
  "no file imports itself by way of others": [{
    good: { "dns/a.ts": 'import "./b.ts";\nimport "./c.ts";', "dns/b.ts": 'import "./c.ts";', "dns/c.ts": "" },
    bad: {
      "dns/a.ts": 'import "./b.ts";',
      "dns/b.ts": 'import "./c.ts";',
      "dns/c.ts": 'import type { A } from "./a.ts";',
    },
    complaints: ["dns/a.ts:1: imports itself: dns/a.ts -> dns/b.ts -> dns/c.ts -> dns/a.ts"],
  }],
  "files are short": [{
    good: { "dns/a.ts": LINES(400), "README.md": LINES(900) },
    bad: { "dns/a.ts": LINES(401), ".ci/run": LINES(500) },
    complaints: ["dns/a.ts:400: 401 lines", ".ci/run:400"],
  }],
  "functions fit a screen": [{
    good: { "dns/a.ts": `export function f() {\n${LINES(60)}}\nfunction g() {\n${LINES(60)}}\n`, "tests/a.ts": "" },
    bad: {
      "dns/a.ts": `\nexport async function f() {\n${LINES(90)}}\n`,
      "dns/b.ts": `class A {\n  async #run(a: string) {\n${LINES(90)}  }\n}\n`,
    },
    complaints: ["dns/a.ts:2", "dns/b.ts:2"],
  }],
  "files are named after their one thing": [{
    good: { "dns/name_table.ts": "", "dns/mod.ts": "", "agent/mod.ts": "", "tests/dns/name_table_test.ts": "" },
    bad: { "dns/NameTable.ts": "", "dns/index.ts": "", "agent/utils.ts": "", "dns/a.ts": "", "tests/a.ts": "" },
    complaints: ["dns/NameTable.ts:1", "dns/index.ts:1", "agent/utils.ts:1", "tests/a.ts:1: dns/a.ts has"],
  }],
  "folders tell their story": [{
    good: {
      "dns/mod.ts": `${STORY}export {};`,
      "dns/a.ts": "",
      "dns/b.ts": "",
      "agent/x/a.ts": "",
      "agent/x/b.ts": "",
    },
    bad: { "dns/mod.ts": "// a door\n", "dns/a.ts": "", "agent/x/a.ts": "", "agent/x/b.ts": "", "agent/x/c.ts": "" },
    complaints: ["dns/mod.ts:1", "agent/x:1"],
  }],
  "exports have names and functions say function": [{
    good: {
      "dns/a.ts": "export function f() {}\nconst TABLE = [1].map((x) => x);\n",
      "tests/a.ts": "const f = () => 1;",
    },
    bad: { "dns/a.ts": "export const f = (a: number): number => a;", "tests/b.ts": "\nexport default 1;" },
    complaints: ["dns/a.ts:1", "tests/b.ts:2"],
  }],
  "time, chance and printing come from outside": [{
    good: {
      "registry/clock.ts": "Date.now();",
      "dns/a.ts": "new Date(now); // not Date.now()\n",
      "agent/log.ts": "console.log(1);",
    },
    bad: { "dns/a.ts": "const t = Date.now();\nconsole.error(t);", "agent/b.ts": "Math.random() + new Date();" },
    complaints: ["dns/a.ts:1", "dns/a.ts:2", "agent/b.ts:1: Math.random( is", "agent/b.ts:1: new Date"],
  }],
  "nothing is marked as unfinished": [{
    good: { "dns/a.ts": "// a mastodon\n", "tests/tidy/rules.ts": "// TODO\n" },
    bad: { "dns/a.ts": "// TODO: later\n", "docs/a.md": "\nFIXME" },
    complaints: ["dns/a.ts:1", "docs/a.md:2"],
  }],
  "nothing speaks of a machine or an author": [{
    good: { "docs/a.md": "the network/working folder, ~/.kube/config" },
    bad: { "docs/a.md": "see /home/ann/moorline\n", "dns/a.ts": "// @author Ann\n" },
    complaints: ["docs/a.md:1", "dns/a.ts:1"],
  }],
  "a rule that is switched off says why": [{
    good: {
      "dns/a.ts": "// deno-lint-ignore no-control-regex -- the escape is what we look for\nf();\n" +
        "// The types of uvu say less than it does.\n// @ts-expect-error\ng();\n// @ts-expect-error a string on purpose\nh();\n",
      "dns/b.ts": 'const text = "// deno-lint-ignore no-explicit-any";',
    },
    bad: {
      "dns/a.ts":
        "// deno-lint-ignore no-explicit-any\nf();\n\n// @ts-expect-error\ng();\n// @ts-ignore because of a reason\n",
      "dns/b.ts": "// deno-lint-ignore-file\n",
    },
    complaints: ["dns/a.ts:1", "dns/a.ts:4", "dns/a.ts:6", "dns/b.ts:1"],
  }],
  "no error is swallowed in silence": [{
    good: { "dns/a.ts": "try {\n  f();\n} catch {\n  // The other end has gone; there is nobody to tell.\n}\n" },
    bad: { "dns/a.ts": "try {\n  f();\n} catch {}\n", "dns/b.ts": "f().catch(() => {});" },
    complaints: ["dns/a.ts:3", "dns/b.ts:1"],
  }],
  "every test file runs its suites": [{
    good: {
      "tests/a_test.ts": `${SUITE}test.run();\n`,
      "tests/vm/b_test.ts": "const test = await endToEnd<{ a: Map<A, B>; b: C }>(\n  x,\n);\ntest.run();\n",
    },
    bad: {
      "tests/a_test.ts": `${SUITE}// test.run();\n`,
      "tests/b_test.ts": "Deno.test(() => {});",
      "tests/net/d_test.ts": "const test = await endToEnd<A>(x, y);\n",
      "tests/c_test.ts": `${SUITE}const other = suite("y");\ntest.run();\n`,
    },
    complaints: [
      "tests/a_test.ts:1: test.run()",
      "tests/b_test.ts:1",
      "tests/net/d_test.ts:1",
      "tests/c_test.ts:1: other.run()",
    ],
  }],
  "no test is left out in silence": [{
    good: { "tests/a_test.ts": '// Needs IPv6, which this kernel lacks.\ntest.skip("x", f);\nconst t = "test.only(";' },
    bad: { "tests/a_test.ts": 'test.only("x", f);\n\ntest.skip("y", f);' },
    complaints: ["tests/a_test.ts:1", "tests/a_test.ts:3"],
  }],
  "tests neither sleep nor bind fixed ports": [{
    good: {
      "tests/a_test.ts": "Deno.listen({ port: 0 });\nawait new Promise((r) => setTimeout(r, 0));",
      "tests/net/b_test.ts": "Deno.listen({ port: 53 });",
    },
    bad: { "tests/a_test.ts": "Deno.listen({ port: 8053 });\nawait new Promise((r) => setTimeout(r, 100));" },
    complaints: ["tests/a_test.ts:2: sleeps", "tests/a_test.ts:1: fixed port"],
  }],
  "links in the documentation lead somewhere": [{
    good: {
      "README.md":
        "[a](docs/a.md#two-words) [b](https://x.example/y) [c](docs) [d](#here)\n## Here\n`[e](nowhere.md)`\n",
      "docs/a.md": "# `Two` words\n[back](../README.md)\n```\n[f](nowhere.md)\n```\n",
    },
    bad: { "README.md": "\n[a](docs/b.md) [b](docs/a.md#three)", "docs/a.md": "# Two\n[up](../../x.md)" },
    complaints: ["README.md:2: the link docs/b.md", "README.md:2: docs/a.md has no heading", "docs/a.md:2"],
  }],
  "every page of the documentation is in its index": [{
    good: { "docs/README.md": "[a](a.md)", "docs/a.md": "", "README.md": "" },
    bad: { "docs/README.md": "[a](a.md)", "docs/a.md": "", "docs/b.md": "" },
    complaints: ["docs/b.md:1"],
  }],
  "there is one manifest": [{
    good: { "deno.json": "{}" },
    bad: { "package.json": "{}", "scripts/package-lock.json": "{}" },
    complaints: ["package.json:1", "scripts/package-lock.json:1"],
  }],
  "deno.lock is in step with deno.json": [{
    good: {
      "deno.json": '{"imports": {"uvu": "npm:uvu@1", "uvu/assert": "npm:uvu@1/assert"}}',
      "deno.lock": LOCK("npm:uvu@1"),
    },
    bad: { "deno.json": '{"imports": {"zod": "npm:zod@1"}}', "deno.lock": LOCK("npm:@a/b@1") },
    complaints: ["deno.lock:1: npm:zod@1 of deno.json is not locked", "deno.lock:1: npm:@a/b@1 is not in deno.json"],
  }],
};

const test = suite("tidy rules");

function run(rule: Rule, texts: Readonly<Record<string, string>>): string[] {
  const files: RepoFile[] = Object.entries(texts).map(([path, text]) => ({ path, text }));
  return rule(files);
}

for (const [sentence, rule] of Object.entries(RULES)) {
  test(sentence, () => {
    const examples = EXAMPLES[sentence] ?? [];
    assert.ok(examples.length > 0, "a rule without a bad example may be one that cannot fail");
    for (const { good, bad, complaints } of examples) {
      assert.equal(run(rule, good), []);
      const found = run(rule, bad);
      assert.is(found.length, complaints.length, `expected ${complaints.length} complaints:\n  ${found.join("\n  ")}`);
      complaints.forEach((start, i) =>
        assert.ok(found[i]!.startsWith(start), `${found[i]} should begin with ${start}`)
      );
    }
  });
}

test.run();
