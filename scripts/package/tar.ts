/** A file, folder or symbolic link of an archive. Everything belongs to root. */
export interface TarEntry {
  /** Without leading `/`; folders without trailing one. At most 100 bytes, for the plain ustar header. */
  readonly path: string;
  readonly mode: number;
  /** Of a file; empty for a folder. */
  readonly content?: Uint8Array;
  /** Makes it a symbolic link to this. */
  readonly link?: string;
}

/** POSIX.1-1988 ustar: blocks of 512 bytes, numbers in octal text. */
const BLOCK = 512;

function header(entry: TarEntry, mtime: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const text = new TextEncoder();
  const put = (offset: number, value: string, room: number) => {
    const bytes = text.encode(value);
    if (bytes.length > room) throw new RangeError(`${value} does not fit into ${room} bytes of a tar header`);
    block.set(bytes, offset);
  };
  const octal = (offset: number, value: number, room: number) =>
    put(offset, value.toString(8).padStart(room - 1, "0"), room);
  const type = entry.link !== undefined ? "2" : entry.content ? "0" : "5";
  put(0, `./${entry.path}${type === "5" ? "/" : ""}`, 100);
  octal(100, entry.mode, 8);
  octal(108, 0, 8);
  octal(116, 0, 8);
  octal(124, entry.content?.length ?? 0, 12);
  octal(136, mtime, 12);
  put(148, "        ", 8); // the checksum counts as blanks while it is computed
  put(156, type, 1);
  put(157, entry.link ?? "", 100);
  put(257, "ustar\x0000", 8);
  put(265, "root", 32);
  put(297, "root", 32);
  put(148, `${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\x00 `, 8);
  return block;
}

/** The folders in which the entries lie, each before what it holds. */
function folders(entries: readonly TarEntry[]): TarEntry[] {
  const paths = new Set<string>();
  for (const { path } of entries) {
    for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) paths.add(path.slice(0, at));
  }
  const given = new Set(entries.map((entry) => entry.path));
  return [...paths].filter((path) => !given.has(path)).map((path) => ({ path, mode: 0o755 }));
}

/** An uncompressed tar archive of the entries and the folders above them, in order of their paths: the same input gives
 * the same bytes. `mtime` in seconds since 1970 holds for all. */
export function tar(entries: readonly TarEntry[], mtime: number): Uint8Array<ArrayBuffer> {
  const all = [...folders(entries), ...entries].sort((a, b) => a.path < b.path ? -1 : 1);
  const blocks = all.flatMap((entry) => {
    const content = entry.content ?? new Uint8Array();
    return [header(entry, mtime), content, new Uint8Array((BLOCK - content.length % BLOCK) % BLOCK)];
  });
  blocks.push(new Uint8Array(2 * BLOCK));
  return joinBytes(blocks);
}

/** One array of all parts. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Compressed by gzip, whose header here carries neither name nor time. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
