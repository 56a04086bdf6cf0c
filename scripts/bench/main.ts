/**
 * `deno task bench [NAME...]`: runs the named benchmarks, or all, each in a process of its own so that one's heap and
 * compiled code are not another's start. The benchmark NAME is the file `NAME_bench.ts` of this folder, which prints what
 * it measured; what it measures and against what is told in README.md.
 */
const FOLDER = new URL(".", import.meta.url);
const SUFFIX = "_bench.ts";

function available(): string[] {
  const files = Array.from(Deno.readDirSync(FOLDER), (entry) => entry.name);
  return files.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length)).sort();
}

async function run(name: string): Promise<boolean> {
  console.log(`\n== ${name}`);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--v8-flags=--expose-gc", new URL(name + SUFFIX, FOLDER).pathname],
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const { success, code } = await child.status;
  if (!success) console.error(`bench: ${name} ended with exit code ${code}`);
  return success;
}

const names = available();
const unknown = Deno.args.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`bench: no benchmark ${unknown.join(", ")}; there are ${names.join(", ")}`);
  Deno.exit(2);
}
let good = true;
for (const name of Deno.args.length ? Deno.args : names) good = await run(name) && good;
Deno.exit(good ? 0 : 1);
