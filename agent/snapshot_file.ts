import { createHash } from "node:crypto";
import { dirname } from "node:path";

/** Raised when what a line means changes; a file of another version is set aside. */
const VERSION = 2;

/** A snapshot as read: its parts in the order in which they were written. */
export interface Snapshot {
  /** Wall-clock milliseconds. */
  readonly writtenAt: number;
  readonly parts: readonly unknown[];
}

/** Why a snapshot that is there cannot be used. */
export class UnreadableSnapshotError extends Error {
  override readonly name = "UnreadableSnapshotError";
}

/**
 * Writes a snapshot whole: into a file beside it, flushed to the disk, then renamed over the old one, so that whatever
 * happens at any moment the path holds either the old or the new one, complete. Lines of JSON: a head with version and
 * time, one line for each part, a foot with the count and the SHA-256 of all before it. Parts are asked for one by one,
 * so that a large table never stands in memory as one text.
 *
 * @throws what the file system throws; the old snapshot is then untouched.
 */
export async function writeSnapshot(path: string, parts: Iterable<unknown>, writtenAt: number): Promise<void> {
  const beside = `${path}.new`;
  const file = await Deno.open(beside, { write: true, create: true, truncate: true, mode: 0o600 });
  const hash = createHash("sha256");
  const encoder = new TextEncoder();
  const writeLine = async (value: unknown, hashed = true) => {
    const bytes = encoder.encode(`${JSON.stringify(value)}\n`);
    if (hashed) hash.update(bytes);
    for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
  };
  try {
    try {
      let count = 0;
      await writeLine({ moorline: "snapshot", version: VERSION, writtenAt });
      for (const part of parts) {
        await writeLine(part);
        count++;
      }
      await writeLine({ parts: count, sha256: hash.digest("hex") }, false);
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(beside, path);
  } catch (error) {
    // Half a file is of no use to anyone and takes room on a disk that may be full; it may not even be there.
    await Deno.remove(beside).catch(() => {});
    throw error;
  }
  using folder = await Deno.open(dirname(path));
  await folder.sync();
}

/**
 * Reads a snapshot.
 *
 * @returns undefined when there is none.
 * @throws UnreadableSnapshotError saying what is wrong with it.
 */
export async function readSnapshot(path: string): Promise<Snapshot | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new UnreadableSnapshotError(error instanceof Error ? error.message : String(error));
  }
  const footAt = text.lastIndexOf("\n", text.length - 2) + 1;
  const foot = parseLine(text.slice(footAt), "its last line");
  const lines = text.slice(0, footAt).split("\n").slice(0, -1);
  const head = parseLine(lines.shift() ?? "", "its first line");
  if (head.moorline !== "snapshot" || typeof head.writtenAt !== "number") {
    throw new UnreadableSnapshotError("it is no snapshot of moorline");
  }
  if (head.version !== VERSION) throw new UnreadableSnapshotError(`it has version ${head.version}, not ${VERSION}`);
  if (foot.sha256 !== createHash("sha256").update(text.slice(0, footAt)).digest("hex") || foot.parts !== lines.length) {
    throw new UnreadableSnapshotError("its checksum does not fit what it holds");
  }
  return { writtenAt: head.writtenAt, parts: lines.map((line) => JSON.parse(line)) };
}

/** Moves an unreadable snapshot out of the way, over an older one of the kind, so that a disk never fills with them. */
export async function setAside(path: string): Promise<string> {
  const aside = `${path}.unreadable`;
  await Deno.rename(path, aside);
  return aside;
}

function parseLine(line: string, which: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below, with what matters.
  }
  throw new UnreadableSnapshotError(`${which} is cut off or damaged`);
}
