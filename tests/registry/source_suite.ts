import type * as uvu from "uvu";
import * as assert from "uvu/assert";
import {
  type Identified,
  identify,
  isRecord,
  type Kind,
  type KubeClient,
  type Manifest,
  pollSource,
  Reflector,
  type RestartReason,
  type Selection,
  type Source,
  Store,
  systemClock,
  watchSource,
} from "../../registry/mod.ts";

/** What the suite needs of a cluster: the in-process server and the real one both offer it. */
export interface SuiteCluster {
  /** The client whose sources are tested. */
  readonly client: KubeClient;
  /** Another one, for what others do to the cluster. */
  readonly others: KubeClient;
  /** An existing namespace of its own, and another one. */
  readonly namespace: string;
  readonly otherNamespace: string;
  /** Makes every resourceVersion known so far too old to watch from; absent where that cannot be done quickly. */
  readonly expire?: () => Promise<void>;
  /** Breaks every open connection in the middle of whatever it carries; absent where that cannot be done. */
  readonly cut?: () => void | Promise<void>;
  close(): Promise<void>;
}

/** What every test of the suite is handed. */
export interface SuiteContext {
  cluster: SuiteCluster;
}

/** A Lease, of which the suite reads the holder; the holder `bad` cannot be parsed. */
interface Held extends Identified {
  readonly holder: string;
}

const leases: Kind<Held> = {
  group: "coordination.k8s.io",
  versions: ["v9", "v1"],
  plural: "leases",
  kind: "Lease",
  namespaced: true,
  parse(raw) {
    const spec = isRecord(raw) && isRecord(raw["spec"]) ? raw["spec"] : {};
    const holder = String(spec["holderIdentity"] ?? "");
    if (holder === "bad") throw new Error("its holder is bad");
    return Object.freeze({ ...identify(raw), holder });
  },
};

const nothing: Kind<Identified> = {
  group: "nobody.example.org",
  versions: ["v1"],
  plural: "nothings",
  kind: "Nothing",
  namespaced: true,
  parse: (raw) => identify(raw),
};

/** Far above what a poll (1 s) needs, so that only a hang meets it. */
const LIMIT_MS = 20_000;
const POLL_MS = 1000;

