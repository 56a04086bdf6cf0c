import * as assert from "uvu/assert";
import { type AddCase, type Json, type KubeProbe, workloadEntry } from "./kube_probe.ts";

async function allow(kube: KubeProbe, rules: Json[], subject: Json = { kind: "User", name: "alice", apiGroup: RBAC }) {
  await kube.create("roles", { metadata: { name: "r" }, rules });
  const roleRef = { apiGroup: RBAC, kind: "Role", name: "r" };
  await kube.create("rolebindings", { metadata: { name: "r" }, roleRef, subjects: [subject] });
}

const RBAC = "rbac.authorization.k8s.io";
const entries = (verbs: string[], more: Json = {}) => ({
  apiGroups: ["networking.istio.io"],
  resources: ["workloadentries"],
  verbs,
  ...more,
});

/** The authorizer sees new roles a moment after they are stored. */
async function settled(kube: KubeProbe, verb: string, name = "") {
  const resourceAttributes = {
    verb,
    name,
    group: "networking.istio.io",
    resource: "workloadentries",
    namespace: kube.namespace,
  };
  for (let i = 0; i < 100; i++) {
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    const review = kube.ok(
      await kube.send("POST", path, { spec: { resourceAttributes } }, { token: kube.target.aliceToken }),
    );
    if (review.status.allowed) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`alice was never allowed to ${verb}`);
}

