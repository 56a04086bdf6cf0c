import * as assert from "uvu/assert";
import { kubeCluster } from "../../agent/workload/kube_cluster.ts";
import { rbacManifests } from "../../agent/workload/manifests/mod.ts";
import { deregisterOnce, registerOnce } from "../../agent/workload/register_once.ts";
import { ownerOf } from "../../agent/workload/token_claims.ts";
import { WORKLOAD_DEFAULTS } from "../../agent/workload/workload_options.ts";
import { systemClock } from "../../registry/mod.ts";
import { endToEnd } from "../end_to_end.ts";
import { buildKube } from "./kube_apiserver.ts";
import { eventually, RegistrationCluster, reviewsGroup } from "./registration_cluster.ts";

/** `manifests rbac` grants what the agent does and no more: the API server's own audit log is the judge. */
const test = await endToEnd("the rights of a VM", async () => await buildKube() || undefined);

const ACCOUNT = "moorline-vm1";
const USER = `system:serviceaccount:shop:${ACCOUNT}`;
let cluster: RegistrationCluster;
let log = "";

test.before(async () => {
  const folder = await Deno.makeTempDir();
  log = `${folder}/audit.log`;
  const policy = `${folder}/audit.yaml`;
  const text = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n";
  await Deno.writeTextFile(policy, text);
  cluster = await RegistrationCluster.start("shop", [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`]);
});
test.after(() => cluster.stop());

/** What the audit log says of this VM: `verb resource`, and whether it was allowed. */
async function audited(): Promise<{ allowed: Set<string>; refused: Set<string> }> {
  const [allowed, refused] = [new Set<string>(), new Set<string>()];
  for (const line of (await Deno.readTextFile(log)).split("\n").filter(Boolean)) {
    const { user, verb, objectRef, annotations } = JSON.parse(line);
    if (user?.username !== USER || !objectRef?.resource) continue;
    const { apiGroup = "", resource, subresource } = objectRef;
    const path = `${resource}${apiGroup ? `.${apiGroup}` : ""}${subresource ? `/${subresource}` : ""}`;
    (annotations?.["authorization.k8s.io/decision"] === "allow" ? allowed : refused).add(`${verb} ${path}`);
  }
  return { allowed, refused };
}

test("they suffice for everything that a registration does, and each is used", async () => {
  const { namespace } = cluster;
  const token = await cluster.token(ACCOUNT);
  const scope = { namespace, serviceAccount: ACCOUNT, namespaces: [], groups: ["reviews"], services: ["web"] };
  const manifests = rbacManifests(scope);
  for (const manifest of manifests) await cluster.apply(manifest);
  await cluster.apply(reviewsGroup(namespace, { probe: { exec: { command: ["true"] }, periodSeconds: 1 } }));
  const ports = [{ name: "http", port: 80 }];
  await cluster.apply({ kind: "Service", metadata: { namespace, name: "web" }, spec: { ports } });
  await cluster.ask("POST", cluster.path("WorkloadEntry"), {
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadEntry",
    metadata: { name: "reviews-10.0.0.5", labels: { old: "1" } },
    spec: { address: "10.0.0.5" },
  });

  const probe = { exec: true, hosts: "own", override: null } as const;
  const entry = await cluster.agent(token, "agent-a", { probe });
  await eventually(() => entry.registration.status().state === "registered", "adopted and registered");
  await eventually(() => entry.registration.status().health.verdict === "healthy", "healthy");
  assert.is(await entry.registration.drain(), true);
  await entry.crash();

  const address = ["10.0.0.5", "fd00::5"];
  const slice = await cluster.agent(token, "agent-a", { publish: "endpoint-slice", service: "web", address });
  await eventually(() => slice.registration.status().state === "registered", "behind a Service");
  assert.is(await slice.registration.drain(), true);
  await slice.crash();

  const client = await cluster.client(token);
  const common = { clock: systemClock, random: Math.random, log: () => {} };
  const once = {
    workload: { ...WORKLOAD_DEFAULTS, namespace, group: "reviews", address: ["10.0.0.6"] },
    cluster: kubeCluster(client, { mode: "watch", interval: 1000, ...common }),
    writer: { agentId: "agent-a", version: "1", owner: ownerOf(token) },
    network: { interfaces: [], bridges: new Set<string>(), fleeting: new Set<string>() },
    clock: systemClock,
  };
  for (const publish of ["workload-entry", "endpoint-slice"] as const) {
    const options = { ...once, workload: { ...once.workload, publish, service: "web" } };
    await registerOnce(options);
    await deregisterOnce(options);
  }
  await client.requestToken(namespace, ACCOUNT, { expirationSeconds: 3600 });

  const { allowed, refused } = await audited();
  assert.equal([...refused], []);
  const registering = manifests.find(({ kind, metadata }) => kind === "Role" && metadata.namespace === namespace)!;
  const granted = (registering["rules"] as { apiGroups: string[]; resources: string[]; verbs: string[] }[])
    .flatMap(({ apiGroups: [group], resources, verbs }) =>
      resources.flatMap((resource) => {
        const [kind, subresource] = resource.split("/");
        return verbs.map((verb) => `${verb} ${kind}${group ? `.${group}` : ""}${subresource ? `/${subresource}` : ""}`);
      })
    );
  // The admission policies ask for `register`, and an apply that makes an object for `create` (see the next test).
  const unused = granted.filter((right) => !allowed.has(right) && !/^(register|create) /.test(right));
  assert.equal(unused, ["update endpointslices.discovery.k8s.io"], "which comes with the adoption of a slice");
});

for (const missing of ["workloadentries", "leases", "endpointslices"]) {
  test(`without the right to create ${missing} nothing is registered, and the reason names it`, async () => {
    const account = `moorline-without-${missing}`;
    const token = await cluster.token(account);
    const scope = { namespace: "shop", serviceAccount: account, namespaces: [], groups: [], services: ["web"] };
    for (const manifest of rbacManifests(scope)) {
      const rules = manifest["rules"] as { resources: string[]; verbs: string[] }[] | undefined;
      const less = rules?.map((rule) =>
        rule.resources.includes(missing) ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== "create") } : rule
      );
      await cluster.apply(less ? { ...manifest, rules: less } : manifest);
    }
    const publish = missing === "endpointslices" ? "endpoint-slice" : "workload-entry";
    const address = [`10.0.1.${missing.length}`];
    const { registration, crash } = await cluster.agent(token, account, { publish, service: "web", address });
    await eventually(() => registration.status().state === "forbidden", "forbidden");
    assert.match(registration.status().reason, missing);
    await crash();
  });
}

test("nothing beyond them is allowed", async () => {
  const token = await cluster.token(ACCOUNT);
  const attempts: readonly (readonly [string, string, unknown?])[] = [
    ["GET", "/api/v1/namespaces/shop/secrets"],
    ["GET", "/api/v1/namespaces/shop/pods"],
    ["GET", cluster.path("Lease")],
    ["GET", cluster.path("WorkloadGroup", "", "default")],
    ["DELETE", cluster.path("WorkloadEntry")],
    ["DELETE", cluster.path("Lease")],
    ["DELETE", cluster.path("EndpointSlice")],
    ["PATCH", cluster.path("WorkloadGroup", "reviews"), { metadata: { labels: { x: "y" } } }],
    ["PATCH", cluster.path("Service", "web"), { metadata: { labels: { x: "y" } } }],
    ["POST", cluster.path("WorkloadEntry", "", "default"), { metadata: { name: "x" }, spec: { address: "10.0.0.1" } }],
    ["POST", `${cluster.path("ServiceAccount", "default")}/token`, { spec: {} }],
    ["POST", cluster.path("ServiceAccount"), { metadata: { name: "x" } }],
  ];
  for (const [method, path, body] of attempts) {
    assert.is((await cluster.ask(method, path, body, token)).status, 403, `${method} ${path}`);
  }
});

test.run();
