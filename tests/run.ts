/**
 * The test runner: `deno run -A tests/run.ts [--filter TEXT] [PATH...]`.
 *
 * Each `*_test.ts` runs in a process of its own, as many at a time as there are cores, so that no suite can lean on
 * another's leftovers. A file that executes no test fails, and so does one that hangs. The last line is the sum.
 * Without a path it runs what needs nothing but this checkout; the end-to-end folders (`tests/kube`, `tests/net`,
 * `tests/vm`, `tests/peers`) run only when they are named.
 */

/** A file that is still running then has left a timer or a socket open. */
const FILE_LIMIT_MS = 120_000;
const END_TO_END = ["tests/kube", "tests/net", "tests/vm", "tests/peers"];

interface Outcome {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly problem: string;
  readonly output: string;
  readonly milliseconds: number;
}

async function findTests(path: string, wanted: string[]): Promise<string[]> {
  if ((await Deno.stat(path)).isFile) return [path];
  const found: string[] = [];
  for await (const entry of Deno.readDir(path)) {
    const below = `${path}/${entry.name}`;
    if (entry.isDirectory && (wanted.includes(path) || !END_TO_END.includes(below) || wanted.includes(below))) {
      found.push(...await findTests(below, wanted));
    } else if (entry.isFile && entry.name.endsWith("_test.ts")) found.push(below);
  }
  return found.sort();
}

/** Reads `Total`, `Passed` and `Skipped` as uvu prints them; absent when the file never ran a suite. */
function readTotals(output: string): { total: number; passed: number; skipped: number } | undefined {
  // deno-lint-ignore no-control-regex -- colours arrive as escape sequences
  const plain = output.replaceAll(/\x1b\[\d+m/g, "");
  const number = (label: string) => [...plain.matchAll(new RegExp(`^ *${label}: +(\\d+)`, "gm"))].at(-1)?.[1];
  const [total, passed, skipped] = [number("Total"), number("Passed"), number("Skipped")];
  return total === undefined ? undefined : { total: +total, passed: +(passed ?? 0), skipped: +(skipped ?? 0) };
}

async function runFile(file: string): Promise<Outcome> {
  const started = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", file],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { FORCE_COLOR: "0" },
  }).spawn();
  let hung = false;
  const limit = setTimeout(() => {
    hung = true;
    child.kill("SIGKILL");
  }, FILE_LIMIT_MS);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(limit);
  const text = new TextDecoder();
  const output = text.decode(stdout) + text.decode(stderr);
  const totals = readTotals(output);
  const skipped = totals?.skipped ?? 0;
  const failed = totals ? totals.total - totals.passed : 0; // uvu leaves what it skipped out of the total
  let problem = "";
  if (hung) problem = `still running after ${FILE_LIMIT_MS / 1000} s: a timer or a socket was left open`;
  else if (!totals || totals.total + skipped === 0) problem = "no test was executed (is test.run() missing?)";
  else if (code !== 0 && failed === 0) problem = `exit code ${code} although no test failed`;
  const milliseconds = Math.round(performance.now() - started);
  return {
    file,
    passed: totals?.passed ?? 0,
    failed: failed + (problem ? 1 : 0),
    skipped,
    problem,
    output,
    milliseconds,
  };
}

const paths: string[] = [];
let filter = "";
for (let i = 0; i < Deno.args.length; i++) {
  if (Deno.args[i] === "--filter") filter = Deno.args[++i] ?? "";
  else paths.push(Deno.args[i]!.replace(/\/$/, ""));
}
const roots = paths.length ? paths : ["tests"];
const files = (await Promise.all(roots.map((root) => findTests(root, paths)))).flat().filter((f) => f.includes(filter));
const outcomes: Outcome[] = [];
const queue = [...files];
// End-to-end suites measure a whole machine: one at a time.
const lanes = roots.some((root) => END_TO_END.some((e) => root.startsWith(e))) ? 1 : navigator.hardwareConcurrency;
await Promise.all(
  Array.from({ length: lanes }, async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      const outcome = await runFile(file);
      outcomes.push(outcome);
      const verdict = outcome.failed ? "FAILED" : "ok";
      const skips = outcome.skipped ? `, ${outcome.skipped} skipped` : "";
      console.log(`${verdict.padEnd(6)} ${file} (${outcome.passed} passed${skips}, ${outcome.milliseconds} ms)`);
      if (outcome.problem) console.log(`       ${outcome.problem}`);
      if (outcome.failed || outcome.output.includes("SKIPPED")) console.log(outcome.output.trimEnd());
    }
  }),
);
const sum = (pick: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + pick(outcome), 0);
const [passed, failed, skipped] = [sum((o) => o.passed), sum((o) => o.failed), sum((o) => o.skipped)];
for (const o of outcomes.filter((o) => o.failed)) console.log(`failed: ${o.file}`);
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`);
Deno.exit(failed > 0 || passed + skipped === 0 ? 1 : 0);
