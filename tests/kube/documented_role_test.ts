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

/** The objects of the page's first YAML block. */
async function documented(): Promise<Manifest[]> {
  const page = await Deno.readTextFile(`${ROOT}docs/join-a-vm.md`);
  const yaml = /```yaml\n([^]*?)```/.exec(page)![1]!;
  return parseAllDocuments(yaml).map((document) => document.toJS());
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
  return `${group}${metadata.namespace ? NAMESPACE : ""}/${kind.toLowerCase()}s`;
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

/** The agent in a process of its own, with the account's token; `state` is what it says of itself when it is ready. */
async function runAgent(server: KubeApiserver, folder: string): Promise<{ status: string; log: string }> {
  const token = `/api/v1${NAMESPACE}/serviceaccounts/moorline-vm1/token`;
  const { status } = await create(server, token, { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" }) as {
    status: { token: string };
  };
  await Deno.writeTextFile(`${folder}/token`, status.token);
  await Deno.writeTextFile(
    `${folder}/moorline.yaml`,
    [
      `cluster: {server: "${server.url}", caFile: ${server.pki.caFile}, tokenFile: token}`,
      "workload: {namespace: bookinfo, group: reviews-vm, address: 192.0.2.7, drain: 0s}",
      `dns: {listen: ["127.0.0.1:0"], upstream: ["127.0.0.1:2"]}`,
      `admin: {socket: ${folder}/admin.sock, listen: ""}`,
      `state: ${folder}/state`,
    ].join("\n"),
  );
  const moorline = ["run", "-A", "--quiet", "--no-check", `${ROOT}cli.ts`];
  const options = { cwd: folder, stdin: "null", stdout: "null", stderr: "piped" } as const;
  const config = ["--config", `${folder}/moorline.yaml`];
  const agent = new Deno.Command(Deno.execPath(), { args: [...moorline, "run", ...config], ...options }).spawn();
  const deadline = performance.now() + READY_WITHIN_MS;
  let said = "";
  while (performance.now() < deadline) {
    const asked = await new Deno.Command(Deno.execPath(), {
      args: [...moorline, "status", ...config, "-o", "json"],
      ...options,
      stdout: "piped",
    }).output();
    said = new TextDecoder().decode(asked.stdout);
    if (asked.code === 0) break;
  }
  agent.kill("SIGTERM");
  const { stderr } = await agent.output();
  return { status: said, log: new TextDecoder().decode(stderr) };
}

test("an agent with that account reads all kinds, registers, beats and deregisters, and is refused nothing", async (context) => {
  const { server } = context;
  const folder = await Deno.makeTempDir();
  try {
    const { status, log } = await runAgent(server, folder);
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
