/** Runs the system's own tools: bounded, and a tool that is not there is a result. */

/** How a tool ended, and what it said. 127: it is not installed. */
export interface ToolResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a tool; a test hands in its own. */
export type Tool = (name: string, args: readonly string[], stdin?: string) => Promise<ToolResult>;

/** nft and conntrack take milliseconds; getent, waiting for a dead server, up to glibc's 5 s. */
const LIMIT_MS = 6_000;

/** On the VM itself. */
export async function runTool(name: string, args: readonly string[], stdin = ""): Promise<ToolResult> {
  try {
    const child = new Deno.Command(name, {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(LIMIT_MS),
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin)).catch(() => {/* it ended without reading: its code tells */});
    await writer.close().catch(() => {/* as above */});
    const { code, stdout, stderr } = await child.output();
    const text = new TextDecoder();
    return { code, out: text.decode(stdout), err: text.decode(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { code: 127, out: "", err: `${name}: not found` };
    throw error;
  }
}
