import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse as parseYaml } from "yaml";
import type { Access, AccessOptions } from "../../registry/access.ts";
import { loadAccess } from "../../registry/load_access.ts";
import { AccessError } from "../../registry/material.ts";

const test = suite("loadAccess");

const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n";
const noEnv = () => undefined;

/** A kubeconfig of one cluster, user and context, with these members. */
function kubeconfig(cluster: object, user: object, context: object = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "here",
    clusters: [{ name: "c", cluster: { server: "https://10.0.0.1:6443", ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "here", context: { cluster: "c", user: "u", ...context } }],
  });
}

const load = (options: Partial<AccessOptions>) => loadAccess({ parseYaml, env: noEnv, ...options });
const read = (cluster: object, user: object, context?: object, options: Partial<AccessOptions> = {}) =>
  load({ kubeconfigText: kubeconfig(cluster, user, context), ...options });

/** The sentence of the AccessError that this must fail with. */
async function problem(promise: Promise<Access>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.instance(error, AccessError);
    return (error as Error).message;
  }
  return assert.unreachable("it was accepted") as never;
}

test("reads server, trust, names and credentials of the context", async () => {
  const access = await read({
    server: "https://10.0.0.1:6443/k8s/clusters/x/",
    "certificate-authority-data": btoa(PEM),
    "tls-server-name": "kube.example.org",
    "proxy-url": "http://user:pw@proxy:3128",
  }, {
    token: "t0ken",
    "client-certificate-data": btoa(PEM),
    "client-key-data": btoa(KEY),
    as: "someone",
    "as-groups": ["admins"],
  }, { namespace: "bookinfo" });
  assert.is(access.server, "https://10.0.0.1:6443/k8s/clusters/x");
  assert.is(access.serverName, "kube.example.org");
  assert.is(access.proxyUrl, "http://user:pw@proxy:3128");
  assert.is(access.namespace, "bookinfo");
  assert.is(access.origin, 'kubeconfig, context "here"');
  assert.equal(access.headers, { "impersonate-user": "someone", "impersonate-group": "admins" });
  const text = (material: Access["ca"]) => material && "text" in material ? material.text : "";
  assert.equal([access.ca, access.token, access.cert, access.key].map(text), [PEM, "t0ken", PEM, KEY]);
});

test("paths are relative to the file that holds them, also when files are merged", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/b`);
  await Deno.writeTextFile(`${folder}/a.yaml`, "current-context: here\nclusters: []\n");
  const user = { tokenFile: "token", "client-certificate": "/abs/c.pem", "client-key": "k.pem" };
  await Deno.writeTextFile(`${folder}/b/config`, kubeconfig({ "certificate-authority": "ca.crt" }, user));
  await Deno.writeTextFile(`${folder}/c.yaml`, kubeconfig({ server: "https://not-this-one" }, {}));
  const paths = `${folder}/a.yaml:${folder}/b/config:${folder}/c.yaml`;
  const access = await load({ operator: true, env: (name) => name === "KUBECONFIG" ? paths : undefined });
  assert.is(access.server, "https://10.0.0.1:6443");
  const path = (material: Access["ca"]) => material && "path" in material ? material.path : "";
  assert.equal([access.ca, access.token, access.cert, access.key].map(path), [
    `${folder}/b/ca.crt`,
    `${folder}/b/token`,
    "/abs/c.pem",
    `${folder}/b/k.pem`,
  ]);
  await Deno.writeTextFile(`${folder}/b/config`, kubeconfig({ server: "https://10.9.9.9" }, { token: "new" }));
  assert.is((await access.reload?.())?.server, "https://10.9.9.9");
  await Deno.remove(folder, { recursive: true });
});

test("only operators' verbs look at KUBECONFIG and the home folder", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/.kube`);
  await Deno.writeTextFile(`${folder}/.kube/config`, kubeconfig({}, {}));
  const env = (name: string) => name === "HOME" ? folder : undefined;
  assert.is((await load({ operator: true, env })).server, "https://10.0.0.1:6443");
  assert.match(await problem(load({ env })), "no cluster is configured: set cluster.kubeconfig");
  await Deno.remove(folder, { recursive: true });
});

test("in a pod the service account is enough", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/namespace`, "prod\n");
  const hosts = ["10.96.0.1", "fd00:10:96::1"];
  for (const host of hosts) {
    const env = (name: string) =>
      ({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: "443" })[name as "KUBERNETES_SERVICE_HOST"];
    const access = await load({ serviceAccountFolder: folder, env });
    assert.is(access.server, host.includes(":") ? `https://[${host}]` : `https://${host}`);
    assert.is(access.namespace, "prod");
    assert.equal(access.token, { name: "the pod's service account", path: `${folder}/token` });
  }
  await Deno.remove(folder, { recursive: true });
});

