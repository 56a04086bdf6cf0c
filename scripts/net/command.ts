/** How a command ended, and what it said. */
export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CommandOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Nothing that the end-to-end tests run takes longer unless they say so. */
  readonly limitMs?: number;
}

const DEFAULT_LIMIT_MS = 60_000;

/** Runs a command to its end and returns what it said. A command that does not exist is exit code 127, as in a shell. */
export async function runCommand(command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program = "", ...args] = command;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      ...(options.env ? { env: options.env } : {}),
      signal: AbortSignal.timeout(options.limitMs ?? DEFAULT_LIMIT_MS),
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { code: 127, out: "", err: `${program}: not found` };
    throw error;
  }
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.stdin));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

/** Runs a command that has to succeed; returns its standard output without the last newline, or throws what it said. */
export async function must(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, out, err } = await runCommand(command, options);
  if (code !== 0) throw new Error(`${command.join(" ")}: exit code ${code}: ${(err || out).trim().slice(-1500)}`);
  return out.trimEnd();
}
