/**
 * `deno task compile [x64] [arm64]`: the single binary, `dist/moorline-linux-x64` and `-arm64`.
 *
 * First everything that needs no runtime archive: the bundle is made and runs as a whole agent under the permissions
 * that the binary gets. Then `deno compile` for each target; the one for this machine is run like the bundle was.
 * The runtime that `deno compile` builds upon comes, in this order, from $DENORT_BIN (a denort executable), from
 * `$DENO_DIR/dl/release/v<version>/denort-<target>.zip`, or from dl.deno.land. Exit code 3: all is in order but for
 * that archive, which cannot be had here. 1: something is wrong.
 */
import { bundle, findEmbedded } from "./bundle.ts";
import { bundleCommand, checkProgram } from "./bundle_check.ts";
import { RUNTIME_FLAGS } from "./runtime_flags.ts";

const TARGETS: Readonly<Record<string, string>> = {
  x64: "x86_64-unknown-linux-gnu",
  arm64: "aarch64-unknown-linux-gnu",
};
const NO_ARCHIVE_EXIT = 3;

/** `no-archive` when only the runtime archive was missing; `failed`, with the compiler's words printed, when the code is. */
async function compile(arch: string, include: readonly string[]): Promise<"compiled" | "no-archive" | "failed"> {
  const target = TARGETS[arch]!;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["compile", "--quiet", "--frozen", "--no-code-cache", "--exclude-unused-npm", ...RUNTIME_FLAGS]
      .concat(include.flatMap((path) => ["--include", path]))
      .concat("--target", target, "--output", `dist/moorline-linux-${arch}`, "cli.ts"),
    stdin: "null",
    stdout: "null",
  }).output();
  if (success) return "compiled";
  const words = new TextDecoder().decode(stderr).trim();
  if (/Setting up base binary|denort/.test(words) && /dl\.deno\.land|sending request/.test(words)) return "no-archive";
  console.error(`compile: deno compile for ${target} failed: ${words}`);
  return "failed";
}

function say(sentence: string): void {
  console.log(`compile: ${sentence}`);
}

function refuse(what: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  for (const problem of problems) console.error(`compile: ${what}: ${problem}`);
  Deno.exit(1);
}

const wanted = Deno.args.length ? Deno.args : Object.keys(TARGETS);
refuse("usage: deno task compile [x64] [arm64]", wanted.filter((arch) => !(arch in TARGETS)).map((a) => `no ${a}`));

await bundle(".", "dist/bundle");
refuse("the bundle", await checkProgram(bundleCommand(Deno.execPath(), `${Deno.cwd()}/dist/bundle`)));
say("the bundle runs as a whole: version, help, configuration, demo, under the binary's permissions");

const include = (await findEmbedded(".")).map((file) => file.path);
const missing: string[] = [];
for (const arch of wanted) {
  const outcome = await compile(arch, include);
  if (outcome === "failed") Deno.exit(1);
  if (outcome === "no-archive") {
    missing.push(arch);
    continue;
  }
  const binary = `${Deno.cwd()}/dist/moorline-linux-${arch}`;
  const here = Deno.build.arch === (arch === "x64" ? "x86_64" : "aarch64") && Deno.build.os === "linux";
  if (here) refuse(binary, await checkProgram([binary]));
  say(`${binary}: ${(Deno.statSync(binary).size / 1e6).toFixed(0)} MB${here ? ", runs" : ", not run on this machine"}`);
}
if (missing.length > 0) {
  const name = `denort-${TARGETS[missing[0]!]}.zip`;
  console.error(
    `compile: NOT COMPILED: ${missing.join(", ")}. Deno's runtime archive is not cached and dl.deno.land is`,
  );
  console.error(
    `compile: not reachable. Put ${name} of release v${Deno.version.deno} into $DENO_DIR/dl/release/, or a`,
  );
  console.error(
    "compile: denort executable's path into $DENORT_BIN. Everything short of that was checked and is in order.",
  );
  Deno.exit(NO_ARCHIVE_EXIT);
}
