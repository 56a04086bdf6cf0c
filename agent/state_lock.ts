/** The state folder is held by another agent. */
export class StateLockedError extends Error {
  override readonly name = "StateLockedError";
}

/** While it lives, no other agent may use the folder. */
export interface StateLock {
  release(): void;
}

/**
 * Makes the state folder (0700) if it is not there and locks it for this process. The lock is the kernel's (flock(2) on
 * `lock` in the folder): it ends with the process however that ends, so a left-over file locks nothing.
 *
 * @throws StateLockedError naming the holder's process id; Error with one sentence when the folder cannot be used.
 */
export async function acquireStateLock(folder: string): Promise<StateLock> {
  let file: Deno.FsFile;
  try {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    file = await Deno.open(`${folder}/lock`, { read: true, write: true, create: true, mode: 0o600 });
  } catch (error) {
    const reason = error instanceof Deno.errors.PermissionDenied ? "permission denied" : messageOf(error);
    throw new Error(
      `state folder ${folder} cannot be used (${reason}); set \`state\` to a folder that this user may write`,
    );
  }
  if (!await file.tryLock(true)) {
    const holder = (await new Response(file.readable).text()).trim();
    const who = /^\d+$/.test(holder) ? `the moorline agent of process ${holder}` : "another moorline agent";
    throw new StateLockedError(`state folder ${folder} is held by ${who}; stop it, or set \`state\` to another folder`);
  }
  await file.truncate(0);
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  return { release: () => file.close() };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
