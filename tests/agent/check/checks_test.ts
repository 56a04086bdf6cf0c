import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  checkCluster,
  checkDestination,
  checkHostsFile,
  checkNameSwitch,
  checkPorts,
  checkState,
  checkUpstreams,
  type Finding,
} from "../../../agent/check/mod.ts";
import { connectClusters } from "../../../agent/clients.ts";
import { type Config, parseDocument } from "../../../agent/config/mod.ts";
import { ApiServer } from "../../../registry/server/mod.ts";
import { fakeStatus } from "../admin/fake_view.ts";

const test = suite("check");

function configOf(document: unknown): Config {
  const parsed = parseDocument(document);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

function wrong(findings: readonly Finding[]): string[] {
  for (const { ok, fix, message } of findings) {
    assert.is(fix === "", ok, `${message}: what is wrong has a fix, what is not has none`);
    assert.not(message.includes("\n"));
  }
  return findings.filter(({ ok }) => !ok).map(({ name, message }) => `${name}: ${message}`);
}

const READING = [
  { apiGroups: [""], resources: ["services"], verbs: ["list", "watch"] },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
  { apiGroups: ["networking.istio.io"], resources: ["serviceentries", "workloadentries"], verbs: ["list", "watch"] },
];

async function checkedCluster(server: ApiServer, extra: Record<string, unknown> = {}, token = "vm") {
  const tokenFile = await Deno.makeTempFile();
  await Deno.writeTextFile(tokenFile, token);
  const { url } = server.listen({ hostname: "127.0.0.1", port: 0 });
  const config = configOf({ cluster: { server: url, tokenFile }, ...extra });
  const [cluster] = await connectClusters(config, () => {});
  try {
    return await checkCluster(cluster!, config.workloads);
  } finally {
    cluster!.client.close();
    await Deno.remove(tokenFile);
  }
}

function serverWithUser(): ApiServer {
  const server = new ApiServer({ access: "rbac", users: { vm: { username: "vm", groups: ["system:authenticated"] } } });
  server.grant({ user: "vm", rules: READING });
  server.admin.create({ kind: "Namespace", metadata: { name: "bookinfo" } });
  return server;
}

test("cluster: every right is there", async () => {
  await using server = serverWithUser();
  assert.equal(wrong(await checkedCluster(server)), []);
});

test("cluster: a missing right names verbs, resource and the command", async () => {
  await using server = serverWithUser();
  const workload = { namespace: "bookinfo", group: "vm" };
  const findings = await checkedCluster(server, { workload });
  const lines = wrong(findings);
  assert.ok(
    lines.some((line) => /leases\.coordination\.k8s\.io in namespace bookinfo: may not get, create/.test(line)),
  );
  assert.ok(lines.some((line) => line.includes("WorkloadGroup bookinfo/vm")));
  assert.match(findings.find(({ name }) => name.includes("leases"))!.fix, /moorline manifests rbac/);
});

test("cluster: a group that is not there says how to make it", async () => {
  await using server = serverWithUser();
  server.grant({ user: "vm", rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] });
  const findings = await checkedCluster(server, { workload: { namespace: "bookinfo", group: "vm" } });
  assert.equal(wrong(findings), ["cluster primary: WorkloadGroup bookinfo/vm: does not exist"]);
  assert.is(findings.at(-1)!.fix, "moorline group create --name vm -n bookinfo | kubectl apply -f -");
});

test("cluster: without Istio its rights are not asked for", async () => {
  await using server = serverWithUser();
  for (const plural of ["serviceentries", "workloadentries", "workloadgroups"]) server.switchOff(plural);
  const findings = await checkedCluster(server);
  assert.equal(wrong(findings), []);
  assert.ok(findings.some(({ message }) => message.includes("Istio's kinds are not served")));
});

test("cluster: a wrong token and a server that is away are one finding each", async () => {
  await using server = serverWithUser();
  const refused = wrong(await checkedCluster(server, {}, "stranger"));
  assert.match(refused.join(), /^cluster primary: api: [^,]* does not accept our credentials$/);
  await using away = serverWithUser();
  away.faults.add({ action: { type: "cut", afterBytes: 0 } });
  assert.match(
    wrong(await checkedCluster(away)).join(),
    /^cluster primary: api: http:\/\/127\.0\.0\.1:\d+ does not answer/,
  );
});

