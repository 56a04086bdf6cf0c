/**
 * Small JSON files in the agent's `state` folder. A reader sees the old file or the new one, never half of it: written
 * beside, flushed, renamed. Mode 0600.
 */

/** @returns the file's content; undefined when it is not there or no JSON (set aside as `<path>.unreadable`). */
export async function readStateFile(path: string): Promise<unknown> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    await Deno.rename(path, `${path}.unreadable`); // kept for the operator; the caller starts anew
    return undefined;
  }
}

/** @returns the file's text; undefined when it is not there. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Removes a file that may not be there. */
export async function removeFile(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** Writes `content` as JSON, whole or not at all. */
export async function writeStateFile(path: string, content: unknown): Promise<void> {
  await writeWhole(path, JSON.stringify(content));
}

/** Writes a text file with mode 0600, whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const beside = `${path}.new-${Deno.pid}`;
  {
    using file = await Deno.open(beside, { write: true, create: true, truncate: true, mode: 0o600 });
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    await file.sync();
  }
  await Deno.rename(beside, path);
}
