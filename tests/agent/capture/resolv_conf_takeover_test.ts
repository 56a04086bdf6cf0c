import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  captureText,
  FORMER_RESOLV_CONF,
  RESOLV_CONF,
  ResolvConfTakeover,
} from "../../../agent/capture/resolv_conf_takeover.ts";
import { FakeClock } from "../../fake_clock.ts";

const test = suite("capture by resolv.conf");

const OURS = "127.15.0.53";
const ORIGINAL = "# by hand\n\nsearch corp.example\nnameserver 10.0.0.2\nnameserver 10.0.0.3\noptions ndots:2\n\n";

/** A root folder of its own, and a takeover in it. */
async function inRoot(
  work: (root: string, takeover: ResolvConfTakeover, clock: FakeClock) => Promise<void>,
  fallback = true,
): Promise<void> {
  const root = await Deno.makeTempDir();
  const clock = new FakeClock();
  try {
    await Deno.mkdir(`${root}/etc`);
    await work(root, new ResolvConfTakeover({ root, address: OURS, fallback, clock }), clock);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Everything in the folder, with kind, mode and content. */
async function listing(root: string): Promise<string[]> {
  const found = [];
  for await (const { name } of Deno.readDir(`${root}/etc`)) {
    const path = `${root}/etc/${name}`;
    const { isSymlink, mode } = await Deno.lstat(path);
    found.push(
      isSymlink ? `${name} -> ${await Deno.readLink(path)}` : `${name} ${mode} ${await Deno.readTextFile(path)}`,
    );
  }
  return found.sort();
}

test("our address first, two former servers behind, the rest as it was", () => {
  const former = `${ORIGINAL}nameserver 10.0.0.4\n`;
  const [mark, ...lines] = captureText(former, OURS, true).split("\n");
  assert.match(mark!, /moorline capture remove/);
  assert.equal(lines, [
    "search corp.example",
    "options ndots:2",
    `nameserver ${OURS}`,
    "nameserver 10.0.0.2",
    "nameserver 10.0.0.3",
    "",
  ]);
  assert.not.match(captureText(former, OURS, false), /10\.0\.0\./);
});

/** What is there before, made in the root folder. */
const LAYOUTS: Readonly<Record<string, (root: string) => Promise<void>>> = {
  "a file, with its mode": (root) => Deno.writeTextFile(root + RESOLV_CONF, ORIGINAL, { mode: 0o600 }),
  "resolved's link": async (root) => {
    await Deno.mkdir(`${root}/run/systemd/resolve`, { recursive: true });
    await Deno.writeTextFile(`${root}/run/systemd/resolve/stub-resolv.conf`, "nameserver 127.0.0.53\n");
    await Deno.symlink("../run/systemd/resolve/stub-resolv.conf", root + RESOLV_CONF);
  },
  "a link that leads nowhere": (root) => Deno.symlink("../run/none/resolv.conf", root + RESOLV_CONF),
  "none at all": () => Promise.resolve(),
};

for (const [name, make] of Object.entries(LAYOUTS)) {
  test(`${name}: taken, and put back as it was`, () =>
    inRoot(async (root, takeover) => {
      await make(root);
      const before = await listing(root);
      assert.is((await takeover.take()).holding, "file");
      assert.match(await Deno.readTextFile(root + RESOLV_CONF), new RegExp(`^nameserver ${OURS}$`, "m"));
      assert.is((await Deno.lstat(root + RESOLV_CONF)).mode! & 0o777, 0o644);
      assert.is(await takeover.isWhole(), true);
      assert.is(await takeover.release(), undefined);
      assert.equal(await listing(root), before);
    }));
}

test("after a SIGKILL another guard puts it back, or takes it on without losing the former", () =>
  inRoot(async (root, killed, clock) => {
    await Deno.writeTextFile(root + RESOLV_CONF, ORIGINAL);
    const before = await listing(root);
    await killed.take();
    const next = () => new ResolvConfTakeover({ root, address: OURS, fallback: true, clock });
    assert.equal((await next().take()).servers, ["10.0.0.2", "10.0.0.3"]);
    await next().release();
    assert.equal(await listing(root), before);
    await next().release();
    assert.equal(await listing(root), before);
  }));

test("what another program writes is followed, and kept as the new former", () =>
  inRoot(async (root, takeover) => {
    await Deno.writeTextFile(root + RESOLV_CONF, ORIGINAL);
    await takeover.take();
    await Deno.writeTextFile(`${root}/etc/new`, "nameserver 10.9.9.9\n");
    await Deno.rename(`${root}/etc/new`, root + RESOLV_CONF);
    assert.is(await takeover.isWhole(), false);
    assert.equal((await takeover.take()).servers, ["10.9.9.9"]);
    await takeover.release();
    assert.is(await Deno.readTextFile(root + RESOLV_CONF), "nameserver 10.9.9.9\n");
  }));

test("what another program wrote last stays at the release", () =>
  inRoot(async (root, takeover) => {
    await Deno.writeTextFile(root + RESOLV_CONF, ORIGINAL);
    await takeover.take();
    await Deno.writeTextFile(root + RESOLV_CONF, "nameserver 10.9.9.9\n");
    await takeover.release();
    assert.equal(await listing(root), [`resolv.conf ${0o100644} nameserver 10.9.9.9\n`]);
  }));

test("two programs that fight: it gives up, and may try again a minute later", () =>
  inRoot(async (root, takeover, clock) => {
    for (let i = 0; i < 10; i++) {
      await Deno.writeTextFile(root + RESOLV_CONF, ORIGINAL);
      await takeover.take();
    }
    // As the guard does: it releases what it cannot take, and tries again some seconds later.
    for (let i = 0; i < 10; i++) {
      const error = await takeover.take().then(() => undefined, (error) => error);
      assert.match(error?.message ?? "", /again and again/);
      await takeover.release();
      await clock.advance(3_000);
    }
    await clock.advance(31_000);
    assert.is((await takeover.take()).holding, "file");
  }));

test("the former file was taken away: said, not invented", () =>
  inRoot(async (root, takeover) => {
    await Deno.writeTextFile(root + RESOLV_CONF, ORIGINAL);
    await takeover.take();
    await Deno.remove(root + FORMER_RESOLV_CONF);
    assert.match(await takeover.release() ?? "", /former one is gone/);
  }));

test.run();
