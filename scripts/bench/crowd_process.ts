import { TextLineStream } from "./text_line_stream.ts";

/** `service_crowd.ts` in a process of its own. */
export interface CrowdProcess {
  readonly url: string;
  /** Creates a Service in namespace `space-0`; returns the milliseconds since 1970 at which it was there. */
  add(name: string): Promise<number>;
  stop(): Promise<void>;
}

/** Starts an API server with `count` Services; resolves when they are there. */
export async function startCrowd(count: number): Promise<CrowdProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", new URL("service_crowd.ts", import.meta.url).pathname, String(count)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream()).getReader();
  const input = child.stdin.getWriter();
  const next = async () => {
    const { value } = await lines.read();
    if (value === undefined) throw new Error("the API server of the benchmark ended");
    return value;
  };
  const url = await next();
  return {
    url,
    add: async (name) => {
      await input.write(new TextEncoder().encode(`${name}\n`));
      return Number(await next());
    },
    stop: async () => {
      await input.close();
      await lines.cancel();
      child.kill("SIGKILL");
      await child.status;
    },
  };
}
