import * as assert from "uvu/assert";
import {
  collectorManifests,
  flowControlManifests,
  policyManifests,
  rbacManifests,
} from "../../agent/workload/manifests/mod.ts";
import { ownerOf } from "../../agent/workload/token_claims.ts";
import { endToEnd } from "../end_to_end.ts";
import { buildKube } from "./kube_apiserver.ts";
import { ATTEMPTS, isAsTold, ownEntry, rememberHandle, type Request, THIEF, VICTIM } from "./registration_attempts.ts";
import { eventually, type Found, RegistrationCluster, reviewsGroup, type VmAgent } from "./registration_cluster.ts";

/** `manifests policy` keeps VMs apart: every attempt with another VM's token, one by one. */
const test = await endToEnd("admission policies", async () => await buildKube() || undefined);

let cluster: RegistrationCluster;
let victim: VmAgent;
let stolen = "";

/** The rights of one account, as `manifests rbac` prints them. */
async function grant(serviceAccount: string): Promise<void> {
  const scope = {
    namespace: cluster.namespace,
    serviceAccount,
    namespaces: [],
    groups: ["reviews"],
    services: ["web"],
  };
  for (const manifest of rbacManifests(scope)) await cluster.apply(manifest);
}

/** A service account of one VM, and its token that is bound to the handle Secret of the same name. */
async function vm(account: string): Promise<{ token: string; uid: string }> {
  await grant(account);
  await cluster.apply({ kind: "ServiceAccount", metadata: { namespace: cluster.namespace, name: account } });
  const secret = await cluster.apply({ kind: "Secret", metadata: { namespace: cluster.namespace, name: account } });
  const { uid } = secret.metadata;
  return { token: await cluster.token(account, { name: account, uid }), uid };
}

/** Waits until an agent is registered, and tells why it is not. */
async function registered({ registration }: VmAgent): Promise<void> {
  await eventually(() => registration.status().state === "registered", "registered").catch((error) => {
    throw new Error(`${error.message}: ${registration.status().reason}`);
  });
}

/** Whether each of the four policies refuses something by now: they are in force a second or two after they were made. */
async function inForce(): Promise<boolean> {
  for (const message of ["must name who writes", "serviceAccount must be", "may stand behind", "for nobody else"]) {
    const { requests } = ATTEMPTS.find(({ says }) => message.includes(says) || says.includes(message))!;
    const [{ method, path, body }] = requests(cluster) as [Request];
    const reply = await cluster.ask(method, `${path}?dryRun=All`, body, stolen);
    if (reply.status !== 422 || !reply.message.includes(message)) return false;
  }
  return true;
}

test.before(async () => {
  cluster = await RegistrationCluster.start();
  const { namespace } = cluster;
  const annotations = { "moorline.dev/allowed-cidrs": "10.0.0.0/8, fd00::/8" };
  const probe = { exec: { command: ["true"] }, periodSeconds: 1 };
  const group = reviewsGroup(namespace, { probe });
  await cluster.apply({
    ...group,
    metadata: { ...group.metadata, annotations: { ...annotations, "moorline.dev/allowed-labels": "canary, tier=vm" } },
  });
  await cluster.apply({ ...group, metadata: { namespace, name: "payments" } });
  const ports = [{ name: "http", port: 80 }];
  await cluster.apply({ kind: "Service", metadata: { namespace, name: "web", annotations }, spec: { ports } });
  await cluster.apply({ kind: "Service", metadata: { namespace, name: "payments" }, spec: { ports } });
  await cluster.apply({ kind: "Lease", metadata: { namespace, name: "operator" } });
  await cluster.apply({
    kind: "WorkloadEntry",
    metadata: { namespace, name: "operator" },
    spec: { address: "10.1.1.1" },
  });
  await cluster.apply({
    kind: "EndpointSlice",
    metadata: { namespace, name: "operator" },
    addressType: "IPv4",
    endpoints: [],
  });
  for (const manifest of policyManifests({ namespace, serviceAccount: "moorline" })) await cluster.apply(manifest);
  const { token } = await vm("moorline-vm1");
  const thief = await vm(THIEF);
  stolen = thief.token;
  rememberHandle(thief.uid);
  await eventually(inForce, "the policies are in force");
  const allowed = { exec: true, hosts: "own", override: null } as const;
  victim = await cluster.agent(token, "agent-1", { probe: allowed, labels: { canary: "yes" } });
  await registered(victim);
  const behind = await cluster.agent(token, "agent-1", { publish: "endpoint-slice", service: "web" });
  await registered(behind);
  await behind.crash();
});
test.after(() => cluster.stop());

