import { suite } from "uvu";
import * as assert from "uvu/assert";
import { joinedAccount, ownerOf, tokenClaims } from "../../../agent/workload/token_claims.ts";
import { type TokenIssuer, TokenKeeper } from "../../../agent/workload/token_keeper.ts";
import { settleToken, type TokenPlace } from "../../../agent/workload/token_place.ts";
import { ApiError } from "../../../registry/mod.ts";
import { plainStatus } from "../../../registry/server/mod.ts";
import { ENTRY, Fixture, groupManifest } from "./workload_fixture.ts";
import { until } from "./probed_port.ts";

const test = suite("tokens");

const HOUR = 3_600_000;
let made = 0;

/** A token as Kubernetes makes it, without a signature that anybody checks. */
function token(account: string, issued: number, life: number, more: Record<string, unknown> = {}): string {
  const part = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url", omitPadding: true });
  const [iat, exp] = [issued / 1000, (issued + life) / 1000];
  const claims = { sub: `system:serviceaccount:default:${account}`, jti: `id-${++made}`, iat, exp, ...more };
  return `${part({ alg: "none" })}.${part(claims)}.sig`;
}

async function inFolder(use: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/state`);
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** An issuer that gives what Kubernetes would, and remembers what was asked. */
function issuer(f: Fixture) {
  const asked: { account: string; options: Parameters<TokenIssuer["requestToken"]>[2] }[] = [];
  const fake: TokenIssuer & { refuse?: number } = {
    clockSkew: 0,
    requestToken(_, account, options) {
      if (fake.refuse) {
        const what = { verb: "create", resource: "serviceaccounts/token", namespace: "default", name: account };
        return Promise.reject(new ApiError(what, fake.refuse, ""));
      }
      asked.push({ account, options });
      const life = options.expirationSeconds * 1000;
      return Promise.resolve({ token: token(account, f.clock.now(), life), expires: f.clock.now() + life });
    },
  };
  return { fake, asked };
}

function keeperOf(f: Fixture, place: TokenPlace, fake: TokenIssuer, bearers: () => never[] = () => []) {
  return new TokenKeeper({ place, issuer: fake, bearers, clock: f.clock, log: (_, m) => f.log.push(m) });
}

const read = async (path: string) => (await Deno.readTextFile(path)).trim();

test("claims and owners", () => {
  const bound = { "kubernetes.io": { secret: { name: "moorline-vm1", uid: "u1" } } };
  const claims = tokenClaims(token("moorline-vm1", 0, HOUR, { jti: "x", ...bound }))!;
  assert.equal([claims.account, claims.expires, claims.secret], ["moorline-vm1", HOUR, {
    name: "moorline-vm1",
    uid: "u1",
  }]);
  assert.is(ownerOf(token("moorline-vm1", 0, HOUR)), "system:serviceaccount:default:moorline-vm1");
  assert.is(ownerOf(token("moorline", 0, HOUR, { jti: "abc" })), "JTI=abc");
  assert.is(ownerOf("not-a-jwt"), "");
  assert.is(ownerOf("a.b.c"), "");
  assert.is(joinedAccount(tokenClaims(token("moorline-join", 0, HOUR))!), "moorline");
});

test("a token in a folder of ours is renewed where it is, at 80 % of its life, bound to the same Secret", () =>
  inFolder(async (folder) => {
    const f = new Fixture();
    const configured = `${folder}/token`;
    const bound = { "kubernetes.io": { secret: { name: "moorline-vm1", uid: "u1" } } };
    const first = token("moorline-vm1", f.clock.now(), 10 * HOUR, bound);
    await Deno.writeTextFile(configured, first);
    const place = await settleToken({ configured, state: `${folder}/state`, isClone: false });
    assert.is(place.file, configured);
    const { fake, asked } = issuer(f);
    const keeper = keeperOf(f, place, fake);
    await f.pass(8 * HOUR - 1);
    await keeper.lookOnce();
    assert.is(await read(configured), first);
    await f.pass(1);
    await keeper.lookOnce();
    assert.is.not(await read(configured), first);
    assert.equal(asked, [{
      account: "moorline-vm1",
      options: {
        expirationSeconds: 36_000,
        boundObjectRef: { apiVersion: "v1", kind: "Secret", name: "moorline-vm1", uid: "u1" },
      },
    }]);
    assert.is((await Deno.stat(configured)).mode! & 0o777, 0o600);
    assert.is(keeper.status().problem, "");
    assert.is(Date.parse(keeper.status().expires), f.clock.now() + 10 * HOUR);
  }));

test("no token lives longer than the policy allows", () =>
  inFolder(async (folder) => {
    const f = new Fixture();
    await Deno.writeTextFile(
      `${folder}/token`,
      token("moorline-vm1", f.clock.now() - 300 * 24 * HOUR, 365 * 24 * HOUR),
    );
    const place = await settleToken({ configured: `${folder}/token`, state: `${folder}/state`, isClone: false });
    const { fake, asked } = issuer(f);
    await keeperOf(f, place, fake).lookOnce();
    assert.is(asked[0]!.options.expirationSeconds, 2_592_000);
  }));

test("a role that may not make tokens is said once, and the old one goes on", () =>
  inFolder(async (folder) => {
    const f = new Fixture();
    const old = token("moorline-vm1", f.clock.now() - 9 * HOUR, 10 * HOUR);
    await Deno.writeTextFile(`${folder}/token`, old);
    const place = await settleToken({ configured: `${folder}/token`, state: `${folder}/state`, isClone: false });
    const { fake } = issuer(f);
    fake.refuse = 403;
    const keeper = keeperOf(f, place, fake);
    await keeper.lookOnce();
    await keeper.lookOnce();
    assert.match(keeper.status().problem, "serviceaccounts/token");
    assert.equal(f.log, ["the token cannot be renewed"]);
    assert.is(await read(place.file), old);
  }));

test("a join token is exchanged at once, its file is left alone, and later join tokens change nothing", () =>
  inFolder(async (folder) => {
    const f = new Fixture();
    const configured = `${folder}/token`;
    const join = token("moorline-join", f.clock.now(), HOUR);
    await Deno.writeTextFile(configured, join);
    const place = await settleToken({ configured, state: `${folder}/state`, isClone: false });
    assert.is(place.file, `${folder}/state/token`);
    const { fake, asked } = issuer(f);
    const keeper = keeperOf(f, place, fake);
    await keeper.lookOnce();
    assert.is(asked[0]!.account, "moorline");
    assert.match(keeper.owner, "JTI=");
    assert.is(await read(configured), join);
    await Deno.writeTextFile(configured, token("moorline-join", f.clock.now() + HOUR, HOUR));
    await keeper.lookOnce();
    assert.is(asked.length, 1);
    assert.is(tokenClaims(await read(place.file))!.account, "moorline");
  }));

test("a token that an operator puts down is taken over, an older one is not", () =>
  inFolder(async (folder) => {
    const f = new Fixture();
    const configured = `${folder}/token`;
    await Deno.writeTextFile(configured, token("moorline-join", f.clock.now(), HOUR));
    const place = await settleToken({ configured, state: `${folder}/state`, isClone: false });
    const keeper = keeperOf(f, place, issuer(f).fake);
    await keeper.lookOnce();
    const exchanged = await read(place.file);
    await Deno.writeTextFile(configured, token("moorline-vm1", f.clock.now() - HOUR, 9 * HOUR));
    await keeper.lookOnce();
    assert.is(await read(place.file), exchanged);
    const newer = token("moorline-vm1", f.clock.now() + 1000, 9 * HOUR);
    await Deno.writeTextFile(configured, newer);
    await keeper.lookOnce();
    assert.is(await read(place.file), newer);
    assert.is(keeper.owner, "system:serviceaccount:default:moorline-vm1");
  }));

test("a clone does not use the token that came with its image, but a new one", () =>
  inFolder(async (folder) => {
    const f = new Fixture();
    const configured = `${folder}/token`;
    const state = `${folder}/state`;
    await Deno.writeTextFile(configured, token("moorline-join", f.clock.now(), HOUR));
    const place = await settleToken({ configured, state, isClone: false });
    await keeperOf(f, place, issuer(f).fake).lookOnce();
    const inherited = token("moorline-vm1", f.clock.now() + 1, HOUR);
    await Deno.writeTextFile(configured, inherited);
    await keeperOf(f, place, issuer(f).fake).lookOnce();
    assert.is(await read(place.file), inherited);

    const cloned = await settleToken({ configured, state, isClone: true });
    assert.is(cloned.file, `${state}/token`);
    assert.is(await Deno.stat(cloned.file).catch(() => "gone"), "gone");
    const fresh = token("moorline-vm2", f.clock.now() + 2, HOUR);
    await Deno.writeTextFile(configured, fresh);
    await keeperOf(f, cloned, issuer(f).fake).lookOnce();
    assert.is(await read(cloned.file), fresh);
  }));

function writerOf(keeper: TokenKeeper) {
  return {
    agentId: "agent-a",
    version: "1",
    get owner() {
      return keeper.owner;
    },
  };
}

/** A shared user under the policy by credential id: only the token that owns an object may change it. */
async function sharedUser(folder: string) {
  const f = new Fixture();
  const file = `${folder}/token`;
  await Deno.writeTextFile(file, token("shared", f.clock.now(), 10 * HOUR));
  f.cluster.admin.create(groupManifest());
  const place = await settleToken({ configured: file, state: `${folder}/state`, isClone: false });
  const { fake } = issuer(f);
  const bearers: { hold(): Promise<() => void>; rewrite(): Promise<void> }[] = [];
  const keeper = new TokenKeeper({ place, issuer: fake, bearers: () => bearers, clock: f.clock, log: () => {} });
  await keeper.load();
  f.cluster.server.admit(({ kind, oldObject }) => {
    if (!["WorkloadEntry", "Lease"].includes(kind.kind) || !oldObject) return;
    const mine = ownerOf(Deno.readTextFileSync(file));
    if (oldObject.metadata.annotations?.["moorline.dev/owner"] !== mine) {
      throw plainStatus(422, "this entry belongs to another VM", "Invalid");
    }
  });
  const writer = writerOf(keeper);
  const { registration } = f.start("agent-a", {}, { writer });
  bearers.push(registration);
  await f.pass(1000);
  assert.is(registration.status().state, "registered", registration.status().reason);
  return { f, keeper, file, fake, registration };
}

test("a shared user's entry is handed over to the renewed token before that is used", () =>
  inFolder(async (folder) => {
    const { f, keeper, file, registration } = await sharedUser(folder);
    const before = keeper.owner;
    await f.pass(8 * HOUR);
    const renewed = keeper.lookOnce();
    await until(async () => {
      await f.pass(10);
      return await read(file).then(ownerOf) !== before;
    }, "the new token is in place");
    await renewed;
    assert.is.not(keeper.owner, before);
    assert.is(f.entry()!.metadata.annotations?.["moorline.dev/owner"], keeper.owner);
    assert.is(f.lease()!.metadata.annotations?.["moorline.dev/owner"], keeper.owner);
    registration.setLabels({ canary: "true" });
    await f.pass(60_000);
    assert.is(registration.status().state, "registered");
    assert.is(f.entry(ENTRY)!.metadata.labels?.["canary"], "true");
    await f.end();
  }));

test("a hand-over that a crash cut short is finished with the token that lies ready", () =>
  inFolder(async (folder) => {
    const { f, keeper, file, fake } = await sharedUser(folder);
    await f.pass(8 * HOUR);
    const next = token("shared", f.clock.now(), 10 * HOUR);
    await Deno.writeTextFile(`${file}.next`, next);
    // The old token gave the entry away, and the agent died before the Lease and the file.
    f.cluster.admin.patch("WorkloadEntry", "default", ENTRY, {
      metadata: { annotations: { "moorline.dev/owner": ownerOf(next) } },
    });
    await f.end();
    fake.refuse = 403;
    const resumed = new TokenKeeper({
      place: { file, source: "", seen: `${folder}/seen` },
      issuer: fake,
      bearers: () => [again.registration],
      clock: f.clock,
      log: () => {},
    });
    await resumed.load();
    const again = f.start("agent-a", {}, { writer: writerOf(resumed) });
    await f.pass(0);
    await resumed.lookOnce();
    assert.is(await read(file), next);
    assert.is(f.lease()!.metadata.annotations?.["moorline.dev/owner"], ownerOf(next));
    assert.is.not(keeper.owner, resumed.owner);
    await f.end();
  }));

test.run();
