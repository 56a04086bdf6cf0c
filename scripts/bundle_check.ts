import { RUNTIME_FLAGS } from "./runtime_flags.ts";

/** One command that must work in what is shipped. */
interface Check {
  readonly args: readonly string[];
  /** What standard output must hold. */
  readonly shows: RegExp;
}

/** Long enough for `demo --once` on a busy machine; none of the others takes a second. */
const LIMIT_MS = 120_000;

const CHECKS: readonly Check[] = [
  { args: ["--version"], shows: /^moorline \d+\.\d+\.\d+/m },
  { args: ["--help"], shows: /\brun\b/ },
  { args: ["config", "print"], shows: /^dns:/m },
  { args: ["config", "schema"], shows: /\$schema/ },
  { args: ["demo", "--once"], shows: /\S/ },
];

/** Runs one program to its end, in an empty folder, with nothing of this environment but a place for temporary files. */
async function runAlone(
  command: readonly string[],
  folder: string,
): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command[0]!, {
    args: command.slice(1),
    cwd: folder,
    clearEnv: true,
    env: { HOME: folder, TMPDIR: folder, DENO_DIR: `${folder}/deno`, PATH: "/usr/bin:/bin", NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(LIMIT_MS),
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

/** How the bundle in a folder is started: as the launcher of the package does it, without a checkout or a cache. */
export function bundleCommand(deno: string, folder: string): string[] {
  return [deno, "run", ...RUNTIME_FLAGS, "--no-config", "--no-lock", "--no-remote", "--no-npm", `${folder}/cli.js`];
}

/**
 * Runs what is shipped as a whole: version, help, configuration, and the demo, which starts the agent with all its
 * parts. Returns one sentence for each check that did not hold.
 */
export async function checkProgram(command: readonly string[]): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "moorline-check-" });
  const problems: string[] = [];
  try {
    for (const { args, shows } of CHECKS) {
      const { code, out, err } = await runAlone([...command, ...args], folder);
      const last = err.trim().split("\n").slice(-5).join("\n");
      if (code !== 0) problems.push(`${args.join(" ")}: exit code ${code}: ${last}`);
      else if (!shows.test(out)) {
        problems.push(`${args.join(" ")}: ${shows} is not in its output: ${out.slice(0, 200)}`);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return problems;
}
