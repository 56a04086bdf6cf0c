import * as assert from "uvu/assert";
import { parse as parseYaml } from "yaml";
import {
  type AccessOptions,
  ApiError,
  type Identified,
  identify,
  isRecord,
  type Kind,
  KubeClient,
  loadAccess,
  pollSource,
  Reflector,
  type Source,
  type SourceEvent,
  Store,
  StreamBroken,
  systemClock,
  Unreachable,
  watchSource,
} from "../../registry/mod.ts";
import { endToEnd } from "../end_to_end.ts";
import { FakeClock } from "../fake_clock.ts";
import { failure } from "../registry/handler_server.ts";
import { BreakableProxy } from "./breakable_proxy.ts";
import { buildKube, KubeApiserver } from "./kube_apiserver.ts";

/** What the client says and does against the real API server, whose exact words and statuses it depends on. */
const test = await endToEnd<{ server: KubeApiserver; admin: KubeClient; port: number }>(
  "KubeClient over kube-apiserver",
  async () => await buildKube() || undefined,
);

interface Raw extends Identified {
  readonly raw: Readonly<Record<string, unknown>>;
}

function kindOf(group: string, versions: string[], plural: string, kind: string, namespaced = true): Kind<Raw> {
  const parse = (raw: unknown): Raw => ({ ...identify(raw), raw: isRecord(raw) ? raw : {} });
  return { group, versions, plural, kind, namespaced, parse };
}

const services = kindOf("", ["v1"], "services", "Service");
const configMaps = kindOf("", ["v1"], "configmaps", "ConfigMap");
const namespaces = kindOf("", ["v1"], "namespaces", "Namespace", false);
const serviceAccounts = kindOf("", ["v1"], "serviceaccounts", "ServiceAccount");
const entries = kindOf("networking.istio.io", ["v9", "v1beta1"], "workloadentries", "WorkloadEntry");

const clientOf = async (options: Partial<AccessOptions>, more: { clock?: FakeClock; random?: () => number } = {}) =>
  new KubeClient(await loadAccess({ parseYaml, ...options }), {
    clock: more.clock ?? systemClock,
    random: more.random ?? Math.random,
    log: () => {},
    userAgent: "moorline-tests",
  });

/** A kubeconfig with what a test wants to differ. */
function kubeconfig(server: KubeApiserver, cluster: object, user: object): string {
  return JSON.stringify({
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster: { server: server.url, "certificate-authority": server.pki.caFile, ...cluster } }],
    users: [{ name: "u", user }],
  });
}

const configMap = (name: string, data: Record<string, string>, more = {}) => ({
  metadata: { namespace: "default", name, ...more },
  data,
});

test.before(async (context) => {
  context.server = await KubeApiserver.start();
  context.port = Number(new URL(context.server.url).port);
  context.admin = await clientOf({
    kubeconfigText: kubeconfig(context.server, {}, { token: context.server.adminToken }),
  });
});
test.after(async ({ server, admin }) => {
  admin?.close();
  await server?.stop();
});

test("reaches the server by a kubeconfig, and knows its clock", async ({ admin }) => {
  const service = await admin.resource(services).get("default", "kubernetes");
  assert.is(service.name, "kubernetes");
  assert.ok(Math.abs(admin.clockSkew ?? NaN) < 2000, `the same machine's clock differs by ${admin.clockSkew} ms`);
  const all = await admin.resource(namespaces).list();
  assert.ok(all.some(({ name, namespace }) => name === "default" && namespace === ""));
});

test("a client certificate is a user, whose refusal names verb and resource", async ({ server }) => {
  const { certFile, keyFile } = await server.pki.client("alice", ["team"]);
  const alice = await clientOf({ server: server.url, caFile: server.pki.caFile, certFile, keyFile });
  const error = await failure(alice.resource(entries).get("default", "a"), ApiError);
  assert.ok(error.isForbidden);
  assert.match(error.message, 'User "alice" cannot get resource "workloadentries"');
  assert.match(
    error.message,
    'grant verb "get" on resource "workloadentries.networking.istio.io" for namespace "default"',
  );
  assert.equal((await alice.mayI({ verb: "list", group: "", resource: "services" })).allowed, false);
  alice.close();
});

test("a token that is not known is 401, a state of its own", async ({ server }) => {
  const stranger = await clientOf({ kubeconfigText: kubeconfig(server, {}, { token: "wrong-token" }) });
  const error = await failure(stranger.resource(services).get("default", "kubernetes"), ApiError);
  assert.ok(error.isUnauthorized);
  assert.not.match(error.message, "wrong-token");
  assert.is(stranger.authState.state, "unauthorized");
  stranger.close();
});

