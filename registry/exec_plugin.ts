import { isRecord } from "./kind.ts";
import { AccessError, checkPem, reasonOf } from "./material.ts";

/** A credential plugin (client.authentication.k8s.io/v1 and v1beta1). */
export interface ExecPlugin {
  /** The key in the configuration, for messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly apiVersion: string;
  /** Whether it may use the terminal. */
  readonly interactive: boolean;
  /** What its author says to those who do not have it. */
  readonly installHint: string;
  /** What it is told of the cluster, where it asks for that. */
  readonly cluster?: Readonly<Record<string, unknown>>;
}

/** What a plugin gave. */
export interface ExecCredential {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Wall-clock milliseconds; absent: good until the server says 401. */
  readonly expires?: number;
}

/** A plugin that takes longer hangs: cloud command lines need 1 to 5 s, with a cold Python and retries up to 20. */
export const EXEC_LIMIT_MS = 60_000;
/** A person at a browser needs longer. */
const INTERACTIVE_LIMIT_MS = 300_000;
/** What a plugin may print. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/**
 * Runs a credential plugin once.
 *
 * @throws AccessError that names the key and the command, never its arguments, environment or standard output.
 */
export async function runExecPlugin(plugin: ExecPlugin, limit: number = EXEC_LIMIT_MS): Promise<ExecCredential> {
  const output = await run(plugin, plugin.interactive ? Math.max(limit, INTERACTIVE_LIMIT_MS) : limit);
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    throw problem(plugin, "it printed no JSON");
  }
  if (!isRecord(value) || value["kind"] !== "ExecCredential") throw problem(plugin, "it printed no ExecCredential");
  if (value["apiVersion"] !== plugin.apiVersion && !isKnownVersion(value["apiVersion"])) {
    throw problem(
      plugin,
      `it printed apiVersion ${JSON.stringify(value["apiVersion"])} instead of ${plugin.apiVersion}`,
    );
  }
  const status = value["status"];
  if (!isRecord(status)) throw problem(plugin, "its ExecCredential has no status");
  return credentialOf(plugin, status);
}

function credentialOf(plugin: ExecPlugin, status: Record<string, unknown>): ExecCredential {
  const field = (key: string) => (typeof status[key] === "string" ? status[key] : "");
  const [token, cert, key] = [field("token"), field("clientCertificateData"), field("clientKeyData")];
  if (!token && !cert && !key) throw problem(plugin, "its ExecCredential has neither token nor certificate");
  if (Boolean(cert) !== Boolean(key)) throw problem(plugin, "its ExecCredential has only one of certificate and key");
  if (cert) {
    checkPem(cert, `${plugin.name}: clientCertificateData`, "CERTIFICATE");
    checkPem(key, `${plugin.name}: clientKeyData`, "[A-Z ]*PRIVATE KEY");
  }
  const stamp = field("expirationTimestamp");
  const expires = stamp ? Date.parse(stamp) : undefined;
  if (Number.isNaN(expires)) throw problem(plugin, `its expirationTimestamp ${JSON.stringify(stamp)} is no time`);
  return { ...(token && { token }), ...(cert && { cert, key }), ...(expires !== undefined && { expires }) };
}

function isKnownVersion(version: unknown): boolean {
  return version === "client.authentication.k8s.io/v1" || version === "client.authentication.k8s.io/v1beta1";
}

async function run(plugin: ExecPlugin, limit: number): Promise<string> {
  const info = {
    apiVersion: plugin.apiVersion,
    kind: "ExecCredential",
    spec: { interactive: plugin.interactive, ...(plugin.cluster && { cluster: plugin.cluster }) },
  };
  const env = Object.fromEntries(plugin.env.map(({ name, value }) => [name, value]));
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(plugin.command, {
      args: [...plugin.args],
      env: { ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      stdin: plugin.interactive ? "inherit" : "null",
      stdout: "piped",
      stderr: plugin.interactive ? "inherit" : "piped",
      // A process group of its own, so that what it starts can be ended with it; one that asks people needs the terminal's.
      detached: !plugin.interactive,
    }).spawn();
  } catch (error) {
    const hint = plugin.installHint ? `; ${plugin.installHint}` : "";
    throw problem(plugin, `it cannot be started: ${reasonOf(error)}${hint}`);
  }
  let late = false;
  const kill = () => {
    try {
      Deno.kill(plugin.interactive ? child.pid : -child.pid, "SIGKILL");
    } catch {
      // It ended by itself, and everything that it had started.
    }
  };
  // A grandchild may keep the pipes open after the kill, so the limit ends the waiting too.
  const { promise: limitPassed, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => {
    late = true;
    kill();
    resolve(undefined);
  }, limit);
  try {
    const stderr = plugin.interactive ? Promise.resolve("") : readText(child.stderr, limitPassed);
    const stdout = await readText(child.stdout, limitPassed);
    const status = await Promise.race([child.status, limitPassed]);
    if (late || !status) throw problem(plugin, `it did not end within ${limit / 1000} s`);
    if (!status.success) {
      const said = (await stderr).trim().split("\n").at(-1)?.slice(0, 200);
      throw problem(plugin, `it failed with exit code ${status.code}${said ? `: ${said}` : ""}`);
    }
    return stdout;
  } finally {
    clearTimeout(timer);
    kill();
  }
}

/** Reads a pipe to its end, or until the limit passed. */
async function readText(stream: ReadableStream<Uint8Array<ArrayBuffer>>, limit: Promise<undefined>): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let size = 0;;) {
    const next = await Promise.race([reader.read(), limit]);
    if (!next || next.done) break;
    size += next.value.length;
    if (size > MAX_OUTPUT_BYTES) break;
    text += decoder.decode(next.value, { stream: true });
  }
  await reader.cancel();
  return text;
}

function problem(plugin: ExecPlugin, what: string): AccessError {
  return new AccessError(`${plugin.name}: ${plugin.command}: ${what}`);
}
