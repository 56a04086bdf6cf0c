/** A configuration that cannot be used, or a credential that cannot be had: one sentence that names the file or key. */
export class AccessError extends Error {
  override readonly name = "AccessError";
}

/** Something secret or not that is given as text or as a file: a token, a certificate, a key, a CA. */
export type Material =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly path: string };

/** Everything that is read is small; a file above this is a mistake (system CA bundles have about 250 KB). */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Reads a material, and a file again whenever it changed on disk (also behind a swapped symbolic link). */
export class MaterialReader {
  readonly #material: Material;
  #print = "";
  #text: string | undefined;

  constructor(material: Material) {
    this.#material = material;
  }

  /**
   * The text as it is now. A file that cannot be read while it is being replaced keeps its last text.
   *
   * @throws AccessError when there never was one.
   */
  async read(): Promise<string> {
    const material = this.#material;
    if ("text" in material) return material.text;
    try {
      const info = await Deno.stat(material.path);
      const print = `${info.dev}:${info.ino}:${info.size}:${info.mtime?.getTime()}:${info.ctime?.getTime()}`;
      if (print !== this.#print || this.#text === undefined) {
        if (info.size > MAX_FILE_BYTES) throw new Error(`it has ${info.size} bytes`);
        this.#text = await Deno.readTextFile(material.path);
        this.#print = print;
      }
    } catch (error) {
      if (this.#text === undefined) {
        throw new AccessError(`${material.name}: cannot read ${material.path}: ${reasonOf(error)}`);
      }
    }
    return this.#text;
  }

  /** `tokenFile (/etc/moorline/token)`, for messages. */
  get label(): string {
    return "path" in this.#material ? `${this.#material.name} (${this.#material.path})` : this.#material.name;
  }
}

/** What a person wants to know of a failed file operation. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return error instanceof Error ? error.message : String(error);
}

/**
 * Checks a PEM text, since Deno ignores what it cannot read in it.
 *
 * @param label a pattern of the block's label, such as `CERTIFICATE`.
 * @throws AccessError that names the material.
 */
export function checkPem(text: string, name: string, label: string): string {
  const block = new RegExp(`-----BEGIN (?:${label})-----([A-Za-z0-9+/=\\s]+)-----END (?:${label})-----`).exec(text);
  if (!block) throw new AccessError(`${name}: there is no PEM block "BEGIN ${label.split("|").at(-1)}" in it`);
  try {
    atob(block[1]!.replaceAll(/\s/g, ""));
  } catch {
    throw new AccessError(`${name}: its PEM block is damaged`);
  }
  return text;
}
