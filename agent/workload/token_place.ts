import { readStateFile, readText, removeFile, writeStateFile, writeWhole } from "./state_file.ts";
import { joinedAccount, tokenClaims } from "./token_claims.ts";

/** Where this agent's token is. */
export interface TokenPlace {
  /** The file that requests read, and that a renewed token is written into. */
  readonly file: string;
  /** The configured file, where that is another one: a token that an operator puts there later is taken over. */
  readonly source: string;
  /** The file that remembers the fingerprint of the last token taken from `source`. */
  readonly seen: string;
}

/** What is asked to find the place. */
export interface TokenSetting {
  /** `cluster.tokenFile`. */
  readonly configured: string;
  /** The state folder. */
  readonly state: string;
  /** The state came with the image of another VM. */
  readonly isClone: boolean;
}

/**
 * Finds where the token is read and renewed: the configured file where this agent may replace it, else a copy in the
 * state folder. What a clone inherited is dropped: the copy is deleted, and a configured token that the original had
 * used is not taken again.
 *
 * @throws Deno.errors.PermissionDenied when the state folder cannot be written.
 */
export async function settleToken({ configured, state, isClone }: TokenSetting): Promise<TokenPlace> {
  const copy = { file: `${state}/token`, source: configured, seen: `${state}/token-seen.json` };
  if (isClone) {
    for (const file of [copy.file, `${copy.file}.next`]) await removeFile(file);
  }
  const token = await readText(configured);
  const claims = tokenClaims(token ?? "");
  const isJoin = claims !== undefined && joinedAccount(claims) !== undefined;
  if (!isClone && !isJoin && await mayReplace(configured)) return { ...copy, file: configured, source: "" };
  await takeOver(copy);
  return copy;
}

/**
 * Takes over what the configured file holds if it is new there, and not a join token beside a token that it made.
 *
 * @returns whether the token has changed.
 */
export async function takeOver({ file, source, seen }: TokenPlace): Promise<boolean> {
  const offered = (await readText(source))?.trim();
  if (!offered || await fingerprint(offered) === await readStateFile(seen)) return false;
  const claims = tokenClaims(offered);
  const present = tokenClaims(await readText(file) ?? "");
  const isJoin = claims !== undefined && joinedAccount(claims) !== undefined;
  const isOlder = present !== undefined && (claims?.issued ?? Infinity) < (present.issued ?? 0);
  await writeStateFile(seen, await fingerprint(offered));
  if ((isJoin || isOlder) && present && joinedAccount(present) === undefined) return false;
  await writeWhole(file, `${offered}\n`);
  return true;
}

/** A token itself is never written twice; this tells whether it is the same one. */
async function fingerprint(token: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token))).toHex();
}

/**
 * Whether the file could be replaced by a renamed one: the folder must be writable. Other users' files are left alone.
 */
async function mayReplace(path: string): Promise<boolean> {
  const probe = `${path}.new-${Deno.pid}`;
  try {
    (await Deno.open(path, { write: true })).close();
    (await Deno.open(probe, { write: true, createNew: true, mode: 0o600 })).close();
    await Deno.remove(probe);
    return true;
  } catch {
    return false; // read-only, a projected volume, another's folder: the copy in the state folder serves
  }
}