test("tls-server-name leads to the certificate's name, whatever the address", async ({ server, port }) => {
  const proxied = new BreakableProxy({ hostname: "127.0.0.1", port });
  const user = { token: server.adminToken };
  const cluster = { server: `https://localhost:${proxied.port}` };
  const plain = await clientOf({ kubeconfigText: kubeconfig(server, cluster, user) });
  assert.match(
    (await failure(plain.resource(services).list(), Unreachable)).message,
    "its certificate carries other names",
  );
  const named = await clientOf({
    kubeconfigText: kubeconfig(server, { ...cluster, "tls-server-name": "127.0.0.1" }, user),
  });
  await named.resource(services).list();
  for (const client of [plain, named]) client.close();
  proxied.close();
});

test("makes tokens for a service account, which then is who asks", async ({ server, admin }) => {
  await admin.resource(serviceAccounts).create({ metadata: { namespace: "default", name: "vm" } });
  const { token, expires } = await admin.requestToken("default", "vm", { expirationSeconds: 3600 });
  assert.ok(Math.abs(expires - Date.now() - 3_600_000) < 60_000);
  const vm = await clientOf({ kubeconfigText: kubeconfig(server, {}, { token }) });
  assert.match(
    (await failure(vm.resource(services).list(), ApiError)).message,
    'User "system:serviceaccount:default:vm" cannot list resource "services"',
  );
  vm.close();
  const short = await failure(admin.requestToken("default", "vm", { expirationSeconds: 5 }), ApiError);
  assert.ok(short.isInvalid);
  assert.ok((await failure(admin.requestToken("default", "nobody"), ApiError)).isNotFound);
});

test("writes: made once, applied by managers that may differ, replaced and deleted under conditions", async ({ admin }) => {
  const maps = admin.resource(configMaps);
  const first = await maps.create(configMap("a", { x: "1" }), { fieldManager: "one" });
  assert.ok((await failure(maps.create(configMap("a", {})), ApiError)).isAlreadyExists);
  const conflict = await failure(maps.apply(configMap("a", { x: "2" }), { fieldManager: "two" }), ApiError);
  assert.ok(conflict.isConflict && !conflict.isAlreadyExists);
  assert.match(conflict.message, 'conflict with "one"');
  const forced = await maps.apply(configMap("a", { x: "2" }), { fieldManager: "two", force: true });
  assert.equal(forced.raw["data"], { x: "2" });
  const stale = configMap("a", { x: "3" }, { resourceVersion: first.resourceVersion });
  assert.ok((await failure(maps.replace(stale), ApiError)).isConflict);
  const current = await maps.replace(configMap("a", { x: "3" }, { resourceVersion: forced.resourceVersion }));
  const patched = await maps.mergePatch("default", "a", { data: { x: null, y: "1" } });
  assert.equal(patched.raw["data"], { y: "1" });
  const old = { resourceVersion: current.resourceVersion };
  assert.ok((await failure(maps.mergePatch("default", "a", { data: {} }, old), ApiError)).isConflict);
  assert.ok((await failure(maps.delete("default", "a", { uid: "another" }), ApiError)).isConflict);
  await maps.delete("default", "a", { uid: patched.uid, resourceVersion: patched.resourceVersion });
  assert.ok((await failure(maps.delete("default", "a"), ApiError)).isNotFound);
  assert.ok((await failure(maps.create(configMap("A", {})), ApiError)).isInvalid);
});

test("a kind is found in the version that is served, and its status is written alone", async ({ admin }) => {
  assert.is(await admin.version(entries), "v1beta1");
  const resource = admin.resource(entries);
  const entry = { metadata: { namespace: "default", name: "vm" }, spec: { address: "10.0.0.1" } };
  const made = await resource.apply(entry, { fieldManager: "moorline" });
  const conditions = [{ type: "Healthy", status: "True" }];
  const { resourceVersion } = made;
  const healthy = await resource.mergeStatus("default", "vm", { conditions }, { resourceVersion });
  assert.equal(healthy.raw["status"], { conditions });
  assert.equal(healthy.raw["spec"], entry.spec);
  assert.ok((await failure(resource.mergeStatus("default", "vm", {}, { resourceVersion }), ApiError)).isConflict);
  assert.is(await admin.version(kindOf("networking.istio.io", ["v8", "v9"], "workloadentries", "X")), undefined);
});