/** Adds the behaviour that watch and poll share, over any API server, to a suite. */
export function addSourceTests(
  test: uvu.Test<SuiteContext>,
  mode: "watch" | "poll",
  open: () => Promise<SuiteCluster>,
) {
  test.before(async (context) => {
    context.cluster = await open();
  });
  test.after(async ({ cluster }) => {
    await cluster.close();
  });
  let counter = 0;
  /** Names that no other test uses, so that one namespace serves all. */
  const fresh = () => `t${++counter}`;
  const sourceOf = (cluster: SuiteCluster, selection: Selection, by = mode): Source<Held> =>
    by === "watch"
      ? watchSource(cluster.client, leases, selection)
      : pollSource(cluster.client, leases, { ...selection, interval: POLL_MS });

  test("lists what is there and follows what comes, changes and goes", async ({ cluster }) => {
    const label = fresh();
    await put(cluster, label, "a", "one");
    await using view = look(sourceOf(cluster, { namespace: cluster.namespace, labelSelector: `suite=${label}` }));
    await view.until(() => view.store.state.state === "synced");
    assert.equal(view.holders(), { a: "one" });
    await put(cluster, label, "b", "two");
    await view.until(() => view.holders()["b"] === "two");
    await put(cluster, label, "a", "three");
    await view.until(() => view.holders()["a"] === "three");
    await remove(cluster, label, "b");
    await view.until(() => view.store.size === 1);
    assert.equal(view.holders(), { a: "three" });
  });

  test("an object that leaves the selection is gone, one of another namespace is not seen", async ({ cluster }) => {
    const label = fresh();
    await put(cluster, label, "a", "one");
    await put(cluster, label, "far", "one", cluster.otherNamespace);
    await using view = look(sourceOf(cluster, { namespace: cluster.namespace, labelSelector: `suite=${label}` }));
    await view.until(() => view.store.state.state === "synced");
    assert.equal(view.holders(), { a: "one" });
    await cluster.others.resource(leases).mergePatch(cluster.namespace, `${label}-a`, {
      metadata: { labels: { suite: null } },
    });
    await view.until(() => view.store.size === 0);
  });

  test("one object can be followed by its name", async ({ cluster }) => {
    const label = fresh();
    await put(cluster, label, "a", "one");
    await put(cluster, label, "b", "one");
    const fieldSelector = `metadata.name=${label}-a`;
    await using view = look(sourceOf(cluster, { namespace: cluster.namespace, fieldSelector }));
    await view.until(() => view.store.state.state === "synced");
    await put(cluster, label, "b", "two");
    await put(cluster, label, "a", "two");
    await view.until(() => view.holders()["a"] === "two");
    assert.equal(view.holders(), { a: "two" });
  });

  test("goes on from a snapshot, with what changed and went meanwhile", async ({ cluster }) => {
    const label = fresh();
    for (const name of ["a", "b", "c"]) await put(cluster, label, name, "one");
    const selection = { namespace: cluster.namespace, labelSelector: `suite=${label}` };
    const snapshot = await readOnce(sourceOf(cluster, selection));
    await put(cluster, label, "a", "two");
    await remove(cluster, label, "b");
    await put(cluster, label, "d", "one");
    await using view = look(sourceOf(cluster, selection), snapshot);
    assert.equal(view.holders(), { a: "one", b: "one", c: "one" }, "the snapshot counts from the first moment");
    await view.until(() => view.holders()["d"] === "one");
    assert.equal(view.holders(), { a: "two", c: "one", d: "one" });
    await view.until(() => view.store.state.state === "synced");
    assert.equal(view.listed(), 0, "without another list");
  });

  test("a resourceVersion that is too old is listed anew, and what still exists is never absent", async (context) => {
    const { cluster } = context;
    if (!cluster.expire) return;
    const label = fresh();
    for (const name of ["a", "b", "c"]) await put(cluster, label, name, "one");
    const selection = { namespace: cluster.namespace, labelSelector: `suite=${label}` };
    const snapshot = await readOnce(sourceOf(cluster, selection));
    await remove(cluster, label, "b");
    await put(cluster, label, "c", "two");
    await cluster.expire();
    await using view = look(sourceOf(cluster, selection), snapshot);
    await view.until(() => view.store.state.state === "synced");
    assert.equal(view.holders(), { a: "one", c: "two" });
    assert.equal(view.gone, ["b"], "only what is really gone ever went");
    assert.ok(view.restarts.includes("gone"));
    await put(cluster, label, "a", "three");
    await view.until(() => view.holders()["a"] === "three");
  });

  test("a connection that breaks costs no event", async ({ cluster }) => {
    if (!cluster.cut) return;
    const label = fresh();
    await using view = look(sourceOf(cluster, { namespace: cluster.namespace, labelSelector: `suite=${label}` }));
    await view.until(() => view.store.state.state === "synced");
    for (let round = 0; round < 3; round++) {
      await put(cluster, label, `r${round}`, "one");
      await cluster.cut();
      await put(cluster, label, "a", `round ${round}`);
      await view.until(() => view.holders()["a"] === `round ${round}` && `r${round}` in view.holders());
    }
    assert.equal(view.gone, []);
    assert.equal(view.listed(), 1, "the first list is the only one");
  });

  test("a bad object is as if it were not there, is named once, and the others go on", async ({ cluster }) => {
    const label = fresh();
    await put(cluster, label, "a", "bad");
    await put(cluster, label, "b", "one");
    await using view = look(sourceOf(cluster, { namespace: cluster.namespace, labelSelector: `suite=${label}` }));
    await view.until(() => view.store.state.state === "synced");
    assert.equal(view.holders(), { b: "one" });
    assert.equal([...view.reflector.bad], [[`${cluster.namespace}/${label}-a`, "its holder is bad"]]);
    await put(cluster, label, "a", "good");
    await view.until(() => view.holders()["a"] === "good");
    assert.is(view.reflector.bad.size, 0);
    await put(cluster, label, "b", "bad");
    await view.until(() => !("b" in view.holders()));
    assert.is(view.reflector.badCount, 2);
    assert.is(view.warnings.filter((text) => text === "an object is skipped").length, 2);
  });

  test("switches between watch and poll while running, without listing again", async ({ cluster }) => {
    const label = fresh();
    const selection = { namespace: cluster.namespace, labelSelector: `suite=${label}` };
    await put(cluster, label, "a", "one");
    await using view = look(sourceOf(cluster, selection));
    await view.until(() => view.store.state.state === "synced");
    const listed = view.listed();
    view.reflector.use(sourceOf(cluster, selection, mode === "watch" ? "poll" : "watch"));
    await put(cluster, label, "a", "two");
    await view.until(() => view.holders()["a"] === "two");
    view.reflector.use(sourceOf(cluster, selection));
    await put(cluster, label, "a", "three");
    await view.until(() => view.holders()["a"] === "three");
    assert.equal(view.listed(), listed);
    assert.equal(view.restarts.filter((reason) => reason === "switched").length, 2);
  });

  test("switched to another selection it shows that one alone", async ({ cluster }) => {
    const [label, other] = [fresh(), fresh()];
    await put(cluster, label, "a", "one");
    await put(cluster, other, "b", "one");
    const { namespace } = cluster;
    await using view = look(sourceOf(cluster, { namespace, labelSelector: `suite=${label}` }));
    await view.until(() => view.store.size === 1);
    view.reflector.use(sourceOf(cluster, { namespace, labelSelector: `suite=${other}` }));
    await view.until(() => view.store.get(`${namespace}/${other}-b`) !== undefined && view.store.size === 1);
  });

  test("a kind that is not served is absent", async ({ cluster }) => {
    const source = mode === "watch"
      ? watchSource(cluster.client, nothing)
      : pollSource(cluster.client, nothing, { interval: POLL_MS });
    await using view = look(source);
    await view.until(() => view.store.state.state === "absent");
  });
}

