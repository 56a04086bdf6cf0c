import { gzip, joinBytes, tar, type TarEntry } from "./tar.ts";

/** What a binary package is made of (Debian Policy 5.3, 6; deb(5)). */
export interface DebianPackage {
  /** Field to value, in the order in which they are written; `Installed-Size` is added. */
  readonly control: Readonly<Record<string, string>>;
  /** Maintainer scripts by name: preinst, postinst, prerm, postrm. */
  readonly scripts: Readonly<Record<string, string>>;
  readonly entries: readonly TarEntry[];
  /** Seconds since 1970, for every file. */
  readonly mtime: number;
}

/** One member of an ar archive; members begin at even offsets. */
function member(name: string, content: Uint8Array, mtime: number): Uint8Array[] {
  const header = name.padEnd(16) + String(mtime).padEnd(12) + "0".padEnd(6) + "0".padEnd(6) + "100644".padEnd(8) +
    String(content.length).padEnd(10) + "`\n";
  const pad = content.length % 2 ? "\n" : "";
  const text = new TextEncoder();
  return [text.encode(header), content, text.encode(pad)];
}

/** The bytes of the `.deb`. */
export async function debianPackage({ control, scripts, entries, mtime }: DebianPackage): Promise<Uint8Array> {
  const text = new TextEncoder();
  const kilobytes = entries.reduce((sum, entry) => sum + Math.ceil((entry.content?.length ?? 0) / 1024), 0);
  const fields = Object.entries({ ...control, "Installed-Size": String(kilobytes) });
  const controlFiles: TarEntry[] = [
    { path: "control", mode: 0o644, content: text.encode(fields.map(([k, v]) => `${k}: ${v}\n`).join("")) },
    ...Object.entries(scripts).map(([path, script]) => ({ path, mode: 0o755, content: text.encode(script) })),
  ];
  return joinBytes([
    text.encode("!<arch>\n"),
    ...member("debian-binary", text.encode("2.0\n"), mtime),
    ...member("control.tar.gz", await gzip(tar(controlFiles, mtime)), mtime),
    ...member("data.tar.gz", await gzip(tar(entries, mtime)), mtime),
  ]);
}