test("an agent lives under the policies: registered, healthy, followed, put back", async () => {
  assert.is(victim.registration.status().state, "registered");
  await eventually(async () => {
    const entry = await cluster.find("WorkloadEntry", VICTIM);
    return entry?.status?.conditions?.some((c) => c["type"] === "Healthy" && c["status"] === "True") ?? false;
  }, "healthy");
  await cluster.ask("PATCH", cluster.path("WorkloadEntry", VICTIM), { spec: { weight: 6 } });
  await eventually(async () => (await cluster.find("WorkloadEntry", VICTIM))?.spec.weight === 5, "put back");
});

for (const attempt of ATTEMPTS) {
  test(`a stolen token: ${attempt.attempt}: ${attempt.stoppedBy}`, async () => {
    for (const { method, path, body } of attempt.requests(cluster)) {
      const reply = await cluster.ask(method, path, body, stolen);
      assert.ok(isAsTold(attempt, reply), `${method} ${path}: ${reply.status} ${reply.message}`);
    }
  });
}

test("nothing of the victim's has changed, and an operator may do everything", async () => {
  assert.is(victim.registration.status().state, "registered");
  const entry = (await cluster.find("WorkloadEntry", VICTIM))!;
  assert.is(entry.spec.address, "10.0.0.5");
  assert.is(entry.metadata.annotations?.["moorline.dev/agent-id"], "agent-1");
  const note = { metadata: { annotations: { note: "x" } } };
  assert.is((await cluster.ask("PATCH", cluster.path("WorkloadEntry", VICTIM), note)).status, 200);
});

test("deleting the handle Secret ends the stolen token", async () => {
  await cluster.ask("DELETE", cluster.path("Secret", THIEF));
  await eventually(
    async () => {
      return (await cluster.ask("GET", "/api/v1/services", undefined, stolen)).status === 401;
    },
    "401",
    30_000,
  );
});

test("a shared account: the token is the owner, and may give what it owns to its successor", async () => {
  await grant("moorline");
  const [a, b, next] = [
    await cluster.token("moorline"),
    await cluster.token("moorline"),
    await cluster.token("moorline"),
  ];
  const entry = (owner: string) => ownEntry("shared", {}, { "moorline.dev/owner": owner });
  const path = cluster.path("WorkloadEntry");
  const note = { metadata: { annotations: { note: "x" } } };
  const ask = async (method: string, where: string, body: unknown, token: string) =>
    (await cluster.ask(method, where, body, token)).status;
  assert.is(await ask("POST", path, entry(ownerOf(a)), b), 422, "in another's name");
  assert.is(await ask("POST", path, entry(ownerOf(a)), a), 201);
  assert.is(await ask("PATCH", `${path}/shared`, note, b), 422);
  assert.is(await ask("DELETE", `${path}/shared`, undefined, b), 422);
  assert.is(await ask("PATCH", `${path}/shared`, note, a), 200);
  const handOver = { metadata: { annotations: { "moorline.dev/owner": ownerOf(next) } } };
  assert.is(await ask("PATCH", `${path}/shared`, handOver, b), 422);
  assert.is(await ask("PATCH", `${path}/shared`, handOver, a), 200);
  assert.is(await ask("PATCH", `${path}/shared`, note, a), 422, "it is no longer the owner");
  assert.is(await ask("DELETE", `${path}/shared`, undefined, next), 200);
});

test("a join token makes tokens of the VMs' account, and nothing else", async () => {
  const { namespace } = cluster;
  const join = await cluster.token("moorline-join");
  const rules = [{
    apiGroups: [""],
    resources: ["serviceaccounts/token"],
    verbs: ["create"],
    resourceNames: ["moorline", "moorline-vm1"],
  }];
  const metadata = { namespace, name: "join" };
  await cluster.apply({ kind: "Role", metadata, rules });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "join" };
  const subjects = [{ kind: "ServiceAccount", name: "moorline-join", namespace }];
  await cluster.apply({ kind: "RoleBinding", metadata, roleRef, subjects });
  const mint = (account: string) =>
    cluster.ask("POST", `${cluster.path("ServiceAccount", account)}/token`, { spec: {} }, join);
  assert.is((await mint("moorline")).status, 201);
  assert.is((await mint("moorline-vm1")).status, 422, "one VM's own account");
  assert.is((await cluster.ask("POST", cluster.path("WorkloadEntry"), ownEntry("x"), join)).status, 403);
});

test("flow control and the collector's manifests are accepted", async () => {
  const { namespace } = cluster;
  const image = { image: "moorline:test", namespace: "moorline-system", flags: [] };
  const made: Found[] = [];
  for (const manifest of [...flowControlManifests({ namespace }), ...collectorManifests(image)]) {
    made.push(await cluster.apply(manifest));
  }
  assert.ok(made.length > 8);
});

test.run();
