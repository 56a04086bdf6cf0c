import type { Access, AccessOptions } from "./access.ts";
import type { ExecPlugin } from "./exec_plugin.ts";
import { isRecord } from "./kind.ts";
import { AccessError, checkPem, type Material } from "./material.ts";
import { checkServer } from "./server_url.ts";

/** One kubeconfig file, as text. */
export interface KubeconfigFile {
  readonly text: string;
  /** What relative paths in it are relative to. */
  readonly folder: string;
  /** For messages; empty for a text that was given. */
  readonly path: string;
}

type Json = Readonly<Record<string, unknown>>;
interface Entry {
  readonly value: Json;
  readonly file: KubeconfigFile;
  /** `kubeconfig /x, user "admin"` */
  readonly where: string;
}

/**
 * Reads kubeconfig files (v1 of client-go's clientcmd), merged as kubectl does: of several entries of one name the first
 * counts, relative paths belong to the file that holds them.
 *
 * @throws AccessError that names file, entry and key.
 */
export function readKubeconfig(files: readonly KubeconfigFile[], options: AccessOptions): Access {
  const parsed = files.map((file) => ({ file, value: parseFile(file, options.parseYaml) }));
  const label = labelOf(files);
  const current = parsed.map(({ value }) => value["current-context"]).find((name) => typeof name === "string" && name);
  const name = options.context || current;
  if (typeof name !== "string") throw new AccessError(`${label}: it has no current-context; name one with context`);
  const find = (list: string, item: string, wanted: unknown): Entry => {
    const names: string[] = [];
    for (const { file, value } of parsed) {
      for (const entry of listOf(value[list], `${labelOf([file])}: ${list}`)) {
        if (!isRecord(entry)) continue;
        if (entry["name"] === wanted) {
          const where = `${labelOf([file])}, ${item} ${JSON.stringify(wanted)}`;
          const inner = entry[item] ?? {};
          if (!isRecord(inner)) throw new AccessError(`${where}: it is no map`);
          return { value: inner, file, where };
        }
        names.push(JSON.stringify(entry["name"]));
      }
    }
    const there = names.length ? `it has ${names.join(", ")}` : "it has none";
    throw new AccessError(`${label}: there is no ${item} ${JSON.stringify(wanted)}; ${there}`);
  };
  const context = find("contexts", "context", name);
  const cluster = find("clusters", "cluster", text(context, "cluster"));
  const user = text(context, "user") ? find("users", "user", text(context, "user")) : { ...context, value: {} };
  return {
    ...clusterOf(cluster),
    ...userOf(user, cluster, options),
    namespace: text(context, "namespace") || "default",
    origin: `${label}, context ${JSON.stringify(name)}`,
  };
}

function clusterOf(entry: Entry): Pick<Access, "server" | "serverName" | "proxyUrl" | "ca"> {
  if (entry.value["insecure-skip-tls-verify"] === true) {
    throw new AccessError(
      `${entry.where}: insecure-skip-tls-verify is refused, since anyone on the way could answer as the API server; ` +
        "give certificate-authority instead",
    );
  }
  const server = text(entry, "server");
  if (!server) throw new AccessError(`${entry.where}: server is missing`);
  const proxyUrl = text(entry, "proxy-url");
  if (proxyUrl && !/^(https?|socks5h?):\/\/[^/]/.test(proxyUrl)) {
    throw new AccessError(`${entry.where}: proxy-url must begin with http://, https:// or socks5://`);
  }
  const ca = material(entry, "certificate-authority", "CERTIFICATE");
  return {
    server: checkServer(server, `${entry.where}: server`),
    serverName: text(entry, "tls-server-name"),
    proxyUrl,
    ...(ca && { ca }),
  };
}

