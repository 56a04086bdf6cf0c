import type { KubeApiserver } from "./kube_apiserver.ts";

/** What tests put into a real cluster before they begin: namespaces, manifests of any kind, tokens, policies in force. */

export interface ClusterManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

async function succeed(what: string, response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${what} was refused: ${text}`);
  return JSON.parse(text);
}

/** The path of an object, its plural being what discovery says of its kind. */
export async function objectPath(
  server: KubeApiserver,
  { apiVersion, kind, metadata }: ClusterManifest,
): Promise<string> {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const list = await succeed(`discovery of ${apiVersion}`, await server.request(root));
  const resources = list.resources as { name: string; kind: string; namespaced: boolean }[];
  const resource = resources.find((resource) => resource.kind === kind && !resource.name.includes("/"));
  if (!resource) throw new Error(`${apiVersion} has no kind ${kind}`);
  const scope = resource.namespaced ? `/namespaces/${metadata.namespace ?? "default"}` : "";
  return `${root}${scope}/${resource.name}/${metadata.name}`;
}

/** Applies manifests in their order, as `kubectl apply --server-side` does. */
export async function applyManifests(server: KubeApiserver, manifests: readonly ClusterManifest[]): Promise<void> {
  for (const manifest of manifests) {
    const path = await objectPath(server, manifest);
    const response = await server.request(`${path}?fieldManager=test&force=true`, {
      method: "PATCH",
      headers: { "content-type": "application/apply-patch+yaml" },
      body: JSON.stringify(manifest),
    });
    await succeed(`${manifest.kind} ${manifest.metadata.name}`, response);
  }
}

export interface TokenWishes {
  readonly audiences?: readonly string[];
  readonly expirationSeconds?: number;
  readonly boundObjectRef?: { readonly apiVersion: string; readonly kind: string; readonly name: string };
}

/** A token of an existing service account, as the administrator may ask for it. */
export async function serviceAccountToken(
  server: KubeApiserver,
  namespace: string,
  name: string,
  spec: TokenWishes = {},
): Promise<string> {
  const response = await server.request(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec }),
  });
  const made = await succeed(`a token of ${namespace}/${name}`, response);
  return (made.status as { token: string }).token;
}

/** The jti claim of a token: with `JTI=` before it, its credential id. */
export function tokenId(token: string): string {
  const claims = atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/"));
  return (JSON.parse(claims) as { jti: string }).jti;
}

const IN_FORCE_WITHIN_MS = 30_000;
const ASK_AGAIN_MS = 100;

/**
 * Waits until a policy or a role binding is in force: new ones take a second or two.
 * @param attempt a request that they decide about, best a dry run.
 * @param expected the code that it must come to.
 */
export async function untilAnswered(attempt: () => Promise<Response>, expected: number): Promise<void> {
  const until = performance.now() + IN_FORCE_WITHIN_MS;
  let last = "";
  while (performance.now() < until) {
    const response = await attempt();
    last = `${response.status} ${await response.text()}`;
    if (response.status === expected) return;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
  throw new Error(`no answer ${expected} within ${IN_FORCE_WITHIN_MS / 1000} s, the last was ${last}`);
}
