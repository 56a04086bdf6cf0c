import * as assert from "uvu/assert";
import { parseAllDocuments } from "yaml";
import { endToEnd } from "../end_to_end.ts";
import { buildKube, KubeApiserver } from "./kube_apiserver.ts";

/** The role that docs/join-a-vm.md tells to make is what the agent needs: enough of it, and no more than it uses. */
const test = await endToEnd<{ server: KubeApiserver }>(
  "the documented role",
  async () => await buildKube() || undefined,
);
const ROOT = new URL("../..", import.meta.url).pathname;
const NAMESPACE = "/namespaces/bookinfo";
const READY_WITHIN_MS = 30_000;

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** What the page's first shell block has kubectl create and apply. */
async function documented(): Promise<Manifest[]> {
  const page = await Deno.readTextFile(`${ROOT}docs/join-a-vm.md`);
  const lines = /```sh\n([^]*?)```/.exec(page)![1]!.trim().split("\n");
  const manifests = await Promise.all(lines.map(async (line) => {
    const [, namespace, name] = /^kubectl -n (\S+) create serviceaccount (\S+)$/.exec(line) ?? [];
    if (namespace && name) return [{ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } }];
    const [, verb] = /^moorline (manifests .*) \| kubectl apply -f -$/.exec(line) ?? [];
    assert.ok(verb, `the page's line is not understood here: ${line}`);
    const args = ["run", "-A", "--quiet", "--no-check", `${ROOT}cli.ts`, ...verb.split(" ")];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
    return parseAllDocuments(new TextDecoder().decode(stdout)).map((document) => document.toJS());
  }));
  return manifests.flat();
}

async function create(server: KubeApiserver, path: string, manifest: unknown): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const response = await server.request(path, { method: "POST", headers, body: JSON.stringify(manifest) });
  const body = await response.text();
  assert.ok(response.ok, `${path}: ${response.status} ${body}`);
  return JSON.parse(body);
}

function pathOf({ apiVersion, kind, metadata }: Manifest): string {
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${group}${metadata.namespace ? NAMESPACE : ""}/${kind.toLowerCase().replace(/y$/, "ie")}s`;
}

test.before(async (context) => {
  context.server = await KubeApiserver.start();
  const { server } = context;
  await create(server, "/api/v1/namespaces", { metadata: { name: "bookinfo" } });
  await create(server, `/apis/networking.istio.io/v1${NAMESPACE}/workloadgroups`, {
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadGroup",
    metadata: { name: "reviews-vm" },
    spec: { metadata: { labels: { app: "reviews" } }, template: { ports: { http: 9080 }, serviceAccount: "vm" } },
  });
  for (const manifest of await documented()) await create(server, pathOf(manifest), manifest);
});

test.after(async ({ server }) => {
  await server?.stop();
});

/** A folder with the account's token and a configuration that uses it. */
async function configure(server: KubeApiserver): Promise<string> {
  const folder = await Deno.makeTempDir();
  const token = `/api/v1${NAMESPACE}/serviceaccounts/moorline-vm1/token`;
  const { status } = await create(server, token, { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" }) as {
    status: { token: string };
  };
  await Deno.writeTextFile(`${folder}/token`, status.token);
  const lines = [
    `cluster: {server: "${server.url}", caFile: ${server.pki.caFile}, tokenFile: token}`,
    "workload: {namespace: bookinfo, group: reviews-vm, address: 192.0.2.7, drain: 0s}",
    `dns: {listen: ["127.0.0.1:0"], upstream: ["127.0.0.1:2"]}`,
    `admin: {socket: ${folder}/admin.sock, listen: ""}`,
    `state: ${folder}/state`,
  ];
  await Deno.writeTextFile(`${folder}/moorline.yaml`, lines.join("\n"));
  return folder;
}

/** `moorline ...` with that folder's configuration. */
function moorline(folder: string, ...args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", `${ROOT}cli.ts`, ...args, "--config", `${folder}/moorline.yaml`],
    cwd: folder,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs the agent until it says that it is ready, then stops it; returns its last status and what it logged. */
async function liveOnce(folder: string): Promise<{ status: string; log: string }> {
  const agent = moorline(folder, "run").spawn();
  const deadline = performance.now() + READY_WITHIN_MS;
  let said = "";
  while (performance.now() < deadline) {
    const { code, stdout } = await moorline(folder, "status", "-o", "json").output();
    said = new TextDecoder().decode(stdout);
    if (code === 0) break;
  }
  agent.kill("SIGTERM");
  const { stderr } = await agent.output();
  return { status: said, log: new TextDecoder().decode(stderr) };
}

test("check finds every permission granted", async ({ server }) => {
  const folder = await configure(server);
  try {
    const { stdout } = await moorline(folder, "check", "-o", "json").output();
    const { checks } = JSON.parse(new TextDecoder().decode(stdout)) as { checks: { name: string; ok: boolean }[] };
    const cluster = checks.filter(({ name }) => name.startsWith("cluster "));
    assert.ok(cluster.length >= 8, "check asked for hardly anything");
    assert.equal(cluster.filter(({ ok }) => !ok), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("an agent with that account reads all kinds, registers, beats and deregisters, and is refused nothing", async (context) => {
  const { server } = context;
  const folder = await configure(server);
  try {
    const { status, log } = await liveOnce(folder);
    const { ready, clusters } = JSON.parse(status);
    assert.ok(ready, log);
    assert.is(clusters.length, 1);
    assert.not.match(status + log, /forbidden/i);
    assert.match(log, /the workload is registered/);
    for (const kind of ["networking.istio.io/v1", "coordination.k8s.io/v1"]) {
      const plural = kind.startsWith("coordination") ? "leases" : "workloadentries";
      const left = await (await server.request(`/apis/${kind}${NAMESPACE}/${plural}`)).json();
      assert.equal(left.items.map((item: Manifest) => item.metadata.name), [], `${plural} left behind: ${log}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test.run();
