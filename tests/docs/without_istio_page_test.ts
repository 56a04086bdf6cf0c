import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse, parseAllDocuments } from "yaml";
import { eventually } from "../../agent/demo/eventually.ts";
import { ApiServer, coreKinds } from "../../registry/server/mod.ts";

/** docs/without-istio.md, done as it says, against an API server that has no Istio and lets nobody do what was not granted. */
const test = suite("docs/without-istio.md");
const ROOT = new URL("../..", import.meta.url).pathname;
const page = await Deno.readTextFile(`${ROOT}docs/without-istio.md`);

/** The code blocks of a language, in order. */
function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp("```" + language + "\\n([^]*?)```", "g"))].map((match) => match[1]!);
}

function moorline(folder: string, args: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", `${ROOT}cli.ts`, ...args],
    cwd: folder,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** The cluster as the page expects it: a namespace, a Service, the VM's account, and the rights that the page prints. */
async function cluster(folder: string): Promise<{ server: ApiServer; url: string }> {
  const account = { username: "system:serviceaccount:shop:moorline-vm1", groups: ["system:serviceaccounts"] };
  const server = new ApiServer({ kinds: coreKinds, access: "rbac", users: { "vm-token": account } });
  const { admin } = server;
  admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  admin.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "moorline-vm1", namespace: "shop" } });
  admin.create({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "stock", namespace: "shop" },
    spec: { selector: { app: "stock" }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
  });
  const [command = ""] = blocks("sh");
  const args = /^moorline (manifests .*) \| kubectl apply -f -$/m.exec(command)![1]!.split(" ");
  const { stdout, success } = await moorline(folder, args).output();
  assert.ok(success, command);
  for (const document of parseAllDocuments(new TextDecoder().decode(stdout))) admin.create(document.toJS());
  return { server, url: server.listen().url };
}

/** Waits until the readiness of our endpoint is as wanted; undefined while there is no slice of ours. */
async function readyIs(server: ApiServer, wanted: boolean | undefined): Promise<void> {
  await eventually(`the slice's endpoint is ${wanted}`, () => {
    const slice = server.admin.list("EndpointSlice", "shop").find(({ metadata }) =>
      metadata.labels?.["endpointslice.kubernetes.io/managed-by"] === "moorline"
    );
    const [endpoint] = (slice?.["endpoints"] ?? []) as { conditions: { ready: boolean } }[];
    return Promise.resolve(endpoint?.conditions.ready === wanted);
  });
}

test("the VM stands behind the Service while its application works, and is gone after it", async () => {
  const folder = await Deno.makeTempDir();
  let healthy = true;
  const application = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
    return new Response(null, { status: healthy && url.endsWith("/healthz") ? 200 : 503 });
  });
  const { server, url } = await cluster(folder);
  const [configuration = "", group = ""] = blocks("yaml");
  const config = parse(configuration);
  config.cluster = { server: url, tokenFile: "token" };
  config.workload = { ...config.workload, address: "192.0.2.7", drain: "0s" };
  config.dns = { listen: ["127.0.0.1:0"], upstream: ["127.0.0.1:2"] };
  config.admin = { socket: `${folder}/admin.sock`, listen: "" };
  config.state = `${folder}/state`;
  const quicker = group.replaceAll("8080", String(application.addr.port)).replace(
    "periodSeconds: 5",
    "periodSeconds: 1",
  );
  await Deno.writeTextFile(`${folder}/moorline.yaml`, JSON.stringify(config));
  await Deno.writeTextFile(`${folder}/group.yaml`, quicker);
  await Deno.writeTextFile(`${folder}/token`, "vm-token");
  const agent = moorline(folder, ["run", "--config", `${folder}/moorline.yaml`]).spawn();
  try {
    await readyIs(server, true);
    healthy = false;
    await readyIs(server, false);
    healthy = true;
    await readyIs(server, true);
    agent.kill("SIGTERM");
    await readyIs(server, undefined);
  } finally {
    try {
      agent.kill("SIGKILL");
    } catch {
      // It has ended, as it should.
    }
    const { stderr } = await agent.output();
    const log = new TextDecoder().decode(stderr);
    await server.close();
    await application.shutdown();
    await Deno.remove(folder, { recursive: true });
    assert.not.match(log, /forbidden/i);
  }
});

test.run();