function claims(token: string): Json {
  return JSON.parse(atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")));
}

/** Who may do what, tokens, and what a client can find out about the server. */
export function accessCases(add: AddCase): void {
  add("a wrong token is 401", async (kube) => {
    const answer = await kube.send("GET", kube.path("services"), undefined, { token: "wrong" });
    kube.refused(answer, 401, "Unauthorized", "Unauthorized");
  });

  add("a refusal names user, verb, resource, group and scope", async (kube) => {
    const as = { token: kube.target.aliceToken };
    const ns = `in the namespace "${kube.namespace}"`;
    const body = kube.refused(
      await kube.send("GET", kube.path("workloadentries", "a"), undefined, as),
      403,
      "Forbidden",
      'workloadentries.networking.istio.io "a" is forbidden: User "alice" cannot get resource "workloadentries" in API ' +
        `group "networking.istio.io" ${ns}`,
    );
    assert.equal(body.details, { name: "a", group: "networking.istio.io", kind: "workloadentries" });
    kube.refused(
      await kube.send("GET", "/api/v1/services", undefined, as),
      403,
      "Forbidden",
      'services is forbidden: User "alice" cannot list resource "services" in API group "" at the cluster scope',
    );
    const type = "application/merge-patch+json";
    kube.refused(
      await kube.send("PATCH", kube.path("workloadentries", "a/status"), {}, { ...as, type }),
      403,
      "Forbidden",
      /cannot patch resource "workloadentries\/status" in API group/,
    );
  });

  add("roles open what they name and nothing else", async (kube) => {
    await allow(kube, [entries(["create"]), entries(["get", "watch", "patch"], { resourceNames: ["mine"] })]);
    await settled(kube, "get", "mine");
    const as = { token: kube.target.aliceToken };
    const path = kube.path("workloadentries");
    kube.ok(await kube.send("POST", path, workloadEntry("mine"), as));
    kube.ok(await kube.send("POST", path, workloadEntry("other"), as));
    kube.ok(await kube.send("GET", `${path}/mine`, undefined, as));
    assert.is((await kube.send("GET", `${path}/other`, undefined, as)).code, 403);
    assert.is((await kube.send("GET", path, undefined, as)).code, 403);
    assert.is((await kube.send("DELETE", `${path}/mine`, undefined, as)).code, 403);
    const watch = await kube.open(
      "GET",
      `${path}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dmine`,
      undefined,
      as,
    );
    assert.is(watch.status, 200);
    await watch.body?.cancel();
    assert.is((await kube.send("GET", `${path}?watch=1&timeoutSeconds=1`, undefined, as)).code, 403);
  });

  add("an apply that makes an object needs the right to create", async (kube) => {
    await allow(kube, [entries(["patch"])]);
    await settled(kube, "patch");
    const answer = await kube.send("PATCH", `${kube.path("workloadentries", "a")}?fieldManager=x`, workloadEntry("a"), {
      token: kube.target.aliceToken,
      type: "application/apply-patch+yaml",
    });
    kube.refused(answer, 403, "Forbidden", /cannot create resource "workloadentries"/);
  });

  add("TokenRequest: claims, expiry, and the server knows its own", async (kube) => {
    const account = await kube.create("serviceaccounts", { metadata: { name: "sa" } });
    const path = `${kube.path("serviceaccounts", "sa")}/token`;
    const made = kube.ok(await kube.send("POST", path, { spec: { expirationSeconds: 600 } }));
    const { token, expirationTimestamp } = made.status;
    const claim = claims(token);
    assert.is(claim.exp - claim.iat, 600);
    assert.is(new Date(expirationTimestamp).getTime(), claim.exp * 1000);
    assert.is(claim.sub, `system:serviceaccount:${kube.namespace}:sa`);
    assert.equal(claim["kubernetes.io"], {
      namespace: kube.namespace,
      serviceaccount: { name: "sa", uid: account.metadata.uid },
    });
    const review = await kube.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, { token });
    const { userInfo } = kube.ok(review).status;
    assert.is(userInfo.username, claim.sub);
    assert.equal([...userInfo.groups].sort(), [
      "system:authenticated",
      "system:serviceaccounts",
      `system:serviceaccounts:${kube.namespace}`,
    ]);
    assert.equal(userInfo.extra["authentication.kubernetes.io/credential-id"], [`JTI=${claim.jti}`]);
  });

  add("TokenRequest: limits, other audiences, absent accounts", async (kube) => {
    await kube.create("serviceaccounts", { metadata: { name: "sa" } });
    const path = `${kube.path("serviceaccounts", "sa")}/token`;
    kube.refused(
      await kube.send("POST", path, { spec: { expirationSeconds: 60 } }),
      422,
      "Invalid",
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a ' +
        "duration less than 10 minutes",
    );
    const foreign = kube.ok(await kube.send("POST", path, { spec: { audiences: ["istio-ca"] } })).status.token;
    assert.is((await kube.send("GET", "/version", undefined, { token: foreign })).code, 401);
    assert.is((await kube.send("POST", path.replace("/sa/", "/none/"), { spec: {} })).code, 404);
  });

  add("a token that is bound to a Secret dies with it", async (kube) => {
    await kube.create("serviceaccounts", { metadata: { name: "sa" } });
    await kube.create("secrets", { metadata: { name: "handle" } });
    const path = `${kube.path("serviceaccounts", "sa")}/token`;
    const bound = (kind: string, name: string, uid?: string) => ({
      spec: { boundObjectRef: { apiVersion: "v1", kind, name, ...(uid ? { uid } : {}) } },
    });
    assert.is((await kube.send("POST", path, bound("Secret", "none"))).code, 404);
    kube.refused(
      await kube.send("POST", path, bound("ConfigMap", "c")),
      400,
      "BadRequest",
      "cannot bind token to object of type /v1, Kind=ConfigMap",
    );
    kube.refused(
      await kube.send("POST", path, bound("Secret", "handle", "x")),
      409,
      "Conflict",
      /the UID in the bound object reference \(x\)/,
    );
    const { token } = kube.ok(await kube.send("POST", path, bound("Secret", "handle"))).status;
    assert.is(claims(token)["kubernetes.io"].secret.name, "handle");
    const who = () =>
      kube.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
        kind: "SelfSubjectReview",
        apiVersion: "authentication.k8s.io/v1",
      }, { token });
    kube.ok(await who());
    await kube.delete(kube.path("secrets", "handle"));
    // The API server believes a token for some seconds more.
    for (let i = 0; i < 300 && (await who()).code !== 401; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    kube.refused(await who(), 401, "Unauthorized");
  });

  add("a service account that is bound to a role may do what it says", async (kube) => {
    await kube.create("serviceaccounts", { metadata: { name: "sa" } });
    const subject = { kind: "ServiceAccount", name: "sa", namespace: kube.namespace };
    await allow(kube, [entries(["list"])], subject);
    const path = `${kube.path("serviceaccounts", "sa")}/token`;
    const { token } = kube.ok(await kube.send("POST", path, { spec: {} })).status;
    let answer = await kube.send("GET", kube.path("workloadentries"), undefined, { token });
    for (let i = 0; i < 100 && answer.code === 403; i++) {
      answer = await kube.send("GET", kube.path("workloadentries"), undefined, { token });
    }
    assert.is(answer.code, 200);
    kube.refused(
      await kube.send("GET", kube.path("services"), undefined, { token }),
      403,
      "Forbidden",
      `services is forbidden: User "system:serviceaccount:${kube.namespace}:sa" cannot list resource "services" in API group ` +
        `"" in the namespace "${kube.namespace}"`,
    );
  });

  add("nobody", async (kube) => {
    const answer = await kube.send("GET", kube.path("services"), undefined, { token: "" });
    kube.refused(
      answer,
      403,
      "Forbidden",
      /^services is forbidden: User "system:anonymous" cannot list resource "services"/,
    );
  });

  add("discovery lists groups, versions and resources", async (kube) => {
    assert.equal(kube.ok(await kube.get("/api")).versions, ["v1"]);
    const groups = kube.ok(await kube.get("/apis")).groups;
    const istio = groups.find((group: Json) => group.name === "networking.istio.io");
    assert.equal(istio.versions.map((v: Json) => v.version), ["v1", "v1beta1", "v1alpha3"]);
    assert.is(istio.preferredVersion.groupVersion, "networking.istio.io/v1");
    const list = kube.ok(await kube.get("/apis/networking.istio.io/v1"));
    assert.is(list.kind, "APIResourceList");
    const entry = list.resources.find((resource: Json) => resource.name === "workloadentries");
    assert.equal([entry.kind, entry.namespaced, entry.singularName], ["WorkloadEntry", true, "workloadentry"]);
    assert.ok(entry.verbs.includes("watch"));
    assert.ok(list.resources.some((resource: Json) => resource.name === "workloadentries/status"));
    assert.is(kube.ok(await kube.get("/version")).major, "1");
    assert.is((await kube.get("/readyz")).body, "ok");
  });

  add("what is not served", async (kube) => {
    const unknown = await kube.get(`/api/v1/namespaces/${kube.namespace}/foos`);
    const body = kube.refused(unknown, 404, "NotFound", "the server could not find the requested resource");
    assert.equal(body.details, {});
    const group = await kube.get("/apis/nope.example/v1/foos");
    assert.equal([group.code, group.body], [404, "404 page not found\n"]);
  });

  add("every answer carries the server's time", async (kube) => {
    const { headers } = await kube.get("/version");
    assert.ok(!Number.isNaN(Date.parse(headers.get("date") ?? "")), "no Date header");
  });
}