test("a server of its own comes with files or a plugin", async () => {
  const files = { caFile: "/a/ca", certFile: "/a/cert", keyFile: "/a/key", tokenFile: "/a/token" };
  const access = await load({ server: "https://[fd00::1]:6443", ...files });
  assert.equal([access.ca, access.cert, access.key, access.token].map((m) => m && "path" in m && m.path), [
    "/a/ca",
    "/a/cert",
    "/a/key",
    "/a/token",
  ]);
  const exec = { command: "aws", args: ["eks"], env: [{ name: "A", value: "b" }] };
  const plugin = (await load({ server: "https://x", exec })).exec;
  assert.equal([plugin?.command, plugin?.args, plugin?.env], ["aws", ["eks"], [{ name: "A", value: "b" }]]);
});

test("an exec plugin is taken as client-go takes it", async () => {
  const exec = { apiVersion: "client.authentication.k8s.io/v1beta1", command: "./bin/login", provideClusterInfo: true };
  const cluster = { "certificate-authority-data": btoa(PEM), extensions: [] };
  const plugin = (await read(cluster, { exec })).exec;
  assert.is(plugin?.command, `${Deno.cwd()}/./bin/login`);
  assert.is(plugin?.interactive, false);
  assert.equal(plugin?.cluster, {
    server: "https://10.0.0.1:6443",
    "certificate-authority-data": btoa(PEM),
    config: null,
  });
  const bare = (await read({}, { exec: { ...exec, command: "login", args: null } }, {}, { interactive: true })).exec;
  assert.equal([bare?.command, bare?.args, bare?.interactive], ["login", [], true]);
});

test("http is accepted on loopback only", async () => {
  for (const server of ["http://127.0.0.1:8001", "http://localhost:1", "http://[::1]:8001"]) {
    assert.is((await load({ server })).server, server);
  }
  for (const server of ["http://10.0.0.1:6443", "http://127.0.0.1.example.org", "ftp://x", "10.0.0.1:6443"]) {
    assert.match(await problem(load({ server })), "server: ");
  }
});

const v1 = "client.authentication.k8s.io/v1";
const problems: [string, () => Promise<Access>, RegExp][] = [
  [
    "verification switched off",
    () => read({ "insecure-skip-tls-verify": true }, {}),
    /cluster "c": insecure-skip-tls-verify is refused/,
  ],
  ["no server", () => read({ server: "" }, {}), /cluster "c": server is missing/],
  ["plain http", () => read({ server: "http://10.0.0.1" }, {}), /cluster "c": server: .* must begin with https/],
  ["odd proxy", () => read({ "proxy-url": "ssh://x" }, {}), /proxy-url must begin with http/],
  ["CA that is no base64", () => read({ "certificate-authority-data": "%" }, {}), /-data: it is not base64/],
  ["CA without PEM", () => read({ "certificate-authority-data": btoa("x") }, {}), /no PEM block "BEGIN CERTIFICATE"/],
  [
    "PEM that is damaged",
    () => read({ "certificate-authority-data": btoa(PEM.replace("AAAA", "A=AAA")) }, {}),
    /its PEM block is damaged/,
  ],
  ["cert without key", () => read({}, { "client-certificate": "c" }), /client-certificate is given without client-key/],
  ["password", () => read({}, { username: "x", password: "y" }), /user "u": username is no longer known/],
  ["auth provider", () => read({}, { "auth-provider": {} }), /auth-provider is no longer known/],
  ["a number as token", () => read({}, { token: 17 }), /user "u": token must be a string/],
  ["unknown context", () => read({}, {}, {}, { context: "there" }), /no context "there"; it has "here"/],
  ["unknown user", () => read({}, {}, { user: "x" }), /no user "x"; it has "u"/],
  ["exec of another version", () => read({}, { exec: { apiVersion: "v2", command: "x" } }), /apiVersion "v2" is not/],
  ["exec without command", () => read({}, { exec: { apiVersion: v1 } }), /exec: command is missing/],
  [
    "exec that needs a person",
    () => read({}, { exec: { apiVersion: v1, command: "x", interactiveMode: "Always" } }),
    /exec: x wants a terminal/,
  ],
  ["groups", () => read({}, { as: "a", "as-groups": ["b", "c"] }), /as-groups: one group at most/],
  ["no YAML", () => load({ kubeconfigText: "a: [\nsecret" }), /^kubeconfig: it cannot be parsed: [^\n]*$/],
  ["a list", () => load({ kubeconfigText: "[]" }), /kubeconfig: it is no map/],
  ["no context at all", () => load({ kubeconfigText: "{}" }), /no current-context; name one with context/],
  ["missing file", () => load({ kubeconfig: "/no/such" }), /cannot read \/no\/such: there is no such file/],
  ["two ways", () => load({ kubeconfig: "/x", server: "https://x" }), /server and kubeconfig are both given/],
  ["files alone", () => load({ tokenFile: "/x" }), /tokenFile is given without server/],
  ["half a pair", () => load({ server: "https://x", keyFile: "/x" }), /keyFile is given without certFile/],
  [
    "two credentials",
    () => load({ server: "https://x", tokenFile: "/x", exec: { command: "y" } }),
    /tokenFile and exec are both given/,
  ],
];
for (const [what, run, pattern] of problems) {
  test(`refused in one sentence: ${what}`, async () => {
    const sentence = await problem(run());
    assert.match(sentence, pattern);
    assert.not.match(sentence, /\n|secret/);
  });
}

test.run();
