import * as assert from "uvu/assert";
import { endToEnd } from "../end_to_end.ts";
import { applyManifests, type ClusterManifest, serviceAccountToken, tokenId, untilAnswered } from "./cluster_setup.ts";
import { buildKube, KubeApiserver } from "./kube_apiserver.ts";

/** That a policy can tell two tokens of one service account apart: what ownership among VMs with a shared user rests on. */
const test = await endToEnd("policies by credential id", async () => await buildKube() || undefined);

const KEY = "moorline.dev/owner";
const CREDENTIAL = "request.userInfo.extra['authentication.kubernetes.io/credential-id'][0]";
const owns = (object: string) =>
  `has(${object}.metadata.annotations) && '${KEY}' in ${object}.metadata.annotations && ` +
  `${object}.metadata.annotations['${KEY}'] == ${CREDENTIAL}`;

const rbac = "rbac.authorization.k8s.io";
const admission = "admissionregistration.k8s.io/v1";
const MANIFESTS: readonly ClusterManifest[] = [
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "vm", namespace: "default" } },
  {
    apiVersion: `${rbac}/v1`,
    kind: "Role",
    metadata: { name: "vm", namespace: "default" },
    rules: [{ apiGroups: ["networking.istio.io"], resources: ["workloadentries"], verbs: ["*"] }],
  },
  {
    apiVersion: `${rbac}/v1`,
    kind: "RoleBinding",
    metadata: { name: "vm", namespace: "default" },
    roleRef: { apiGroup: rbac, kind: "Role", name: "vm" },
    subjects: [{ kind: "ServiceAccount", name: "vm", namespace: "default" }],
  },
  {
    apiVersion: admission,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "own-entries" },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [{
          apiGroups: ["networking.istio.io"],
          apiVersions: ["*"],
          operations: ["CREATE", "UPDATE", "DELETE"],
          resources: ["workloadentries"],
        }],
      },
      matchConditions: [{ name: "vms", expression: "request.userInfo.username == 'system:serviceaccount:default:vm'" }],
      validations: [
        {
          expression: `request.operation != 'CREATE' || (${owns("object")})`,
          message: "an entry must name its owner's credential",
        },
        {
          expression: `request.operation == 'CREATE' || (${owns("oldObject")})`,
          message: "this entry belongs to another VM",
        },
      ],
    },
  },
  {
    apiVersion: admission,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: "own-entries" },
    spec: { policyName: "own-entries", validationActions: ["Deny"] },
  },
];

const ENTRIES = "/apis/networking.istio.io/v1/namespaces/default/workloadentries";
const entry = (owner: string) => ({
  apiVersion: "networking.istio.io/v1",
  kind: "WorkloadEntry",
  metadata: { name: "e", annotations: { [KEY]: `JTI=${owner}` } },
  spec: { address: "10.0.0.1" },
});

let server: KubeApiserver;
let a: string;
let b: string;

function send(token: string, method: string, path: string, body?: unknown, type = "application/json") {
  const headers = { authorization: `Bearer ${token}`, "content-type": type };
  return server.request(path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
}

const change = (token: string) =>
  send(token, "PATCH", `${ENTRIES}/e`, { spec: { weight: 1 } }, "application/merge-patch+json");

async function outcome(response: Promise<Response>): Promise<[number, string]> {
  const { status, ...rest } = await response.then(async (r) => ({ status: r.status, text: await r.text() }));
  return [status, rest.text];
}

test.before(async () => {
  server = await KubeApiserver.start();
  await applyManifests(server, MANIFESTS);
  [a, b] = [await serviceAccountToken(server, "default", "vm"), await serviceAccountToken(server, "default", "vm")];
  await untilAnswered(() => send(a, "POST", `${ENTRIES}?dryRun=All`, entry(tokenId(a))), 201);
  await untilAnswered(() => send(b, "POST", `${ENTRIES}?dryRun=All`, entry(tokenId(a))), 422);
});
test.after(() => server.stop());

test("a token makes and changes what carries its own id", async () => {
  const made = await outcome(send(a, "POST", ENTRIES, entry(tokenId(a))));
  assert.is(made[0], 201, made[1]);
  assert.is((await outcome(change(a)))[0], 200);
});

for (
  const [what, act] of [
    ["change", () => change(b)],
    ["delete", () => send(b, "DELETE", `${ENTRIES}/e`)],
  ] as const
) {
  test(`another token of the same account may not ${what} it`, async () => {
    const [code, text] = await outcome(act());
    assert.is(code, 422);
    assert.match(text, /this entry belongs to another VM/);
  });
}

test("a token hands its entry over to its successor, and is refused from then on", async () => {
  const successor = await serviceAccountToken(server, "default", "vm");
  const annotations = { [KEY]: `JTI=${tokenId(successor)}` };
  const patch = { metadata: { annotations } };
  assert.is((await outcome(send(a, "PATCH", `${ENTRIES}/e`, patch, "application/merge-patch+json")))[0], 200);
  assert.is((await outcome(change(a)))[0], 422);
  assert.is((await outcome(change(successor)))[0], 200);
});

test("an administrator is not concerned", async () => {
  assert.is((await outcome(send(server.adminToken, "DELETE", `${ENTRIES}/e`)))[0], 200);
});

test.run();