test("a list may not be older than what is known", async ({ admin }) => {
  const asked = { verb: "list", resource: "services", namespace: "", name: "" };
  const query = { resourceVersion: "99999999", resourceVersionMatch: "NotOlderThan" };
  const ahead = await failure(admin.json({ asked, path: "/api/v1/services", query }), ApiError);
  assert.ok(ahead.isBehind && ahead.isRetriable && !ahead.isGone);
});

test("a watch from a version that is to come stays silent, and a poll finds out", async ({ admin }) => {
  const source = pollSource(admin, services, { interval: 1000 });
  const { message } = await failure(
    (async () => {
      for await (const _ of source.open("99999999", "99999999", new AbortController().signal)) { /* until it fails */ }
    })(),
    StreamBroken,
  );
  assert.match(message, "went back from resourceVersion 99999999");
});

test("a kind in which nothing happens moves on by bookmarks", async ({ admin }) => {
  const quiet = kindOf("networking.istio.io", ["v1"], "serviceentries", "ServiceEntry");
  const listed = (await firstRound(watchSource(admin, quiet), "")).find(({ type }) => type === "listed");
  const version = listed?.type === "listed" ? listed.resourceVersion : "";
  await admin.resource(configMaps).create(configMap("elsewhere", {}));
  // Where etcd tells of progress rarely, asking for the position is what makes the server learn of it.
  for (let round = 0; round < 3; round++) {
    const events = await firstRound(pollSource(admin, quiet, { interval: 1000 }), version);
    const bookmark = events.find(({ type }) => type === "bookmark");
    if (bookmark?.type === "bookmark") return assert.ok(Number(bookmark.resourceVersion) > Number(version));
  }
  assert.unreachable("no bookmark came");
});

test("a network that goes silent is noticed, and the next request has a new connection", async ({ server, port }) => {
  const proxy = new BreakableProxy({ hostname: "127.0.0.1", port });
  const clock = new FakeClock(Date.now());
  const user = { token: server.adminToken };
  const cluster = { server: `https://127.0.0.1:${proxy.port}` };
  const client = await clientOf({ kubeconfigText: kubeconfig(server, cluster, user) }, { clock });
  await client.resource(services).list();
  const before = proxy.accepted;
  proxy.freeze();
  const waiting = failure(client.resource(services).list(), Unreachable);
  for (let second = 0; second < 40; second++) await clock.advance(1000);
  assert.ok((await waiting).timedOut);
  proxy.thaw();
  await client.resource(services).list();
  assert.ok(proxy.accepted > before);
  client.close();
  proxy.close();
});

test("an outage: the objects stay, the state says so, and all is right again afterwards", async ({ server }) => {
  // At random 0 a list after an outage is not put off.
  const random = () => 0;
  const client = await clientOf({ kubeconfigText: kubeconfig(server, {}, { token: server.adminToken }) }, { random });
  const store = new Store<Raw>();
  const changed = Promise.withResolvers<void>();
  const states: string[] = [];
  store.onChange((changes) => changes.some(({ after }) => after?.name === "later") && changed.resolve());
  const options = { clock: systemClock, random, log: () => {}, writer: store.part("all") };
  const reflector = new Reflector({ ...options, source: watchSource(client, configMaps, { namespace: "default" }) });
  const stop = new AbortController();
  const reached = (state: string) =>
    new Promise<void>((resolve) => {
      const look = () => store.state.state === state && resolve();
      store.onState(look);
      look();
    });
  store.onState(() => states.at(-1) === store.state.state || states.push(store.state.state));
  await client.resource(configMaps).create(configMap("before", {}));
  const running = reflector.run(stop.signal);
  try {
    await reached("synced");
    await server.stopApiserver();
    await reached("stale");
    assert.ok(store.get("default/before"));
    await server.startApiserver();
    await client.resource(configMaps).create(configMap("later", {}));
    await changed.promise;
    await reached("synced");
    assert.ok(store.get("default/before"));
    assert.equal(states, ["synced", "stale", "synced"]);
  } finally {
    stop.abort();
    await running;
    client.close();
  }
});

/** What a source tells until it has read everything once. */
async function firstRound(source: Source<Raw>, from: string): Promise<SourceEvent<Raw>[]> {
  const events: SourceEvent<Raw>[] = [];
  const stop = new AbortController();
  for await (const batch of source.open(from, from, stop.signal)) {
    events.push(...batch);
    if (batch.some(({ type }) => type === "current" || type === "listed")) break;
  }
  stop.abort();
  return events;
}

test.run();
