import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ApiServer } from "../../../registry/server/mod.ts";

const test = suite("fleet and collect");
const folder = await Deno.makeTempDir();
const server = new ApiServer({});
const { url } = server.listen({ hostname: "127.0.0.1", port: 0 });
const BEAT = "2020-01-01T00:00:00.000000Z";
server.admin.create({ kind: "Namespace", metadata: { name: "shop" } });
for (const [name, isStatic] of [["vm-10.0.0.1", false], ["vm-10.0.0.2", true]] as const) {
  server.admin.create({
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadEntry",
    metadata: {
      name,
      namespace: "shop",
      labels: { app: "cart" },
      annotations: {
        "moorline.dev/agent-id": `agent-of-${name}`,
        "moorline.dev/version": "1.2.3",
        "istio.io/autoRegistrationGroup": "vm",
        ...(isStatic && { "moorline.dev/static": "true" }),
      },
    },
    spec: { address: name.slice(3), ports: { http: 8080 } },
  });
}
server.admin.create({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: "vm-10.0.0.1", namespace: "shop", labels: { "app.kubernetes.io/managed-by": "moorline" } },
  spec: { holderIdentity: "agent-of-vm-10.0.0.1", renewTime: BEAT, leaseDurationSeconds: 1 },
});
await Deno.writeTextFile(`${folder}/moorline.yaml`, JSON.stringify({ cluster: { server: url } }));

test.after(async () => {
  await server.close();
  await Deno.remove(folder, { recursive: true });
});

function spawn(...args: string[]) {
  const cli = new URL("../../../cli.ts", import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", cli, ...args, "--config", `${folder}/moorline.yaml`],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function moorline(...args: string[]) {
  const { code, stdout, stderr } = await spawn(...args).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

test("fleet lists every machine, and the same shape when there is none", async () => {
  const { code, out, err } = await moorline("fleet");
  assert.equal([code, err], [0, ""]);
  const [heading, first, second] = out.split("\n");
  assert.match(heading!, /^VM +GROUP +ADDRESS +VERSION +HEALTH +LAST BEAT$/);
  assert.match(first!, /^shop\/vm-10\.0\.0\.1 +vm +10\.0\.0\.1 +1\.2\.3 +healthy +\d+d ago$/);
  assert.match(second!, /^shop\/vm-10\.0\.0\.2 .* static$/);
  const { vms } = JSON.parse((await moorline("fleet", "-o", "json", "-n", "shop")).out);
  assert.equal([vms.length, vms[0].lastBeat, vms[0].agentId], [2, BEAT, "agent-of-vm-10.0.0.1"]);
  assert.equal(JSON.parse((await moorline("fleet", "-o", "json", "-n", "default")).out), { vms: [] });
});

test("fleet without the right to read says which", async () => {
  server.faults.add({ path: /leases/, action: { type: "status", code: 403, reason: "Forbidden" } });
  const { code, err } = await moorline("fleet");
  server.faults.clear();
  assert.is(code, 1);
  assert.match(err, /^moorline: the account may not list leases[^\n]*\n$/);
});

test("fleet and collect --once end when nothing listens there", async () => {
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = free.addr as Deno.NetAddr;
  free.close();
  for (const verb of [["fleet"], ["collect", "--once"]]) {
    const { code, err } = await moorline(...verb, "--set", `cluster.server=http://127.0.0.1:${port}`);
    assert.is(code, 1);
    assert.match(err, /^moorline: cannot [^\n]*nothing listens there[^\n]*\n$/m);
  }
});

/** Flags that are wrong, and what the error names. */
for (
  const [flag, value, word] of [
    ["--max-share", "2", "a share from 0 to 1"],
    ["--max-share", "many", "a share from 0 to 1"],
    ["--unhealthy-after", "5", "a duration"],
    ["--delete-after", "10s", "is shorter than --unhealthy-after"],
  ]
) {
  test(`collect ${flag} ${value}: exit 2`, async () => {
    const { code, err } = await moorline("collect", flag!, value!);
    assert.is(code, 2);
    assert.ok(err.startsWith(`moorline: ${flag}`) && err.includes(word!), err);
  });
}

test("collect --once removes the dead, and leaves the static alone", async () => {
  const args = ["collect", "--once", "--unhealthy-after", "1s", "--delete-after", "1s", "--max-share", "1"];
  const dry = await moorline(...args, "--dry-run");
  assert.is(dry.code, 0, dry.err);
  assert.is(server.admin.list("WorkloadEntry", "shop").length, 2, "a dry run does nothing");
  const { code, err } = await moorline(...args);
  assert.is(code, 0, err);
  const left = server.admin.list("WorkloadEntry", "shop") as { metadata: { name: string } }[];
  assert.equal(left.map(({ metadata }) => metadata.name), ["vm-10.0.0.2"]);
});

test("collect serves health, metrics and Prometheus' targets until SIGTERM", async () => {
  const child = spawn("collect", "--set", "admin.listen=127.0.0.1:0", "--log-format", "json");
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes('"collecting"')) text += (await reader.read()).value ?? "";
  const line = text.split("\n").find((each) => each.includes('"collecting"'))!;
  const address = JSON.parse(line).listen;
  const get = (path: string) => fetch(`http://${address}${path}`);
  let targets: { targets: string[]; labels: Record<string, string> }[] = [];
  while (targets.length === 0) targets = await (await get("/sd")).json();
  assert.equal(targets[0]!.targets, ["10.0.0.2:8080"]);
  assert.is(targets[0]!.labels.__meta_moorline_group, "vm");
  assert.is(await (await get("/healthz")).text(), "ok\n");
  assert.match(await (await get("/metrics")).text(), /^moorline_collector_entries\{vitality="static"\} \d$/m);
  child.kill("SIGTERM");
  assert.is((await child.status).code, 0);
  await reader.cancel();
  await child.stdout.cancel();
});

test.run();
