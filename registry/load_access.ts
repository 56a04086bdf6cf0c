import type { Access, AccessOptions } from "./access.ts";
import { readKubeconfig } from "./kubeconfig.ts";
import { AccessError, reasonOf } from "./material.ts";
import { checkServer } from "./server_url.ts";

const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * Finds out how to reach the API server: by an explicit server, else a kubeconfig, else the service account of the pod
 * that this process runs in. Nothing but what the options name is read.
 *
 * @throws AccessError with one sentence that names the key or file.
 */
export async function loadAccess(options: AccessOptions): Promise<Access> {
  const env = options.env ?? ((name) => Deno.env.get(name));
  if (options.server) {
    if (options.kubeconfig || options.kubeconfigText) {
      throw new AccessError("server and kubeconfig are both given: keep one of them");
    }
    return explicitAccess(options, options.server);
  }
  for (const key of ["caFile", "tokenFile", "certFile", "keyFile"] as const) {
    if (options[key]) throw new AccessError(`${key} is given without server`);
  }
  if (options.exec?.command) throw new AccessError("exec is given without server");
  if (options.kubeconfigText !== undefined) {
    const text = options.kubeconfigText;
    return readKubeconfig([{ text, folder: Deno.cwd(), path: "" }], options);
  }
  const paths = options.kubeconfig || (options.operator ? await operatorPaths(env) : "");
  if (paths) {
    const named = options.kubeconfig !== undefined && options.kubeconfig !== "";
    const load = async (): Promise<Access> => ({
      ...readKubeconfig(await readFiles(paths, named), options),
      reload: load,
    });
    return await load();
  }
  return await inClusterAccess(options.serviceAccountFolder ?? SERVICE_ACCOUNT_FOLDER, env, options.operator ?? false);
}

function explicitAccess(options: AccessOptions, server: string): Access {
  const { caFile, tokenFile, certFile, keyFile, exec } = options;
  if (Boolean(certFile) !== Boolean(keyFile)) {
    throw new AccessError(`${certFile ? "certFile" : "keyFile"} is given without ${certFile ? "keyFile" : "certFile"}`);
  }
  if (exec?.command && tokenFile) throw new AccessError("tokenFile and exec are both given: keep one of them");
  return {
    server: checkServer(server, "server"),
    serverName: "",
    proxyUrl: "",
    ...(caFile && { ca: { name: "caFile", path: caFile } }),
    ...(tokenFile && { token: { name: "tokenFile", path: tokenFile } }),
    ...(certFile && { cert: { name: "certFile", path: certFile } }),
    ...(keyFile && { key: { name: "keyFile", path: keyFile } }),
    ...(exec?.command && {
      exec: {
        name: "exec",
        command: exec.command,
        args: exec.args ?? [],
        env: exec.env ?? [],
        apiVersion: "client.authentication.k8s.io/v1",
        interactive: options.interactive ?? false,
        installHint: "",
      },
    }),
    headers: {},
    namespace: "default",
    origin: `server ${server}`,
  };
}

async function inClusterAccess(
  folder: string,
  env: (name: string) => string | undefined,
  operator: boolean,
): Promise<Access> {
  const [host, port] = [env("KUBERNETES_SERVICE_HOST"), env("KUBERNETES_SERVICE_PORT")];
  if (!host || !port) {
    throw new AccessError(
      operator
        ? "no cluster is configured: set KUBECONFIG, or cluster.kubeconfig in the configuration"
        : "no cluster is configured: set cluster.kubeconfig, or cluster.server with caFile and tokenFile",
    );
  }
  let namespace: string;
  try {
    namespace = (await Deno.readTextFile(`${folder}/namespace`)).trim();
  } catch (error) {
    throw new AccessError(`the pod's service account: cannot read ${folder}/namespace: ${reasonOf(error)}`);
  }
  return {
    server: checkServer(`https://${host.includes(":") ? `[${host}]` : host}:${port}`, "KUBERNETES_SERVICE_HOST"),
    serverName: "",
    proxyUrl: "",
    ca: { name: "the pod's service account", path: `${folder}/ca.crt` },
    token: { name: "the pod's service account", path: `${folder}/token` },
    headers: {},
    namespace,
    origin: `service account of the pod in namespace ${JSON.stringify(namespace)}`,
  };
}

/** As kubectl looks: every file of $KUBECONFIG, else ~/.kube/config if it is there. */
async function operatorPaths(env: (name: string) => string | undefined): Promise<string> {
  const listed = env("KUBECONFIG");
  if (listed) return listed;
  const home = env("HOME");
  if (!home) return "";
  const path = `${home}/.kube/config`;
  return await Deno.stat(path).then(() => path, () => "" /* most machines have none */);
}

async function readFiles(paths: string, named: boolean) {
  const files = [];
  for (const path of paths.split(":").filter((path) => path !== "")) {
    try {
      const text = await Deno.readTextFile(path);
      files.push({ text, folder: folderOf(path), path });
    } catch (error) {
      // kubectl, too, goes on without a file of a longer list.
      if (error instanceof Deno.errors.NotFound && !named && paths.includes(":")) continue;
      throw new AccessError(`kubeconfig: cannot read ${path}: ${reasonOf(error)}`);
    }
  }
  if (files.length === 0) throw new AccessError(`kubeconfig: none of ${paths} exists`);
  return files;
}

/** Relative paths in a kubeconfig are relative to the file as it was named, not to where a link leads. */
function folderOf(path: string): string {
  const absolute = path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
  return absolute.replace(/\/[^/]*$/, "") || "/";
}
