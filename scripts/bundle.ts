/**
 * `deno run -A scripts/bundle.ts [FOLDER]`: the product as plain JavaScript, flat in one folder: `cli.js`, one file for
 * each worker, and the files that the code embeds by URL.
 *
 * `deno bundle` leaves `new URL("./x.ts", import.meta.url)` as it is written, so workers are bundled as entries of
 * their own and the URLs are rewritten to the names in the folder.
 */
import { basename, dirname, join } from "node:path";

/** A file that the code names by `new URL("...", import.meta.url)`: a worker, or something to read. */
interface Embedded {
  /** As written in the code. */
  readonly specifier: string;
  /** Path from the root. */
  readonly path: string;
}

/** CommonJS packages ask for Node's modules by `require`, which a module has only if it makes itself one. */
const PROLOGUE =
  'import{createRequire as $createRequire}from"node:module";const require=$createRequire(import.meta.url);\n';

const BY_URL = /new URL\(\s*"(\.[^"]+)",\s*import\.meta\.url\s*,?\s*\)/g;

/** The TypeScript files below a folder of the root, and the root's own two. */
async function productFiles(root: string): Promise<string[]> {
  const found = ["cli.ts", "mod.ts"];
  const folders = ["registry", "dns", "agent"];
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    for await (const entry of Deno.readDir(join(root, folder))) {
      if (entry.isDirectory) folders.push(`${folder}/${entry.name}`);
      else if (entry.name.endsWith(".ts")) found.push(`${folder}/${entry.name}`);
    }
  }
  return found;
}

/** Finds every embedded file of the product; two of one name would collide in the flat folder and are refused. */
export async function findEmbedded(root: string): Promise<Embedded[]> {
  const byName = new Map<string, Embedded>();
  for (const file of await productFiles(root)) {
    const text = await Deno.readTextFile(join(root, file)).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    });
    for (const [, specifier = ""] of text.matchAll(BY_URL)) {
      const path = join(dirname(file), specifier);
      const other = byName.get(basename(path));
      if (other && other.path !== path) throw new Error(`${path} and ${other.path} would have one name in the bundle`);
      byName.set(basename(path), { specifier, path });
    }
  }
  return [...byName.values()];
}

/** Rewrites the URLs of embedded files to their names in the flat folder. */
export function rewriteUrls(code: string, embedded: readonly Embedded[]): string {
  return code.replaceAll(BY_URL, (whole, specifier: string) => {
    const file = embedded.find((e) => basename(e.path) === basename(specifier));
    return file ? `new URL("./${basename(file.path).replace(/\.ts$/, ".js")}",import.meta.url)` : whole;
  });
}

/** Bundles the checkout at `root` into `out`, which is made anew. Throws with the bundler's words if it fails. */
export async function bundle(root: string, out: string): Promise<void> {
  const embedded = await findEmbedded(root);
  const workers = embedded.filter((file) => file.path.endsWith(".ts"));
  const staged = await Deno.makeTempDir({ prefix: "moorline-bundle-" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--platform", "deno", "--minify", "--keep-names", "--outdir", staged]
        .concat("cli.ts", workers.map((worker) => worker.path)),
      cwd: root,
      stdin: "null",
      stdout: "null",
    }).output();
    if (!success) throw new Error(`deno bundle failed: ${new TextDecoder().decode(stderr).trim()}`);
    await Deno.remove(out, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    await Deno.mkdir(out, { recursive: true });
    for (const entry of ["cli.ts", ...workers.map((worker) => worker.path)]) {
      const code = await Deno.readTextFile(join(staged, entry.replace(/\.ts$/, ".js")));
      const file = join(out, basename(entry).replace(/\.ts$/, ".js"));
      await Deno.writeTextFile(file, PROLOGUE + rewriteUrls(code, embedded));
    }
    for (const file of embedded.filter((file) => !workers.includes(file))) {
      await Deno.copyFile(join(root, file.path), join(out, basename(file.path)));
    }
  } finally {
    await Deno.remove(staged, { recursive: true });
  }
}

if (import.meta.main) {
  const out = Deno.args[0] ?? "dist/bundle";
  await bundle(Deno.cwd(), out);
  console.log(`bundled into ${out}`);
}