test("ports: free, in use by another, in use by the running agent", () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const free = "127.0.0.1:0";
  const config = (dns: string, admin: string) => configOf({ dns: { listen: [dns] }, admin: { listen: admin } });
  const holder = () => "pilot-agent (pid 7)";
  assert.equal(wrong(checkPorts(config(free, free), undefined, holder)), []);
  const address = `127.0.0.1:${port}`;
  const beside = checkPorts(config(free, address), undefined, holder);
  assert.equal(wrong(beside), [`admin.listen ${address}: TCP is in use by pilot-agent (pid 7)`]);
  assert.match(beside.at(-1)!.fix, /dns\.listen to .* and admin\.listen to /);
  assert.equal(wrong(checkPorts(config(address, free), undefined, () => undefined)), [
    `dns.listen ${address}: TCP is in use`,
  ]);
  assert.equal(wrong(checkPorts(config(address, address), fakeStatus(), holder)), [], "process 7 is the running agent");
  const [foreign] = wrong(checkPorts(config("192.0.2.1:53", free), undefined, holder));
  assert.match(foreign!, /^dns\.listen 192\.0\.2\.1:53: (cannot be listened on|may not be listened on)/);
});

/** The text of /etc/hosts, and what is wrong with it. */
const HOSTS: [string, string[]][] = [
  ["127.0.0.1 localhost\n", []],
  ["10.0.0.1 reviews.bookinfo.svc.cluster.local # old", [
    "line 1 says that reviews.bookinfo.svc.cluster.local is 10.0.0.1",
  ]],
  ["# 10.0.0.1 a.svc.cluster.local\n\n10.0.0.2 x A.SVC.Cluster.Local.", [
    "line 3 says that A.SVC.Cluster.Local. is 10.0.0.2",
  ]],
  ["10.0.0.1 cluster.local notcluster.local", []],
];

for (const [text, wanted] of HOSTS) {
  test(`/etc/hosts: ${JSON.stringify(text)}`, () => {
    const found = wrong(checkHostsFile(() => text, ["cluster.local"]));
    assert.is(found.length, wanted.length);
    wanted.forEach((part, index) => assert.ok(found[index]!.includes(part), found[index]));
  });
}

/** The text of nsswitch.conf, and whether it leads to DNS. */
const SWITCH: [string | undefined, boolean][] = [
  [undefined, true],
  ["passwd: files\n", true],
  ["hosts: files dns", true],
  ["hosts:   mymachines resolve [!UNAVAIL=return] files", true],
  ["hosts: files mdns4_minimal", false],
  ["hosts: files # dns", false],
];

for (const [text, ok] of SWITCH) {
  test(`nsswitch.conf: ${text}`, () => assert.is(checkNameSwitch(() => text).ok, ok));
}

test("state: absent is fine, a file or a folder open to others is not", async () => {
  const folder = await Deno.makeTempDir();
  assert.ok(checkState(`${folder}/none`).ok);
  assert.ok(checkState(folder).ok);
  await Deno.writeTextFile(`${folder}/file`, "");
  assert.is(wrong([checkState(`${folder}/file`)]).length, 1);
  await Deno.mkdir(`${folder}/open`);
  await Deno.chmod(`${folder}/open`, 0o777);
  assert.match(checkState(`${folder}/open`).fix, /^chmod go-w/);
  await Deno.remove(folder, { recursive: true });
});

test("upstreams: one that answers, one that does not", async () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const [query, from] of socket) {
      query[2]! |= 0x80;
      await socket.send(query, from);
    }
  })();
  const live = `127.0.0.1:${(socket.addr as Deno.NetAddr).port}`;
  const dead = "127.0.0.1:1";
  const dns = { upstream: [live, dead], upstreamTimeout: "200ms", zones: [{ zone: "corp", upstream: [live] }] };
  const findings = await checkUpstreams(configOf({ dns }));
  socket.close();
  await serving;
  assert.equal(findings.map(({ name, ok }) => [name, ok]), [
    [`upstream ${live}`, true],
    [`upstream ${dead}`, false],
    [`upstream ${live} for corp`, true],
  ]);
  wrong(findings);
});

test("a destination is followed through name, family and connection", async () => {
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = server.addr as Deno.NetAddr;
  const both = { ipv4: true, ipv6: true };
  const ask = (...addresses: string[]) => (_: string, type: string) => {
    return Promise.resolve({
      addresses: addresses.filter((each) => each.includes(":") === (type === "AAAA")),
      reason: "NXDOMAIN",
    });
  };
  assert.equal(wrong(await checkDestination(`a.test:${port}`, both, ask("127.0.0.1"))), []);
  assert.equal(
    wrong(await checkDestination("a.test", both, ask("127.0.0.1"))),
    [],
    "without a port nothing is connected",
  );
  assert.equal(wrong(await checkDestination("a.test:80", both, ask())), [
    "name a.test: has no address (A: NXDOMAIN; AAAA: NXDOMAIN)",
  ]);
  assert.equal(wrong(await checkDestination("a.test:80", { ipv4: true, ipv6: false }, ask("fd00::1"))), [
    "address family: this machine has no IPv6 address",
  ]);
  server.close();
  const refused = wrong(await checkDestination(`a.test:${port}`, both, ask("127.0.0.1")));
  assert.match(refused.join(), /^connect 127\.0\.0\.1:\d+: is refused/);
});

test.run();
