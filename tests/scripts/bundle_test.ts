import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bundle, findEmbedded, rewriteUrls } from "../../scripts/bundle.ts";

const test = suite("bundle");

/** A checkout in small: a command line that starts a worker and reads a page, each named by URL. */
async function smallCheckout(): Promise<string> {
  const root = await Deno.makeTempDir();
  for (const folder of ["registry", "dns", "agent/admin"]) await Deno.mkdir(`${root}/${folder}`, { recursive: true });
  const write = (path: string, text: string) => Deno.writeTextFile(`${root}/${path}`, text);
  await write("deno.json", "{}");
  await write("agent/admin/page.html", "<p>page</p>");
  await write(
    "agent/admin/page.ts",
    'export const page = () => Deno.readTextFile(new URL("./page.html", import.meta.url));\n',
  );
  await write("dns/worker.ts", 'postMessage("worker");\n');
  await write(
    "cli.ts",
    'import { page } from "./agent/admin/page.ts";\n' +
      'const worker = new Worker(new URL("./dns/worker.ts", import.meta.url), { type: "module" });\n' +
      "worker.onmessage = async (event) => {\n" +
      "  console.log(event.data, await page());\n" +
      "  worker.terminate();\n" +
      "};\n",
  );
  return root;
}

/** `deno bundle` fetches esbuild from npm at its first use. */
async function canBundle(): Promise<boolean> {
  const root = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${root}/a.ts`, "export {};\n");
    const args = ["bundle", "--quiet", "--outdir", `${root}/out`, "a.ts"];
    return (await new Deno.Command(Deno.execPath(), { args, cwd: root, stderr: "null" }).output()).success;
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const bundles = await canBundle();
if (!bundles) console.log("SKIPPED: deno bundle does not work here, esbuild is neither cached nor to be had");

// Without esbuild, as on a machine that was cut off after `deno install`, there is nothing to look at.
(bundles ? test : test.skip)("the bundle of a small checkout finds its worker and its page from anywhere", async () => {
  const root = await smallCheckout();
  try {
    await bundle(root, `${root}/out`);
    const names = Array.from(Deno.readDirSync(`${root}/out`), (entry) => entry.name).sort();
    assert.equal(names, ["cli.js", "page.html", "worker.js"]);
    await Deno.rename(`${root}/out`, `${root}/elsewhere`);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-config", "--allow-read", `${root}/elsewhere/cli.js`],
      cwd: "/",
    }).output();
    assert.is(code, 0);
    assert.is(new TextDecoder().decode(stdout).trim(), "worker <p>page</p>");
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

test("two embedded files of one name are refused", async () => {
  const root = await smallCheckout();
  try {
    await Deno.writeTextFile(`${root}/dns/a.ts`, 'new URL("./page.html", import.meta.url);\n');
    await findEmbedded(root);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /page\.html and .*page\.html would have one name/);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

test("other URLs stay as they are", () => {
  const code = 'new URL("./else.ts", import.meta.url); new URL("./w.ts",import.meta.url); new URL(x)';
  const rewritten = rewriteUrls(code, [{ specifier: "./w.ts", path: "dns/w.ts" }]);
  assert.is(rewritten, 'new URL("./else.ts", import.meta.url); new URL("./w.js",import.meta.url); new URL(x)');
});

test.run();
