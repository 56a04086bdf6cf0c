/**
 * A child process that cannot outlive the test. It runs under a shell that waits for its own standard input to close:
 * the kernel closes that pipe however the test process ends, SIGKILL included, and the shell then ends the child.
 */
export interface SupervisedProcess {
  readonly name: string;
  /** Settles with the exit code when the process has ended by itself or by `stop`. */
  readonly exited: Promise<number>;
  /** What it has written last to standard error and output, for messages when it fails. */
  tail(): string;
  /** SIGTERM, SIGKILL after five seconds; resolves when it is gone. */
  stop(): Promise<void>;
}

const KEPT_BYTES = 8_000;
const SHELL = `
directory=$1; shift
exec 3<&0
"$@" </dev/null 3<&- & child=$!
{ cat <&3 >/dev/null; kill -TERM $child 2>/dev/null; i=0
  while kill -0 $child 2>/dev/null && [ $i -lt 50 ]; do sleep 0.1; i=$((i + 1)); done
  kill -KILL $child 2>/dev/null; [ -n "$directory" ] && rm -rf "$directory"; } &
exec 3<&-
wait $child`;

/** @param directory removed with the process, whoever ends it; the empty string for none. */
export function superviseProcess(
  name: string,
  command: string,
  args: readonly string[],
  directory = "",
): SupervisedProcess {
  const child = new Deno.Command("sh", {
    args: ["-c", SHELL, "sh", directory, command, ...args],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let kept = "";
  const read = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      kept = (kept + text).slice(-KEPT_BYTES);
    }
  })();
  const exited = child.status.then(({ code }) => code);
  let closed: Promise<void> | undefined;
  return {
    name,
    exited,
    tail: () => kept,
    stop: async () => {
      closed ??= child.stdin.close();
      await closed;
      await exited;
      await read;
    },
  };
}
