/**
 * Namespaces, links and machines that a test makes outlive it when it is killed. So their names begin with the process
 * that owns them, `ml<pid>-`, and whoever comes next removes those of the dead.
 */
export function ownedName(name: string): string {
  return `ml${Deno.pid}-${name}`;
}

/** True for a name of ours whose process is gone. */
export function isAbandoned(name: string): boolean {
  const owner = /^ml(\d+)-/.exec(name)?.[1];
  if (owner === undefined) return false;
  try {
    Deno.statSync(`/proc/${owner}`);
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}
