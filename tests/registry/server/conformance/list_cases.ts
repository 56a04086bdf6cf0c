import * as assert from "uvu/assert";
import { type AddCase, type Json, type KubeProbe, workloadEntry } from "./kube_probe.ts";

const names = (list: Json): string[] => list.items.map((item: Json) => item.metadata.name);

async function five(kube: KubeProbe) {
  for (const name of ["a", "b", "c", "d", "e"]) {
    const labels = { name, parity: "ace".includes(name) ? "odd" : "even", ...(name === "e" ? { last: "" } : {}) };
    await kube.create("workloadentries", workloadEntry(name, undefined, { labels }));
  }
}

/** Lists: order, pages, revisions, selectors. */
export function listCases(add: AddCase): void {
  add("a list has a kind, a revision and items in the order of names", async (kube) => {
    await five(kube);
    const list = kube.ok(await kube.get(kube.path("workloadentries")));
    assert.equal([list.kind, list.apiVersion], ["WorkloadEntryList", "networking.istio.io/v1"]);
    assert.equal(names(list), ["a", "b", "c", "d", "e"]);
    assert.match(list.metadata.resourceVersion, /^\d+$/);
    const later = await kube.create("workloadentries", workloadEntry("f"));
    assert.ok(BigInt(later.metadata.resourceVersion) > BigInt(list.metadata.resourceVersion));
  });

  add("pages show one revision while objects change", async (kube) => {
    await five(kube);
    const path = kube.path("workloadentries");
    const first = kube.ok(await kube.get(`${path}?limit=2`));
    assert.equal([names(first), first.metadata.remainingItemCount], [["a", "b"], 3]);
    await kube.delete(`${path}/c`);
    await kube.create("workloadentries", workloadEntry("cc"));
    const token = encodeURIComponent(first.metadata.continue);
    const second = kube.ok(await kube.get(`${path}?limit=2&continue=${token}`));
    assert.equal(names(second), ["c", "d"]);
    assert.is(second.metadata.resourceVersion, first.metadata.resourceVersion);
    const third = kube.ok(await kube.get(`${path}?limit=2&continue=${encodeURIComponent(second.metadata.continue)}`));
    assert.equal([names(third), third.metadata.continue ?? ""], [["e"], ""]);
  });

  add("resourceVersion=0 ignores the limit", async (kube) => {
    await five(kube);
    const list = kube.ok(await kube.get(`${kube.path("workloadentries")}?limit=2&resourceVersion=0`));
    assert.equal([names(list).length, list.metadata.continue ?? ""], [5, ""]);
  });

  add("an exact revision shows the past", async (kube) => {
    await five(kube);
    const path = kube.path("workloadentries");
    const then = kube.ok(await kube.get(path)).metadata.resourceVersion;
    await kube.delete(`${path}/a`);
    await kube.merge(`${path}/b`, { spec: { address: "9.9.9.9" } });
    const past = kube.ok(await kube.get(`${path}?resourceVersion=${then}&resourceVersionMatch=Exact`));
    assert.equal([names(past), past.items[1].spec.address], [["a", "b", "c", "d", "e"], "10.0.0.1"]);
    assert.is(past.metadata.resourceVersion, then);
    const newest = kube.ok(await kube.get(`${path}?resourceVersion=${then}&resourceVersionMatch=NotOlderThan`));
    assert.equal(names(newest), ["b", "c", "d", "e"]);
    assert.equal(names(kube.ok(await kube.get(`${path}?resourceVersion=${then}`))), ["b", "c", "d", "e"]);
  });

  add("revisions that cannot be", async (kube) => {
    const path = kube.path("workloadentries");
    const future = await kube.get(`${path}?resourceVersion=99999999`);
    const body = kube.refused(future, 504, "Timeout", /^Timeout: Too large resource version: 99999999, current: \d+$/);
    assert.is(body.details.causes[0].reason, "ResourceVersionTooLarge");
    kube.refused(await kube.get(`${path}?resourceVersion=abc`), 400, "BadRequest", /^invalid resource version/);
    kube.refused(
      await kube.get(`${path}?resourceVersionMatch=Exact`),
      422,
      "Invalid",
      /forbidden unless resourceVersion is provided/,
    );
    kube.refused(await kube.get(`${path}?resourceVersion=0&resourceVersionMatch=Exact`), 422, "Invalid");
    kube.refused(
      await kube.get(`${path}?resourceVersion=1&resourceVersionMatch=Foo`),
      422,
      "Invalid",
      /supported values: "Exact", "NotOlderThan", ""/,
    );
    kube.refused(await kube.get(`${path}?continue=abc`), 400, "BadRequest", /^invalid continue token/);
  });

  add("pages after a compaction: 410, with a token for going on inconsistently", async (kube) => {
    await five(kube);
    const path = kube.path("workloadentries");
    const first = kube.ok(await kube.get(`${path}?limit=2`));
    await kube.delete(`${path}/d`);
    await kube.target.forget();
    const answer = await kube.get(`${path}?limit=2&continue=${encodeURIComponent(first.metadata.continue)}`);
    const body = kube.refused(
      answer,
      410,
      "Expired",
      /^The provided continue parameter is too old to display a consistent list/,
    );
    const rest = kube.ok(await kube.get(`${path}?limit=2&continue=${encodeURIComponent(body.metadata.continue)}`));
    assert.equal(names(rest), ["c", "e"]);
  });

  add("an exact revision that is compacted is 410", async (kube) => {
    const path = kube.path("workloadentries");
    await five(kube);
    const then = kube.ok(await kube.get(path)).metadata.resourceVersion;
    await kube.delete(`${path}/d`);
    await kube.target.forget();
    const answer = await kube.get(`${path}?resourceVersion=${then}&resourceVersionMatch=Exact`);
    kube.refused(answer, 410, "Expired", "The resourceVersion for the provided list is too old.");
    assert.is(kube.ok(await kube.get(`${path}?resourceVersion=${then}`)).items.length, 4);
  });

  add("a limit with a revision means that revision", async (kube) => {
    await five(kube);
    const path = kube.path("workloadentries");
    const then = kube.ok(await kube.get(path)).metadata.resourceVersion;
    await kube.delete(`${path}/a`);
    const past = kube.ok(await kube.get(`${path}?limit=1&resourceVersion=${then}`));
    assert.equal([names(past), past.metadata.resourceVersion], [["a"], then]);
    const now = kube.ok(await kube.get(`${path}?limit=1&resourceVersion=${then}&resourceVersionMatch=NotOlderThan`));
    assert.equal(names(now), ["b"]);
  });

  add("the last page has no token, and a selector hides how many remain", async (kube) => {
    await five(kube);
    const path = kube.path("workloadentries");
    assert.not(kube.ok(await kube.get(`${path}?limit=5`)).metadata.continue);
    const some = kube.ok(await kube.get(`${path}?limit=1&labelSelector=parity%3Dodd`));
    assert.equal([names(some), some.metadata.remainingItemCount], [["a"], undefined]);
    const next = kube.ok(
      await kube.get(
        `${path}?limit=5&labelSelector=parity%3Dodd&continue=${encodeURIComponent(some.metadata.continue)}`,
      ),
    );
    assert.equal(names(next), ["c", "e"]);
  });

  add("a list over all namespaces", async (kube) => {
    await five(kube);
    const all = kube.ok(await kube.get(`/apis/networking.istio.io/v1/workloadentries?labelSelector=name%3Da`));
    assert.ok(all.items.some((item: Json) => item.metadata.namespace === kube.namespace));
  });

  add("a namespace that does not exist lists nothing", async (kube) => {
    assert.equal(kube.ok(await kube.get(kube.path("workloadentries").replace(kube.namespace, "nowhere"))).items, []);
  });

  add("deletecollection removes what its selector matches", async (kube) => {
    await five(kube);
    const path = kube.path("workloadentries");
    kube.ok(await kube.delete(`${path}?labelSelector=parity%3Deven`));
    assert.equal(names(kube.ok(await kube.get(path))), ["a", "c", "e"]);
  });

  const selectors: [string, string][] = [
    ["parity=odd", "ace"],
    ["parity==odd", "ace"],
    ["parity!=odd", "bd"],
    ["missing!=odd", "abcde"],
    ["name in (a,b)", "ab"],
    ["name in (a, b ),parity=even", "b"],
    ["name notin (a,b)", "cde"],
    ["missing notin (a)", "abcde"],
    ["last", "e"],
    ["!last", "abcd"],
    ["last=", "e"],
    ["parity=even,!last,name!=b", "d"],
  ];
  for (const [selector, expected] of selectors) {
    add(`label selector ${selector}`, async (kube) => {
      await five(kube);
      const list = await kube.get(`${kube.path("workloadentries")}?labelSelector=${encodeURIComponent(selector)}`);
      assert.is(names(kube.ok(list)).join(""), expected);
    });
  }

  for (const bad of ["a in b", "a=b=c", "a,,b=(", "=b"]) {
    add(`label selector ${bad} is refused`, async (kube) => {
      const answer = await kube.get(`${kube.path("workloadentries")}?labelSelector=${encodeURIComponent(bad)}`);
      kube.refused(answer, 400, "BadRequest");
    });
  }

  add("field selectors by name and namespace", async (kube) => {
    await five(kube);
    const list = async (field: string) =>
      names(kube.ok(await kube.get(`${kube.path("workloadentries")}?fieldSelector=${field}`)));
    assert.equal(await list("metadata.name=b"), ["b"]);
    assert.equal(await list("metadata.name!=b"), ["a", "c", "d", "e"]);
    const all = `/apis/networking.istio.io/v1/workloadentries?fieldSelector=metadata.namespace=${kube.namespace}`;
    assert.equal(names(kube.ok(await kube.get(all))), ["a", "b", "c", "d", "e"]);
    kube.refused(
      await kube.get(`${kube.path("workloadentries")}?fieldSelector=spec.address=x`),
      400,
      "BadRequest",
      "field label not supported: spec.address",
    );
  });

  add("field selectors of built-in kinds", async (kube) => {
    await kube.create("secrets", { metadata: { name: "s" }, type: "example.com/x" });
    await kube.create("secrets", { metadata: { name: "t" } });
    const list = async (field: string) =>
      names(kube.ok(await kube.get(`${kube.path("secrets")}?fieldSelector=${field}`)));
    assert.equal(await list("type%3Dexample.com/x"), ["s"]);
    assert.equal(await list("type!%3DOpaque"), ["s"]);
  });

  add("other versions of a kind show the same objects", async (kube) => {
    await kube.create("workloadentries", workloadEntry("a"));
    const path = kube.path("workloadentries").replace("/v1/", "/v1beta1/");
    const list = kube.ok(await kube.get(path));
    assert.equal([list.apiVersion, list.items[0].apiVersion], [
      "networking.istio.io/v1beta1",
      "networking.istio.io/v1beta1",
    ]);
  });

  add("long lists come compressed when asked", async (kube) => {
    const data = { text: "moorline ".repeat(20_000) };
    await kube.create("configmaps", { metadata: { name: "big" }, data });
    const response = await kube.open("GET", kube.path("configmaps"));
    const list = await response.json();
    assert.equal(list.items[0].data, data);
    // fetch decodes by itself and then hides the encoding, but not what the cache is told of it.
    assert.match(response.headers.get("vary") ?? "", /accept-encoding/i);
  });
}