function userOf(
  entry: Entry,
  cluster: Entry,
  options: AccessOptions,
): Pick<Access, "token" | "cert" | "key" | "exec" | "headers"> {
  for (const key of ["username", "password", "auth-provider"]) {
    if (key in entry.value) {
      throw new AccessError(
        `${entry.where}: ${key} is no longer known to Kubernetes; use a token, a certificate or exec`,
      );
    }
  }
  const cert = material(entry, "client-certificate", "CERTIFICATE");
  const key = material(entry, "client-key", "[A-Z ]*PRIVATE KEY");
  if (Boolean(cert) !== Boolean(key)) {
    const [there, missing] = cert ? ["client-certificate", "client-key"] : ["client-key", "client-certificate"];
    throw new AccessError(`${entry.where}: ${there} is given without ${missing}`);
  }
  const tokenFile = text(entry, "tokenFile");
  const inline = text(entry, "token");
  const token: Material | undefined = tokenFile
    ? { name: `${entry.where}: tokenFile`, path: absolute(tokenFile, entry.file) }
    : inline
    ? { name: `${entry.where}: token`, text: inline }
    : undefined;
  const exec = entry.value["exec"] === undefined ? undefined : execOf(entry, cluster, options);
  return {
    ...(token && { token }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(exec && { exec }),
    headers: impersonation(entry),
  };
}

function execOf(entry: Entry, cluster: Entry, options: AccessOptions): ExecPlugin {
  const exec = entry.value["exec"];
  const where = `${entry.where}: exec`;
  if (!isRecord(exec)) throw new AccessError(`${where}: it is no map`);
  const inner: Entry = { value: exec, file: entry.file, where };
  const command = text(inner, "command");
  if (!command) throw new AccessError(`${where}: command is missing`);
  const version = text(inner, "apiVersion");
  if (!/^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(version)) {
    throw new AccessError(
      `${where}: apiVersion ${JSON.stringify(version)} is not client.authentication.k8s.io/v1 or v1beta1`,
    );
  }
  const mode = text(inner, "interactiveMode") || "IfAvailable";
  if (!["Never", "IfAvailable", "Always"].includes(mode)) {
    throw new AccessError(`${where}: interactiveMode ${JSON.stringify(mode)} is not Never, IfAvailable or Always`);
  }
  if (mode === "Always" && !options.interactive) {
    throw new AccessError(`${where}: ${command} wants a terminal (interactiveMode: Always), and there is none`);
  }
  const args = listOf(exec["args"], `${where}: args`).map(String);
  const env = listOf(exec["env"], `${where}: env`).map((item) => {
    if (!isRecord(item) || typeof item["name"] !== "string") {
      throw new AccessError(`${where}: env needs name and value`);
    }
    return { name: item["name"], value: String(item["value"] ?? "") };
  });
  return {
    name: where,
    // A bare name is looked up in PATH, a relative path belongs to the file (as client-go).
    command: command.includes("/") ? absolute(command, entry.file) : command,
    args,
    env,
    apiVersion: version,
    interactive: mode !== "Never" && (options.interactive ?? false),
    installHint: text(inner, "installHint").split("\n")[0]!.trim(),
    ...(exec["provideClusterInfo"] === true && { cluster: clusterInfo(cluster) }),
  };
}

/** What an exec plugin is told of the cluster (client.authentication.k8s.io Cluster). */
function clusterInfo(cluster: Entry): Json {
  const extensions = listOf(cluster.value["extensions"], `${cluster.where}: extensions`);
  const own = extensions.find((item) => isRecord(item) && item["name"] === "client.authentication.k8s.io/exec");
  return {
    server: text(cluster, "server"),
    ...(text(cluster, "tls-server-name") && { "tls-server-name": text(cluster, "tls-server-name") }),
    ...(text(cluster, "certificate-authority-data") &&
      { "certificate-authority-data": text(cluster, "certificate-authority-data") }),
    ...(text(cluster, "proxy-url") && { "proxy-url": text(cluster, "proxy-url") }),
    config: isRecord(own) ? own["extension"] ?? null : null,
  };
}

function impersonation(entry: Entry): Record<string, string> {
  const headers: Record<string, string> = {};
  if (text(entry, "as")) headers["impersonate-user"] = text(entry, "as");
  if (text(entry, "as-uid")) headers["impersonate-uid"] = text(entry, "as-uid");
  const groups = listOf(entry.value["as-groups"], `${entry.where}: as-groups`);
  if (groups.length > 1) throw new AccessError(`${entry.where}: as-groups: one group at most is supported`);
  if (groups.length === 1) headers["impersonate-group"] = String(groups[0]);
  if (entry.value["as-user-extra"] !== undefined) {
    throw new AccessError(`${entry.where}: as-user-extra is not supported`);
  }
  return headers;
}

/** `KEY-data` (base64) or the file `KEY`; the former wins, as in client-go. */
function material(entry: Entry, key: string, label: string): Material | undefined {
  const data = text(entry, `${key}-data`);
  if (data) {
    const name = `${entry.where}: ${key}-data`;
    let pem: string;
    try {
      pem = new TextDecoder().decode(Uint8Array.from(atob(data.replaceAll(/\s/g, "")), (c) => c.charCodeAt(0)));
    } catch {
      throw new AccessError(`${name}: it is not base64`);
    }
    return { name, text: checkPem(pem, name, label) };
  }
  const path = text(entry, key);
  return path ? { name: `${entry.where}: ${key}`, path: absolute(path, entry.file) } : undefined;
}

function parseFile(file: KubeconfigFile, parseYaml: (text: string) => unknown): Json {
  let value: unknown;
  try {
    value = parseYaml(file.text);
  } catch (error) {
    // Only the first line: the parser quotes the source below it, and that may be a token.
    const reason = (error instanceof Error ? error.message : String(error)).split("\n")[0];
    throw new AccessError(`${labelOf([file])}: it cannot be parsed: ${reason}`);
  }
  if (!isRecord(value)) throw new AccessError(`${labelOf([file])}: it is no map`);
  return value;
}

function text(entry: Entry, key: string): string {
  const value = entry.value[key];
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw new AccessError(`${entry.where}: ${key} must be a string`);
  return value;
}

function listOf(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new AccessError(`${where}: it is no list`);
  return value;
}

function labelOf(files: readonly KubeconfigFile[]): string {
  return `kubeconfig ${files.map((file) => file.path).join(":")}`.trim();
}

function absolute(path: string, file: KubeconfigFile): string {
  return path.startsWith("/") ? path : `${file.folder}/${path}`;
}
