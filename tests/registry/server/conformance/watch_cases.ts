import * as assert from "uvu/assert";
import { type AddCase, configMap, workloadEntry } from "./kube_probe.ts";

/** Watches: where they begin, what they tell, how they end. */
export function watchCases(add: AddCase): void {
  add("from a revision: everything after it, in order", async (kube) => {
    const path = kube.path("workloadentries");
    const a = await kube.create("workloadentries", workloadEntry("a"));
    const watch = await kube.watch(path, `resourceVersion=${a.metadata.resourceVersion}`);
    await kube.create("workloadentries", workloadEntry("b"));
    await kube.merge(`${path}/a`, { spec: { weight: 1 } });
    await kube.delete(`${path}/b`);
    const events = await watch.take(3);
    assert.equal(events.map((e) => `${e.type} ${e.object.metadata.name}`), ["ADDED b", "MODIFIED a", "DELETED b"]);
    const revisions = events.map((e) => BigInt(e.object.metadata.resourceVersion));
    assert.ok(revisions[0]! < revisions[1]! && revisions[1]! < revisions[2]!);
    watch.close();
  });

  for (const query of ["", "resourceVersion=0"]) {
    add(`${query || "without a revision"}: the present state first`, async (kube) => {
      await kube.create("workloadentries", workloadEntry("b"));
      await kube.create("workloadentries", workloadEntry("a"));
      const watch = await kube.watch(kube.path("workloadentries"), query);
      assert.equal((await watch.brief(2)).sort(), ["ADDED a", "ADDED b"]);
      await kube.create("workloadentries", workloadEntry("c"));
      assert.equal(await watch.brief(1), ["ADDED c"]);
      watch.close();
    });
  }

  add("a revision that is long gone: one ERROR event with 410, and the end", async (kube) => {
    const watch = await kube.watch(kube.path("workloadentries"), "resourceVersion=1");
    assert.is(watch.response.status, 200);
    const event = await watch.next();
    assert.equal([event?.type, event?.object.code, event?.object.reason], ["ERROR", 410, "Expired"]);
    assert.match(event!.object.message, /^too old resource version: 1 \(\d+\)$/);
    assert.is(await watch.next(), undefined);
  });

  add("watches that are open outlive a compaction", async (kube) => {
    const path = kube.path("workloadentries");
    const made = await kube.create("workloadentries", workloadEntry("a"));
    const watch = await kube.watch(path, `resourceVersion=${made.metadata.resourceVersion}`);
    await kube.create("workloadentries", workloadEntry("b"));
    await kube.target.compact();
    await kube.create("workloadentries", workloadEntry("c"));
    assert.equal(await watch.brief(2), ["ADDED b", "ADDED c"]);
    watch.close();
  });

  add("a short watch from the newest revision costs nothing and ends", async (kube) => {
    const path = kube.path("workloadentries");
    await kube.create("workloadentries", workloadEntry("a"));
    const { resourceVersion } = kube.ok(await kube.get(path)).metadata;
    const quiet = await kube.watch(path, `resourceVersion=${resourceVersion}&timeoutSeconds=1`);
    assert.is(await quiet.next(), undefined);
    await kube.create("workloadentries", workloadEntry("b"));
    const one = await kube.watch(path, `resourceVersion=${resourceVersion}&timeoutSeconds=1`);
    assert.equal(await one.brief(1), ["ADDED b"]);
    assert.is(await one.next(), undefined);
  });

  add("bookmarks come before the end of a watch that asked for them, if there is news", async (kube) => {
    const path = kube.path("configmaps");
    const { resourceVersion } = (await kube.create("configmaps", configMap("a"))).metadata;
    const query = `resourceVersion=${resourceVersion}&timeoutSeconds=4&allowWatchBookmarks=true`;
    const watch = await kube.watch(path, query);
    const other = kube.path("configmaps").replace(kube.namespace, "default");
    kube.ok(await kube.send("POST", other, configMap(kube.namespace)));
    const [event] = await watch.take(1);
    assert.equal([event!.type, event!.object.kind, event!.object.metadata.name], ["BOOKMARK", "ConfigMap", undefined]);
    assert.ok(BigInt(event!.object.metadata.resourceVersion) > BigInt(resourceVersion));
    watch.close();
  });

  add("a watch may be resumed from any event's revision", async (kube) => {
    const path = kube.path("workloadentries");
    const made = await kube.create("workloadentries", workloadEntry("a"));
    await kube.delete(`${path}/a`);
    await kube.create("workloadentries", workloadEntry("b"));
    const first = await kube.watch(path, `resourceVersion=${made.metadata.resourceVersion}`);
    const [gone] = await first.take(1);
    assert.equal([gone!.type, gone!.object.metadata.name], ["DELETED", "a"]);
    first.close();
    const second = await kube.watch(path, `resourceVersion=${gone!.object.metadata.resourceVersion}`);
    assert.equal(await second.brief(1), ["ADDED b"]);
    second.close();
  });

  add("one watch over all namespaces", async (kube) => {
    const selector = `labelSelector=case%3D${kube.namespace}`;
    const watch = await kube.watch("/apis/networking.istio.io/v1/workloadentries", `resourceVersion=0&${selector}`);
    await kube.create("workloadentries", workloadEntry("a", undefined, { labels: { case: kube.namespace } }));
    const [event] = await watch.take(1);
    assert.equal([event!.type, event!.object.metadata.namespace], ["ADDED", kube.namespace]);
    watch.close();
  });

  add("a watch of one namespace hears nothing of another", async (kube) => {
    const other = `${kube.namespace}-other`;
    kube.ok(await kube.send("POST", "/api/v1/namespaces", { metadata: { name: other } }));
    const watch = await kube.watch(kube.path("configmaps"), "resourceVersion=0");
    kube.ok(await kube.send("POST", kube.path("configmaps").replace(kube.namespace, other), configMap("far")));
    await kube.create("configmaps", configMap("near"));
    assert.equal(await watch.brief(1), ["ADDED near"]);
    watch.close();
  });

  add("an object that is made again is another one", async (kube) => {
    const path = kube.path("workloadentries");
    const first = await kube.create("workloadentries", workloadEntry("a"));
    const watch = await kube.watch(path, `resourceVersion=${first.metadata.resourceVersion}`);
    await kube.delete(`${path}/a`);
    const second = await kube.create("workloadentries", workloadEntry("a"));
    const events = await watch.take(2);
    assert.equal(events.map(({ type, object }) => [type, object.metadata.uid]), [
      ["DELETED", first.metadata.uid],
      ["ADDED", second.metadata.uid],
    ]);
    watch.close();
  });

  add("a finalizer keeps an object until it is removed", async (kube) => {
    const path = kube.path("workloadentries");
    const made = await kube.create(
      "workloadentries",
      workloadEntry("a", undefined, { finalizers: ["example.com/hold"] }),
    );
    const watch = await kube.watch(path, `resourceVersion=${made.metadata.resourceVersion}`);
    const held = kube.ok(await kube.delete(`${path}/a`));
    assert.ok(held.metadata.deletionTimestamp);
    assert.is(held.metadata.generation, 2);
    kube.ok(await kube.merge(`${path}/a`, { metadata: { finalizers: null } }));
    assert.equal(await watch.brief(2), ["MODIFIED a", "DELETED a"]);
    assert.is((await kube.get(`${path}/a`)).code, 404);
    watch.close();
  });

  add("events of built-in kinds carry their type, items of lists do not", async (kube) => {
    await kube.create("configmaps", configMap("a"));
    const list = kube.ok(await kube.get(kube.path("configmaps")));
    assert.equal([list.kind, list.items[0].kind, list.items[0].apiVersion], ["ConfigMapList", undefined, undefined]);
    const watch = await kube.watch(kube.path("configmaps"), "resourceVersion=0");
    const [event] = await watch.take(1);
    assert.equal([event!.object.kind, event!.object.apiVersion], ["ConfigMap", "v1"]);
    watch.close();
  });

  add("a revision that is no number", async (kube) => {
    const answer = await kube.get(`${kube.path("workloadentries")}?watch=1&resourceVersion=abc`);
    assert.is(answer.code, 500);
  });

  add("timeoutSeconds ends the stream in good order", async (kube) => {
    const watch = await kube.watch(kube.path("workloadentries"), "resourceVersion=0&timeoutSeconds=1");
    assert.is(await watch.next(), undefined);
  });

  add("an object that leaves a label selector is deleted, one that enters is added", async (kube) => {
    const path = kube.path("workloadentries");
    const made = await kube.create("workloadentries", workloadEntry("a", undefined, { labels: { in: "left" } }));
    const from = `resourceVersion=${made.metadata.resourceVersion}`;
    const left = await kube.watch(path, `${from}&labelSelector=in%3Dleft`);
    const right = await kube.watch(path, `${from}&labelSelector=in%3Dright`);
    const moved = kube.ok(await kube.merge(`${path}/a`, { metadata: { labels: { in: "right" } } }));
    const [gone] = await left.take(1);
    const [come] = await right.take(1);
    assert.equal([gone!.type, come!.type], ["DELETED", "ADDED"]);
    assert.equal(gone!.object.metadata.labels, { in: "left" });
    assert.is(gone!.object.metadata.resourceVersion, moved.metadata.resourceVersion);
    assert.equal(come!.object.metadata.labels, { in: "right" });
    left.close();
    right.close();
  });

  add("a watch of one name hears of no other", async (kube) => {
    const path = kube.path("configmaps");
    const watch = await kube.watch(path, "fieldSelector=metadata.name%3Db&resourceVersion=0");
    await kube.create("configmaps", configMap("a"));
    await kube.create("configmaps", configMap("b"));
    await kube.delete(`${path}/a`);
    await kube.delete(`${path}/b`);
    assert.equal(await watch.brief(2), ["ADDED b", "DELETED b"]);
    watch.close();
  });

  add("status changes are events too", async (kube) => {
    const made = await kube.create("workloadentries", workloadEntry("a"));
    const path = kube.path("workloadentries");
    const watch = await kube.watch(path, `resourceVersion=${made.metadata.resourceVersion}`);
    await kube.merge(`${path}/a/status`, { status: { conditions: [{ type: "Healthy", status: "True" }] } });
    const [event] = await watch.take(1);
    assert.equal([event!.type, event!.object.status.conditions[0].type], ["MODIFIED", "Healthy"]);
    watch.close();
  });
}