/** A reflector at work, and what can be seen of it. */
function look<T extends Identified>(source: Source<T>, resume?: { items: T[]; resourceVersion: string }) {
  const stop = new AbortController();
  const store = new Store<T>();
  const gone: string[] = [];
  const restarts: RestartReason[] = [];
  const warnings: string[] = [];
  let lists = 0;
  let wake = () => {};
  const counted = (inner: Source<T>): Source<T> => ({
    ...inner,
    async *open(from, known, signal) {
      for await (const batch of inner.open(from, known, signal)) {
        lists += batch.filter((event) => event.type === "listed").length;
        yield batch;
        wake();
      }
    },
  });
  store.onChange((changes) => {
    for (const { before, after } of changes) if (before && !after) gone.push(shortName(before.name));
  });
  store.onState(() => wake());
  const reflector = new Reflector<T>({
    source: counted(source),
    writer: store.part("all"),
    clock: systemClock,
    random: Math.random,
    log: (_level, message) => warnings.push(message),
    onRestart: (reason) => restarts.push(reason),
    ...(resume && { resume }),
  });
  const use = reflector.use.bind(reflector);
  reflector.use = (other) => use(counted(other));
  const running = reflector.run(stop.signal);
  return {
    store,
    reflector,
    gone,
    restarts,
    warnings,
    listed: () => lists,
    holders: () =>
      Object.fromEntries(
        Array.from(store.list(), (item) => [shortName(item.name), "holder" in item ? item.holder : ""]),
      ),
    /** Resolves when the condition holds; it is looked at whenever something came. */
    async until(condition: () => boolean) {
      const limit = setTimeout(() => wake(), LIMIT_MS);
      const end = performance.now() + LIMIT_MS;
      try {
        while (!condition()) {
          if (performance.now() >= end) {
            throw new Error(`waited in vain for ${condition}; state ${JSON.stringify(store.state)}, ${warnings}`);
          }
          await new Promise<void>((resolve) => wake = resolve);
        }
      } finally {
        clearTimeout(limit);
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** What an agent would write down before it stops. */
async function readOnce<T extends Identified>(source: Source<T>): Promise<{ items: T[]; resourceVersion: string }> {
  await using view = look(source);
  await view.until(() => view.store.state.state === "synced");
  return { items: [...view.store.list()], resourceVersion: view.reflector.resourceVersion };
}

async function put(cluster: SuiteCluster, label: string, name: string, holder: string, namespace = cluster.namespace) {
  const manifest: Manifest = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { namespace, name: `${label}-${name}`, labels: { suite: label } },
    spec: { holderIdentity: holder },
  };
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${label}-${name}`;
  // Written without the code under test's `parse`, which refuses some of them.
  await cluster.others.json({
    asked: { verb: "patch", resource: "leases", namespace, name },
    method: "PATCH",
    path,
    query: { fieldManager: "suite", force: "true" },
    contentType: "application/apply-patch+yaml",
    body: manifest,
  });
}

async function remove(cluster: SuiteCluster, label: string, name: string) {
  await cluster.others.resource(leases).delete(cluster.namespace, `${label}-${name}`);
}

function shortName(name: string): string {
  return name.replace(/^t\d+-/, "");
}
