/**
 * Reads a small file of /proc or /sys, whole. Deno gives these only to a program that may do everything; ours may run
 * programs, and `cat` may read them.
 *
 * @returns its text; empty where it is not there or may not be read (other systems, a sandbox).
 */
export async function readKernelFile(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    return error instanceof Deno.errors.NotCapable ? await readByCat(path) : "";
  }
}

async function readByCat(path: string): Promise<string> {
  try {
    const { stdout } = await new Deno.Command("cat", { args: [path], stdin: "null", stderr: "null" }).output();
    return new TextDecoder().decode(stdout);
  } catch {
    return ""; // no `cat`, or no permission to run it: then it stays unknown
  }
}
