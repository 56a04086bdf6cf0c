import { suite } from "uvu";
import * as assert from "uvu/assert";
import { debianPackage } from "../../scripts/package/debian_package.ts";
import { launcher, layout } from "../../scripts/package/package_layout.ts";
import { MAINTAINER_SCRIPTS } from "../../scripts/package/maintainer_scripts.ts";
import { sbom } from "../../scripts/package/sbom.ts";
import { gzip, tar } from "../../scripts/package/tar.ts";

const test = suite("package");
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (part: Uint8Array) => new TextDecoder().decode(part);

interface Member {
  readonly path: string;
  readonly mode: number;
  readonly type: string;
  readonly content: string;
}

/** Reads a tar archive as POSIX describes it, and checks each header's sum. */
function readTar(archive: Uint8Array): Member[] {
  const members: Member[] = [];
  for (let at = 0; archive[at] !== 0;) {
    const header = archive.slice(at, at + 512);
    const field = (from: number, length: number) => text(header.slice(from, from + length)).replace(/[\0 ]+$/, "");
    const sum = parseInt(field(148, 8), 8);
    header.fill(32, 148, 156);
    assert.is(header.reduce((total, byte) => total + byte, 0), sum);
    const size = parseInt(field(124, 12), 8);
    const content = text(archive.slice(at + 512, at + 512 + size));
    members.push({ path: field(0, 100), mode: parseInt(field(100, 8), 8), type: field(156, 1), content });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return members;
}

test("a tar archive holds its entries below their folders, in order", () => {
  const archive = tar([
    { path: "usr/bin/b", mode: 0o755, content: bytes("x".repeat(513)) },
    { path: "etc/a", mode: 0o644, content: bytes("a") },
    { path: "usr/bin/c", mode: 0o777, link: "b" },
  ], 0);
  assert.is(archive.length % 512, 0);
  assert.equal(readTar(archive).map(({ path, mode, type }) => [path, mode.toString(8), type]), [
    ["./etc/", "755", "5"],
    ["./etc/a", "644", "0"],
    ["./usr/", "755", "5"],
    ["./usr/bin/", "755", "5"],
    ["./usr/bin/b", "755", "0"],
    ["./usr/bin/c", "777", "2"],
  ]);
});

test("a path that does not fit is refused, not cut", () => {
  assert.throws(() => tar([{ path: "x".repeat(120), mode: 0o644, content: bytes("") }], 0), /does not fit/);
});

test("a Debian package is an ar archive of version, control and data", async () => {
  const deb = await debianPackage({
    control: { Package: "moorline", Version: "1.2.3" },
    scripts: { postinst: "#!/bin/sh\n" },
    entries: [{ path: "usr/bin/moorline", mode: 0o755, content: bytes("x".repeat(2000)) }],
    mtime: 7,
  });
  assert.is(text(deb.slice(0, 8)), "!<arch>\n");
  const found: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (let at = 8; at < deb.length;) {
    const size = Number(text(deb.slice(at + 48, at + 58)));
    found[text(deb.slice(at, at + 16)).trim()] = deb.slice(at + 60, at + 60 + size);
    at += 60 + size + size % 2;
  }
  assert.equal(Object.keys(found), ["debian-binary", "control.tar.gz", "data.tar.gz"]);
  assert.is(text(found["debian-binary"]!), "2.0\n");
  const unzip = async (part: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(
      await new Response(new Blob([part]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer(),
    );
  const [control, postinst] = readTar(await unzip(found["control.tar.gz"]!));
  assert.is(control!.content, "Package: moorline\nVersion: 1.2.3\nInstalled-Size: 2\n");
  assert.is(postinst!.mode, 0o755);
});

test("the same input gives the same bytes", async () => {
  const entries = [{ path: "a", mode: 0o644, content: bytes("a") }];
  assert.equal(await gzip(tar(entries, 5)), await gzip(tar(entries, 5)));
});

test("binary and bundle are laid out alike", () => {
  const texts = { "usr/share/doc/moorline/copyright": "Apache" };
  const binary = layout({ kind: "binary", binary: bytes("ELF") }, texts).map((entry) => entry.path);
  const bundle = layout({ kind: "bundle", deno: bytes("ELF"), files: { "cli.js": bytes("") } }, texts);
  for (const path of binary) assert.ok(bundle.some((entry) => entry.path === path), path);
  assert.is(bundle.find((entry) => entry.path === "usr/bin/moorline")!.mode, 0o755);
});

test("the launcher passes its arguments on and takes no permission that a binary would not have", () => {
  const script = launcher();
  assert.match(script, /exec \/usr\/lib\/moorline\/deno run .* \/usr\/lib\/moorline\/cli\.js "\$@"\n$/);
  assert.match(script, /--no-prompt/);
  assert.match(script, /--deny-import/);
  assert.not.match(script, / -A\b|--allow-all/);
});

test("maintainer scripts are valid shell that stops at the first error", async () => {
  for (const [name, script] of Object.entries(MAINTAINER_SCRIPTS)) {
    assert.match(script, /^#!\/bin\/sh\nset -e\n/, name);
    const { success } = await new Deno.Command("sh", { args: ["-n", "-c", script] }).output();
    assert.ok(success, name);
  }
});

test("the bill of materials names packages with their hashes", () => {
  const document = sbom({ version: "1.2.3", deno: "2.9.6", timestamp: "2026-01-01T00:00:00.000Z" }, [
    { name: "@a/b", version: "1.0.0", integrity: "sha512-AP8=", license: "MIT" },
    { name: "c", version: "2.0.0" },
  ]);
  const { components } = document as { components: { purl: string; hashes?: { content: string }[] }[] };
  assert.equal(components.map((component) => component.purl), [
    "pkg:github/denoland/deno@v2.9.6",
    "pkg:npm/%40a/b@1.0.0",
    "pkg:npm/c@2.0.0",
  ]);
  assert.is(components[1]!.hashes![0]!.content, "00ff");
  assert.is(components[2]!.hashes, undefined);
});

test.run();