/** Watches that begin with a list. */
export function watchListCases(add: AddCase): void {
  add("watch-list: the state, a marked bookmark, then changes", async (kube) => {
    await kube.create("workloadentries", workloadEntry("a"));
    const query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const watch = await kube.watch(kube.path("workloadentries"), query);
    if (!kube.target.watchList) {
      const [refusal] = await watch.take(1);
      assert.equal([refusal!.type, refusal!.object.code, refusal!.object.reason], ["ERROR", 500, "InternalError"]);
      assert.match(refusal!.object.message, /the required storage feature RequestWatchProgress is disabled$/);
      assert.is(await watch.next(), undefined);
      return;
    }
    const [first, second] = await watch.take(2);
    assert.equal([first!.type, second!.type], ["ADDED", "BOOKMARK"]);
    assert.equal(second!.object.metadata.annotations, { "k8s.io/initial-events-end": "true" });
    assert.equal([second!.object.kind, second!.object.apiVersion], ["WorkloadEntry", "networking.istio.io/v1"]);
    assert.ok(BigInt(second!.object.metadata.resourceVersion) >= BigInt(first!.object.metadata.resourceVersion));
    await kube.create("workloadentries", workloadEntry("b"));
    assert.equal(await watch.brief(1), ["ADDED b"]);
    watch.close();
  });

  add("watch-list wants its match", async (kube) => {
    const path = kube.path("workloadentries");
    kube.refused(
      await kube.get(`${path}?watch=1&sendInitialEvents=true`),
      422,
      "Invalid",
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting ' +
        "resourceVersionMatch to NotOlderThan",
    );
  });
}
