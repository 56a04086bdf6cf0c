import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createDirectClient } from "../../registry/http_client.ts";
import { pair } from "./handler_server.ts";
import { connectProxy } from "./test_proxies.ts";

const test = suite("createDirectClient");

const NOWHERE = "http://127.0.0.1:1";
const VARIABLES = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "no_proxy"];

/** Runs with these variables alone, and puts back what was. */
async function withEnvironment(values: Record<string, string>, run: () => Promise<void>) {
  const before = VARIABLES.map((name) => Deno.env.get(name));
  for (const name of VARIABLES) Deno.env.delete(name);
  for (const [name, value] of Object.entries(values)) Deno.env.set(name, value);
  try {
    await run();
    for (const [name, value] of Object.entries(values)) {
      assert.is(Deno.env.get(name), value, "the variable is as it was");
    }
  } finally {
    for (const [index, name] of VARIABLES.entries()) {
      const value = before[index];
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

test("goes straight to its server, whatever proxy the environment names", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response("here"));
  for (const host of ["127.0.0.1", "localhost"]) {
    for (const name of ["HTTP_PROXY", "http_proxy", "ALL_PROXY"]) {
      await withEnvironment({ [name]: NOWHERE, NO_PROXY: "example.org" }, async () => {
        using client = createDirectClient();
        const response = await fetch(`http://${host}:${server.addr.port}/`, { client });
        assert.is(await response.text(), "here");
      });
    }
  }
  await server.shutdown();
});

test("a proxy that is named is used, whatever NO_PROXY says", async () => {
  await using proxy = connectProxy("user:password");
  await withEnvironment({ NO_PROXY: "*,127.0.0.1", no_proxy: "127.0.0.0/8" }, async () => {
    const basicAuth = { username: "user", password: "password" };
    using client = createDirectClient({ proxy: { url: `http://127.0.0.1:${proxy.port}`, basicAuth } });
    await fetch("https://127.0.0.1:2/", { client }).then(() => assert.unreachable(), () => {/* nothing is there */});
  });
  assert.equal(proxy.targets, ["127.0.0.1:2"]);
});

test("a client of an API server on loopback needs no NO_PROXY", async () => {
  await withEnvironment({ HTTP_PROXY: NOWHERE, HTTPS_PROXY: NOWHERE }, async () => {
    await using server = pair(() => Response.json({ here: true }));
    const asked = { verb: "get", resource: "x", namespace: "", name: "" };
    assert.equal(await server.client.json({ asked, path: "/" }), { here: true });
  });
});

test.run();
