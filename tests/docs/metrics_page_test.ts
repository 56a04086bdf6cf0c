import { suite } from "uvu";
import * as assert from "uvu/assert";
import { METRICS } from "../../agent/admin/mod.ts";
import { assertGenerated, markdownTable } from "./generated_part.ts";

const test = suite("docs/metrics.md");

const fullName = (name: string) => name.startsWith("process_") ? name : `moorline_${name}`;

test("every metric", async () => {
  const rows = [...METRICS.values()].map(({ name, kind, labels, help }) => {
    return [`\`${fullName(name)}\``, kind, labels.map((label) => `\`${label}\``).join(", "), help];
  });
  await assertGenerated("metrics.md", "metrics", markdownTable(["metric", "type", "labels", "what it says"], rows));
});

test("the expressions use metrics that there are", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/metrics.md", import.meta.url));
  const known = new Set([...METRICS.values()].flatMap(({ name, kind }) => {
    const full = fullName(name);
    return kind === "histogram" ? [`${full}_bucket`, `${full}_sum`, `${full}_count`] : [full];
  }));
  const expressions = [...text.matchAll(/```promql\n([^]*?)```/g)].map(([, expression]) => expression!);
  assert.ok(expressions.length > 0);
  for (const expression of expressions) {
    for (const [name] of expression.matchAll(/\bmoorline_\w+/g)) assert.ok(known.has(name), name);
  }
});

test.run();
