import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ApiServer } from "../../../registry/server/mod.ts";

const test = suite("register_command");
const folder = await Deno.makeTempDir();
const server = new ApiServer({});
const { url } = server.listen({ hostname: "127.0.0.1", port: 0 });
server.admin.create({ kind: "Namespace", metadata: { name: "bookinfo" } });
server.admin.create({
  apiVersion: "networking.istio.io/v1",
  kind: "WorkloadGroup",
  metadata: { name: "vm", namespace: "bookinfo" },
  spec: { metadata: { labels: { app: "reviews" } }, template: { serviceAccount: "vm" } },
});
await Deno.writeTextFile(
  `${folder}/moorline.yaml`,
  JSON.stringify({
    cluster: { server: url },
    workload: { namespace: "bookinfo", group: "vm", address: "10.7.7.7" },
    state: "state",
    log: { level: "error" },
  }),
);

test.after(async () => {
  await server.close();
  await Deno.remove(folder, { recursive: true });
});

async function moorline(...args: string[]) {
  const cli = new URL("../../../cli.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", cli, ...args, "--config", `${folder}/moorline.yaml`],
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

test("register writes a static entry once, deregister takes it away", async () => {
  const created = await moorline("register");
  assert.equal(created, { code: 0, out: "WorkloadEntry bookinfo/vm-10.7.7.7: created\n", err: "" });
  const [entry] = server.admin.list("WorkloadEntry", "bookinfo");
  const { metadata } = entry as { metadata: { annotations: Record<string, string>; labels: Record<string, string> } };
  assert.is(metadata.annotations["moorline.dev/static"], "true");
  assert.not("istio.io/connectedAt" in metadata.annotations);
  assert.equal(server.admin.list("Lease", "bookinfo"), []);
  const again = await moorline("register", "-o", "json");
  assert.equal(JSON.parse(again.out), {
    objects: [{ kind: "WorkloadEntry", namespace: "bookinfo", name: "vm-10.7.7.7", act: "unchanged" }],
  });
  assert.is((await moorline("deregister")).out, "WorkloadEntry bookinfo/vm-10.7.7.7: removed\n");
  assert.equal(server.admin.list("WorkloadEntry", "bookinfo"), []);
  assert.is((await moorline("deregister")).out, "WorkloadEntry bookinfo/vm-10.7.7.7: absent\n");
});

test("what cannot be done is one line, with the exit code of its kind", async () => {
  const missing = await moorline("register", "--set", "workload.group=none");
  assert.is(missing.code, 1);
  assert.match(missing.err, /^moorline: .*bookinfo\/none.*\n$/);
  const nothing = await moorline("register", "--set", "workload.group=");
  assert.is(nothing.code, 2);
  assert.match(nothing.err, /^moorline: workload\.group is empty.*\n$/);
  const unreadable = await moorline("register", "--set", "cluster.server=", "--set", "cluster.kubeconfig=/none");
  assert.is(unreadable.code, 2);
  assert.match(unreadable.err, /^moorline: .*\/none.*\n$/);
  const away = await moorline("register", "--set", "cluster.server=http://127.0.0.1:2");
  assert.is(away.code, 1);
  assert.match(away.err, /^moorline: [^\n]+\n$/);
});

test.run();
