import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ApiServer, forbidden } from "../../../registry/server/mod.ts";

const test = suite("access to the API server in memory");

const ENTRIES = "/apis/networking.istio.io/v1/namespaces/default/workloadentries";

async function send(url: string, method: string, path: string, token = "", body?: unknown) {
  const response = await fetch(url + path, {
    method,
    headers: token ? { authorization: `Bearer ${token}` } : {},
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { code: response.status, body: await response.json() };
}

const entry = (name: string) => ({
  apiVersion: "networking.istio.io/v1",
  kind: "WorkloadEntry",
  metadata: { name },
  spec: { address: "10.0.0.1" },
});

test("an open server asks nobody, but does not take a wrong token", async () => {
  await using server = new ApiServer();
  const { url } = server.listen();
  assert.is((await send(url, "GET", ENTRIES)).code, 200);
  assert.is((await send(url, "GET", ENTRIES, "wrong")).code, 401);
});

test("grants and their end, users and their end", async () => {
  await using server = new ApiServer({ access: "rbac", users: { vm: { username: "vm", groups: [] } } });
  const { url } = server.listen();
  const rules = [{ apiGroups: ["networking.istio.io"], resources: ["workloadentries"], verbs: ["list"] }];
  assert.is((await send(url, "GET", ENTRIES, "vm")).code, 403);
  const revoke = server.grant({ user: "vm", namespace: "default", rules });
  assert.is((await send(url, "GET", ENTRIES, "vm")).code, 200);
  assert.is((await send(url, "GET", ENTRIES.replace("default", "kube-system"), "vm")).code, 403);
  assert.is((await send(url, "POST", ENTRIES, "vm", entry("a"))).code, 403);
  revoke();
  assert.is((await send(url, "GET", ENTRIES, "vm")).code, 403);
  server.removeUser("vm");
  assert.is((await send(url, "GET", ENTRIES, "vm")).code, 401);
  server.addUser("vm", { username: "vm", groups: ["system:masters"] });
  assert.is((await send(url, "GET", ENTRIES, "vm")).code, 200);
});

test("cluster roles reach everywhere by a cluster binding, and one namespace by a role binding", async () => {
  await using server = new ApiServer({ access: "rbac", users: { vm: { username: "vm", groups: ["vms"] } } });
  const { url } = server.listen();
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reader" };
  const subjects = [{ kind: "Group", name: "vms", apiGroup: "rbac.authorization.k8s.io" }];
  const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["list"] }];
  server.admin.create({ kind: "ClusterRole", metadata: { name: "reader" }, rules });
  server.admin.create({ kind: "RoleBinding", metadata: { name: "b" }, roleRef, subjects });
  assert.is((await send(url, "GET", ENTRIES, "vm")).code, 200);
  assert.is((await send(url, "GET", "/api/v1/services", "vm")).code, 403);
  server.admin.create({ kind: "ClusterRoleBinding", metadata: { name: "b" }, roleRef, subjects });
  assert.is((await send(url, "GET", "/api/v1/services", "vm")).code, 200);
});

test("subresources and other paths have rules of their own", async () => {
  await using server = new ApiServer({ access: "rbac", users: { vm: { username: "vm", groups: [] } } });
  const { url } = server.listen();
  server.admin.create(entry("a"));
  const status = `${ENTRIES}/a/status`;
  server.grant({
    user: "vm",
    rules: [{ apiGroups: ["networking.istio.io"], resources: ["workloadentries"], verbs: ["*"] }],
  });
  assert.is((await send(url, "GET", status, "vm")).code, 403);
  server.grant({
    user: "vm",
    rules: [{ apiGroups: ["networking.istio.io"], resources: ["*/status"], verbs: ["get"] }],
  });
  assert.is((await send(url, "GET", status, "vm")).code, 200);
  assert.is((await send(url, "GET", "/version", "vm")).code, 200);
  const metrics = await send(url, "GET", "/metrics", "vm");
  assert.equal([metrics.code, metrics.body.message], [403, 'forbidden: User "vm" cannot get path "/metrics"']);
});

test("admission may refuse, knowing who writes what over what", async () => {
  await using server = new ApiServer({ users: { vm: { username: "vm", groups: [] } } });
  const { url } = server.listen();
  server.admin.create(entry("theirs"));
  const seen: string[] = [];
  const remove = server.admit(({ operation, kind, name, user, oldObject }) => {
    seen.push(`${user.username} ${operation} ${kind.kind} ${name} ${oldObject ? "over" : "new"}`);
    if (user.username === "vm" && oldObject) {
      throw forbidden(kind.group, kind.plural, name, "this entry belongs to another VM");
    }
  });
  assert.is((await send(url, "POST", ENTRIES, "vm", entry("mine"))).code, 201);
  const refused = await send(url, "DELETE", `${ENTRIES}/theirs`, "vm");
  assert.equal([refused.code, refused.body.message], [
    403,
    'workloadentries.networking.istio.io "theirs" is forbidden: this entry belongs to another VM',
  ]);
  assert.equal(seen, ["vm CREATE WorkloadEntry mine new", "vm DELETE WorkloadEntry theirs over"]);
  remove();
  assert.is((await send(url, "DELETE", `${ENTRIES}/theirs`, "vm")).code, 200);
});

test("grants on an open server are a mistake", () => {
  assert.throws(() => new ApiServer().grant({ user: "vm", rules: [] }), 'grants need an ApiServer with access: "rbac"');
});

test.run();
