/**
 * `deno task package`: `dist/moorline_<version>_amd64.deb`, `dist/moorline-<version>-linux-x64.tar.gz`, `SHA256SUMS`
 * and `sbom.json`. Around the compiled binary of `deno task compile` where that can be built; else, loudly, around
 * Deno's runtime of this machine and the bundle: the same layout, command and behaviour. The same checkout gives the
 * same bytes: times are those of the last commit (or $SOURCE_DATE_EPOCH).
 */
import { basename } from "node:path";
import { bundleCommand } from "./bundle_check.ts";
import { debianPackage } from "./package/debian_package.ts";
import { layout, type Program } from "./package/package_layout.ts";
import { MAINTAINER_SCRIPTS } from "./package/maintainer_scripts.ts";
import { type Component, sbom } from "./package/sbom.ts";
import { gzip, tar, type TarEntry } from "./package/tar.ts";

const DIST = "dist";
const DEB_ARCHITECTURE = { x64: "amd64", arm64: "arm64" } as const;
const HERE = Deno.build.arch === "x86_64" ? "x64" : "arm64";
type Arch = keyof typeof DEB_ARCHITECTURE;

async function output(command: string, args: readonly string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(command, { args: [...args], stderr: "null" }).output();
  return success ? new TextDecoder().decode(stdout).trim() : "";
}

async function lastChange(): Promise<number> {
  const given = Deno.env.get("SOURCE_DATE_EPOCH") ?? await output("git", ["log", "-1", "--format=%ct"]);
  return Number(given) || Math.floor(Date.now() / 1000);
}

/** Compiles what can be compiled, and returns what each package is made around. */
async function programs(): Promise<Map<Arch, Program>> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("compile.ts", import.meta.url).pathname],
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (code !== 0 && code !== 3) Deno.exit(1);
  const found = new Map<Arch, Program>();
  if (code === 0) {
    for (const arch of ["x64", "arm64"] as const) {
      found.set(arch, { kind: "binary", binary: await Deno.readFile(`${DIST}/moorline-linux-${arch}`) });
    }
    return found;
  }
  console.error(`package: NO BINARY: packing Deno ${Deno.version.deno}'s runtime and the bundle for ${HERE} instead`);
  const files: Record<string, Uint8Array> = {};
  for (const { name } of Deno.readDirSync(`${DIST}/bundle`)) {
    files[name] = await Deno.readFile(`${DIST}/bundle/${name}`);
  }
  return found.set(HERE, { kind: "bundle", deno: await Deno.readFile(Deno.execPath()), files });
}

