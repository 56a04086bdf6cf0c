import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Access } from "../../registry/access.ts";
import { ApiError } from "../../registry/api_error.ts";
import { KubeClient } from "../../registry/kube_client.ts";
import { AccessError, type Material } from "../../registry/material.ts";
import { Unreachable } from "../../registry/unreachable.ts";
import { FakeClock } from "../fake_clock.ts";
import { failure } from "./handler_server.ts";
import { connectProxy, socksProxy } from "./test_proxies.ts";
import { type Authority, createAuthority } from "./test_certificates.ts";

const test = suite<{ authority: Authority; stranger: Authority; folder: string }>("TLS");

test.before(async (context) => {
  context.authority = await createAuthority("moorline test authority");
  context.stranger = await createAuthority("somebody else");
  context.folder = await Deno.makeTempDir();
});
test.after(({ folder }) => Deno.remove(folder, { recursive: true }));

const get = { asked: { verb: "get", resource: "things", namespace: "", name: "" }, path: "/x" };

/** A server on loopback that says who it takes the client for, by its certificate, and which name it was called by. */
async function serve(pair: { cert: string; key: string }, clientCa?: string) {
  const server = createServer(
    { ...pair, ...(clientCa && { ca: clientCa, requestCert: true }) },
    (request, response) => {
      const socket = request.socket as TLSSocket;
      const subject = clientCa ? socket.getPeerCertificate().subject : undefined;
      const user = subject?.CN ?? "nobody";
      response.end(JSON.stringify({ user, authorization: request.headers.authorization ?? "" }));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const text = (name: string, value: string): Material => ({ name, text: value });

function clientOf(server: string, more: Partial<Access> = {}) {
  const access: Access = {
    server,
    serverName: "",
    proxyUrl: "",
    headers: {},
    namespace: "default",
    origin: "kubeconfig x",
    token: text("token", "t0ken"),
    ...more,
  };
  const options = { clock: new FakeClock(), random: () => 0.5, log: () => {}, userAgent: "moorline-tests" };
  return new KubeClient(access, options);
}

const user = async (client: KubeClient) => (await client.json(get) as { user: string }).user;

test("only the CA that is named is trusted", async ({ authority, stranger }) => {
  await using server = await serve(await authority.issue({ name: "api", ips: ["127.0.0.1"] }));
  const good = clientOf(server.url, { ca: text("ca", authority.pem) });
  assert.equal(await good.json(get), { user: "nobody", authorization: "Bearer t0ken" });
  const bundle = clientOf(server.url, { ca: text("ca", stranger.pem + authority.pem) });
  await bundle.json(get);
  const bad = clientOf(server.url, { ca: text("ca", stranger.pem) });
  const { message } = await failure(bad.json(get), Unreachable);
  assert.match(message, "its certificate is not signed by the CA that is configured");
  for (const client of [good, bundle, bad]) client.close();
});

test("without a CA the system's bundle counts", async ({ authority, folder }) => {
  await using server = await serve(await authority.issue({ name: "api", ips: ["127.0.0.1"] }));
  const before = Deno.env.get("SSL_CERT_FILE");
  Deno.env.set("SSL_CERT_FILE", `${folder}/bundle.pem`);
  try {
    const client = clientOf(server.url);
    assert.match((await failure(client.json(get), AccessError)).message, "SSL_CERT_FILE: cannot read");
    await Deno.writeTextFile(`${folder}/bundle.pem`, authority.pem);
    await client.json(get);
    client.close();
  } finally {
    if (before === undefined) Deno.env.delete("SSL_CERT_FILE");
    else Deno.env.set("SSL_CERT_FILE", before);
  }
});

test("what the process trusted by itself counts no more", async ({ authority, stranger, folder }) => {
  await using server = await serve(await authority.issue({ name: "api", ips: ["127.0.0.1"] }));
  await Deno.writeTextFile(`${folder}/system.pem`, authority.pem);
  const registry = new URL("../../registry/mod.ts", import.meta.url);
  const script = `
    import { KubeClient, systemClock } from ${JSON.stringify(registry)};
    const access = { server: Deno.args[0], serverName: "", proxyUrl: "", headers: {}, namespace: "", origin: "",
      ca: { name: "ca", text: Deno.args[1] } };
    const plain = () => fetch(Deno.args[0]).then(async (r) => (await r.text(), "trusted"), () => "refused");
    if (Deno.args[2] === "plain") console.log(await plain());
    const client = new KubeClient(access, { clock: systemClock, random: Math.random, log() {}, userAgent: "x" });
    const asked = { verb: "get", resource: "x", namespace: "", name: "" };
    if (Deno.args[2] === "ours") console.log(await client.json({ asked, path: "/" }).then(() => "trusted", () => "refused"));
    Deno.exit(0);`;
  const run = async (which: string) => {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        "--quiet",
        `data:application/javascript,${encodeURIComponent(script)}`,
        server.url,
        stranger.pem,
        which,
      ],
      env: { DENO_TLS_CA_STORE: "system", SSL_CERT_FILE: `${folder}/system.pem` },
      stderr: "inherit",
    }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  assert.is(await run("plain"), "trusted", "the system's store has the authority");
  assert.is(await run("ours"), "refused", "and yet a client that names another CA does not");
});

test("a server of another name is refused, unless tls-server-name names it", async ({ authority }) => {
  await using server = await serve(await authority.issue({ name: "api", dns: ["kube.example.org"] }));
  const ca = text("ca", authority.pem);
  const plain = clientOf(server.url, { ca });
  assert.match((await failure(plain.json(get), Unreachable)).message, "its certificate carries other names");
  const named = clientOf(server.url, { ca, serverName: "kube.example.org" });
  assert.equal(await named.json(get), { user: "nobody", authorization: "Bearer t0ken" });
  const wrong = clientOf(server.url, { ca, serverName: "other.example.org" });
  assert.match((await failure(wrong.json(get), Unreachable)).message, "its certificate carries other names");
  for (const client of [plain, named, wrong]) client.close();
});

test("a CA that is replaced on disk is used at the next request", async ({ authority, stranger, folder }) => {
  await using server = await serve(await authority.issue({ name: "api", ips: ["127.0.0.1"] }));
  const path = `${folder}/ca.crt`;
  await Deno.writeTextFile(path, stranger.pem);
  const client = clientOf(server.url, { ca: { name: "caFile", path } });
  await failure(client.json(get), Unreachable);
  await replace(path, authority.pem);
  await client.json(get);
  await replace(path, "garbage");
  assert.match((await failure(client.json(get), AccessError)).message, `caFile (${path}): there is no PEM block`);
  client.close();
});

test("a client certificate says who asks, and a new pair of files makes another", async ({ authority, folder }) => {
  const issued = await authority.issue({ name: "api", ips: ["127.0.0.1"] });
  await using server = await serve(issued, authority.pem);
  const [cert, key] = [`${folder}/tls.crt`, `${folder}/tls.key`];
  const alice = await authority.issue({ name: "alice", groups: ["admins"] });
  const bob = await authority.issue({ name: "bob" });
  await Deno.writeTextFile(cert, alice.cert);
  await Deno.writeTextFile(key, alice.key);
  const client = clientOf(server.url, {
    ca: text("ca", authority.pem),
    cert: { name: "certFile", path: cert },
    key: { name: "keyFile", path: key },
  });
  assert.is(await user(client), "alice");
  await replace(cert, bob.cert);
  assert.is(await user(client), "alice", "half a pair is not used");
  await replace(key, bob.key);
  assert.is(await user(client), "bob");
  client.close();

  const without = clientOf(server.url, { ca: text("ca", authority.pem) });
  await failure(without.json(get), Unreachable);
  const halves = clientOf(server.url, {
    ca: text("ca", authority.pem),
    cert: text("cert", alice.cert),
    key: text("key", bob.key),
  });
  assert.match((await failure(halves.json(get), AccessError)).message, "kubeconfig x: certificate and key");
  for (const other of [without, halves]) other.close();
});

test("goes through an HTTP proxy, with its password, also to a server of another name", async ({ authority }) => {
  await using server = await serve(
    await authority.issue({ name: "api", dns: ["kube.example.org"], ips: ["127.0.0.1"] }),
  );
  await using proxy = connectProxy("user:p@ss");
  const ca = text("ca", authority.pem);
  for (const serverName of ["", "kube.example.org"]) {
    const client = clientOf(server.url, { ca, serverName, proxyUrl: `http://user:p%40ss@127.0.0.1:${proxy.port}` });
    await client.json(get);
    client.close();
    const refused = clientOf(server.url, { ca, serverName, proxyUrl: `http://user:wrong@127.0.0.1:${proxy.port}` });
    const { message } = await failure(refused.json(get), Unreachable);
    assert.not.match(message, "wrong");
    refused.close();
  }
  assert.equal(proxy.targets, [new URL(server.url).host, new URL(server.url).host]);
});

test("goes through a SOCKS5 proxy", async ({ authority }) => {
  await using server = await serve(await authority.issue({ name: "api", ips: ["127.0.0.1"] }));
  await using proxy = socksProxy();
  const client = clientOf(server.url, { ca: text("ca", authority.pem), proxyUrl: `socks5://127.0.0.1:${proxy.port}` });
  await client.json(get);
  assert.equal(proxy.targets, [new URL(server.url).host]);
  client.close();
});

test("a client that was closed asks no more", async ({ authority }) => {
  await using server = await serve(await authority.issue({ name: "api", ips: ["127.0.0.1"] }));
  const client = clientOf(server.url, { ca: text("ca", authority.pem) });
  await client.json(get);
  client.close();
  assert.match((await failure(client.json(get), AccessError)).message, "the client of the API server is closed");
});

test("a refusal of the server comes through TLS as it is", async ({ authority }) => {
  const pair = await authority.issue({ name: "api", ips: ["127.0.0.1"] });
  const server = Deno.serve(
    { ...pair, hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("no", { status: 403 }),
  );
  const client = clientOf(`https://127.0.0.1:${server.addr.port}`, { ca: text("ca", authority.pem) });
  assert.ok((await failure(client.json(get), ApiError)).isForbidden);
  client.close();
  await server.shutdown();
});

/** Replaces a file whole, as those who rotate certificates do. */
async function replace(path: string, value: string) {
  await Deno.writeTextFile(`${path}.new`, value);
  await Deno.rename(`${path}.new`, path);
}

test.run();
