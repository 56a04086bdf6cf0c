import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ApiServer, coreKinds, istioKinds } from "../../../registry/server/mod.ts";

const test = suite("outages and absent kinds of the API server in memory");

const entry = (name: string) => ({ kind: "WorkloadEntry", metadata: { name }, spec: { address: "10.0.0.1" } });
const ENTRIES = "/apis/networking.istio.io/v1/workloadentries";

async function lines(response: Response): Promise<string> {
  return await response.text().catch((error) => error.constructor.name);
}

/** Reads until the watch has told something. */
async function opened(response: Response): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const reader = response.body!.getReader();
  await reader.read();
  return reader;
}

test("stop breaks watches and refuses, start serves the same state at the same address", async () => {
  const server = new ApiServer();
  const { url } = server.listen();
  server.admin.create(entry("a"));
  const reader = await opened(await fetch(`${url}${ENTRIES}?watch=1`));
  await server.stop();
  assert.is(await reader.read().catch((error) => error.constructor.name), "TypeError");
  assert.is(await fetch(url).catch((error) => error.constructor.name), "TypeError");
  server.admin.create(entry("b"));
  server.start();
  assert.is(server.url, url);
  const list = await (await fetch(url + ENTRIES)).json();
  assert.equal(list.items.map((item: { metadata: { name: string } }) => item.metadata.name), ["a", "b"]);
  await server.close();
});

test("a second listen is refused", async () => {
  await using server = new ApiServer();
  const { url } = server.listen();
  assert.throws(() => server.listen(), `the API server listens on ${url} already`);
});

test("a kind that is switched off is 404, its watches end, and it comes back with its objects", async () => {
  await using server = new ApiServer();
  const { url } = server.listen();
  server.admin.create(entry("a"));
  const watch = await fetch(`${url}${ENTRIES}?watch=1`);
  const end = lines(watch);
  server.switchOff("workloadentries");
  assert.match(await end, /^\{"type":"ADDED".*\n$/);
  const absent = await fetch(url + ENTRIES);
  assert.equal([absent.status, (await absent.json()).message], [
    404,
    "the server could not find the requested resource",
  ]);
  for (const other of ["workloadgroups", "serviceentries"]) server.switchOff(other);
  const group = await fetch("/apis/networking.istio.io/v1".replace(/^/, url));
  await group.body?.cancel();
  assert.is(group.status, 404);
  server.switchOn("workloadentries");
  assert.is((await (await fetch(url + ENTRIES)).json()).items.length, 1);
  assert.throws(() => server.switchOff("nothing"), "the API server has no kind nothing");
});

test("an old cluster serves what it is told", async () => {
  const kinds = [...coreKinds, ...istioKinds.map((kind) => ({ ...kind, versions: ["v1beta1"] }))];
  await using server = new ApiServer({ kinds });
  const { url } = server.listen();
  const groups = await (await fetch(`${url}/apis`)).json();
  const istio = groups.groups.find((group: { name: string }) => group.name === "networking.istio.io");
  assert.equal(istio.versions.map((v: { version: string }) => v.version), ["v1beta1"]);
  const absent = await fetch(url + ENTRIES);
  assert.equal([absent.status, await absent.text()], [404, "404 page not found\n"]);
  assert.is(server.admin.create(entry("a")).apiVersion, "networking.istio.io/v1beta1");
});

test("an unlisted server answers 500, not silence, when it fails itself", async () => {
  await using server = new ApiServer();
  const { url } = server.listen();
  server.admit(() => {
    throw new Error("a bug");
  });
  const response = await fetch(`${url}/api/v1/namespaces/default/configmaps`, {
    method: "POST",
    body: JSON.stringify({ metadata: { name: "a" } }),
  });
  assert.equal([response.status, (await response.json()).message], [500, "Internal error occurred: a bug"]);
});

for (const midLine of [false, true]) {
  test(`watches can be cut${midLine ? " in the middle of a line" : ""}`, async () => {
    await using server = new ApiServer();
    const { url } = server.listen();
    server.admin.create(entry("a"));
    const response = await fetch(`${url}${ENTRIES}?watch=1`);
    assert.is(server.openWatches("workloadentries").length, 1);
    const reader = await opened(response);
    server.cutWatches({ plural: "workloadentries", midLine });
    let rest = "";
    const decoder = new TextDecoder();
    const read = async () => {
      for (let part = await reader.read(); !part.done; part = await reader.read()) rest += decoder.decode(part.value);
    };
    assert.is(await read().then(() => "ended", () => "broken"), "broken");
    // What was written last may be lost with the connection, but is never a whole line.
    assert.not(rest.includes("\n"));
    assert.is(server.openWatches().length, 0);
  });
}

test("watches can be ended, expired and told the newest revision", async () => {
  await using server = new ApiServer();
  const { url } = server.listen();
  const read = (query: string) => fetch(`${url}${ENTRIES}?watch=1&resourceVersion=${server.storage.revision}${query}`);
  const ended = await read("");
  server.endWatches("workloadentries");
  assert.is(await ended.text(), "");
  const expired = await read("");
  server.expireWatches();
  const event = JSON.parse(await expired.text());
  assert.equal([event.type, event.object.code], ["ERROR", 410]);
  const [marked, plain] = [await read("&allowWatchBookmarks=true"), await read("")];
  server.admin.create({ kind: "ConfigMap", metadata: { name: "news" } });
  server.sendBookmarks();
  server.endWatches();
  const mark = JSON.parse(await marked.text());
  assert.equal([mark.type, mark.object.metadata.resourceVersion], ["BOOKMARK", String(server.storage.revision)]);
  assert.is(await plain.text(), "");
});

test.run();