interface ModuleGraph {
  readonly modules: readonly { readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<
    Record<string, { name: string; version: string; dependencies: readonly string[]; localPath?: string }>
  >;
}

/** The npm packages that the program's imports reach, with what deno.lock and their own manifests say of them. */
async function components(): Promise<Component[]> {
  const graph: ModuleGraph = JSON.parse(await output(Deno.execPath(), ["info", "--json", "cli.ts"]));
  const lock: { npm: Record<string, { integrity?: string }> } = JSON.parse(await Deno.readTextFile("deno.lock"));
  const ids = new Set(graph.modules.flatMap((module) => module.npmPackage ?? []));
  for (const id of ids) for (const dependency of graph.npmPackages[id]?.dependencies ?? []) ids.add(dependency);
  return await Promise.all(
    [...ids].sort().map(async (id) => {
      const { name, version, localPath } = graph.npmPackages[id]!;
      const manifest = localPath ? JSON.parse(await Deno.readTextFile(`${localPath}/package.json`)) : {};
      return { name, version, integrity: lock.npm[id]?.integrity, license: manifest.license };
    }),
  );
}

/** What the program says of itself: manual page and completions, from the table of verbs that `--help` shows. */
const GENERATED: Readonly<Record<string, readonly string[]>> = {
  "usr/share/man/man1/moorline.1": ["man"],
  "usr/share/bash-completion/completions/moorline": ["completions", "bash"],
  "usr/share/zsh/vendor-completions/_moorline": ["completions", "zsh"],
  "usr/share/fish/vendor_completions.d/moorline.fish": ["completions", "fish"],
};

/** The files that go into every package beside the program. */
async function texts(bom: string): Promise<Record<string, string>> {
  const units = new URL("units/", import.meta.url);
  const found: Record<string, string> = {
    "usr/lib/sysusers.d/moorline.conf": await Deno.readTextFile(new URL("sysusers.conf", units)),
    "usr/share/doc/moorline/copyright": await Deno.readTextFile("LICENSE"),
    "usr/share/doc/moorline/CHANGELOG.md": await Deno.readTextFile("CHANGELOG.md"),
    "usr/share/doc/moorline/moorline.yaml": await Deno.readTextFile(new URL("moorline.yaml", units)),
    "usr/share/doc/moorline/sbom.json": bom,
  };
  const bundled = bundleCommand(Deno.execPath(), `${Deno.cwd()}/${DIST}/bundle`);
  for (const [path, verb] of Object.entries(GENERATED)) {
    const text = await output(bundled[0]!, [...bundled.slice(1), ...verb]);
    if (!text) throw new Error(`moorline ${verb.join(" ")} printed nothing for ${path}`);
    found[path] = `${text}\n`;
  }
  for (const { name } of Deno.readDirSync(units)) {
    if (!/\.(service|socket)$/.test(name)) continue;
    found[`usr/lib/systemd/system/${name}`] = await Deno.readTextFile(new URL(name, units));
  }
  return found;
}

function control(version: string, arch: Arch): Record<string, string> {
  return {
    Package: "moorline",
    Version: version,
    Architecture: DEB_ARCHITECTURE[arch],
    Maintainer: "The moorline authors <moorline@localhost>",
    Section: "net",
    Priority: "optional",
    Depends: "libc6 (>= 2.27), libgcc-s1, systemd",
    Description: "names and registration of a virtual machine in a Kubernetes or Istio mesh\n" +
      " Answers the mesh's DNS names on the VM, registers the VM as a workload and\n" +
      " reports its health. Talks to nothing but the Kubernetes API.",
  };
}

async function checksums(): Promise<void> {
  const shipped = /^moorline(-linux-(x64|arm64)|_.*\.deb|-.*\.tar\.gz)$|^sbom\.json$/;
  const names = Array.from(Deno.readDirSync(DIST), (entry) => entry.name).filter((name) => shipped.test(name)).sort();
  const lines = await Promise.all(names.map(async (name) => {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(`${DIST}/${name}`)));
    return `${hash.toHex()}  ${name}\n`;
  }));
  await Deno.writeTextFile(`${DIST}/SHA256SUMS`, lines.join(""));
}

const { version }: { version: string } = JSON.parse(await Deno.readTextFile("deno.json"));
await Deno.mkdir(DIST, { recursive: true });
const mtime = await lastChange();
const made = await programs();
const timestamp = new Date(mtime * 1000).toISOString();
const bom = JSON.stringify(sbom({ version, deno: Deno.version.deno, timestamp }, await components()), null, 2) + "\n";
await Deno.writeTextFile(`${DIST}/sbom.json`, bom);
const shared = await texts(bom);
for (const [arch, program] of made) {
  const entries: TarEntry[] = layout(program, shared);
  const deb = `${DIST}/moorline_${version}_${DEB_ARCHITECTURE[arch]}.deb`;
  await Deno.writeFile(
    deb,
    await debianPackage({ control: control(version, arch), scripts: MAINTAINER_SCRIPTS, entries, mtime }),
  );
  const archive = `${DIST}/moorline-${version}-linux-${arch}.tar.gz`;
  await Deno.writeFile(archive, await gzip(tar(entries, mtime)));
  for (const path of [deb, archive]) {
    console.log(`${basename(path)}: ${(Deno.statSync(path).size / 1e6).toFixed(0)} MB`);
  }
}
await checksums();
