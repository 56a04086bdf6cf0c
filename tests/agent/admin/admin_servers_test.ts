import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AdminAddressError, startAdmin, thisMachine } from "../../../agent/admin/mod.ts";
import { fakeView } from "./fake_view.ts";

const test = suite("admin_servers");
const folder = await Deno.makeTempDir();
test.after(() => Deno.remove(folder, { recursive: true }));
const options = { view: fakeView(), version: "1.2.3", startedAt: 0, machine: thisMachine, log: () => {} };
const off = { socket: "", listen: "", public: "" };

async function getOver(path: string, url: string): Promise<number> {
  using client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
  const response = await fetch(url, { client });
  await response.body?.cancel();
  return response.status;
}

test("serves the socket (0660) and both addresses, and ends", async () => {
  const socket = `${folder}/run/admin.sock`;
  const servers = await startAdmin({ socket, listen: "127.0.0.1:0", public: "[::1]:0" }, options);
  try {
    assert.is((await Deno.stat(socket)).mode! & 0o777, 0o660);
    assert.is(await getOver(socket, "http://anything/api/cache"), 200);
    for (const [scope, status] of [["listen", 200], ["public", 404]] as const) {
      const response = await fetch(`http://${servers.addresses[scope]}/api/status`);
      await response.body?.cancel();
      assert.is(response.status, status, scope);
    }
  } finally {
    await servers.stop();
  }
  const again = await startAdmin({ ...off, socket }, options);
  await again.stop();
});

test("a socket file that nobody answers on is replaced", async () => {
  const socket = `${folder}/left.sock`;
  const script = `Deno.listen({ transport: "unix", path: ${JSON.stringify(socket)} }); Deno.kill(Deno.pid, "SIGKILL");`;
  await new Deno.Command(Deno.execPath(), { args: ["eval", script] }).output();
  assert.ok((await Deno.lstat(socket)).isSocket, "the file is left over");
  const servers = await startAdmin({ ...off, socket }, options);
  assert.is(await getOver(socket, "http://x/healthz"), 200);
  await servers.stop();
});

test("a socket that another process serves is left alone", async () => {
  const socket = `${folder}/held.sock`;
  const first = await startAdmin({ ...off, socket }, options);
  const error = await startAdmin({ ...off, socket }, options).catch((error) => error);
  assert.instance(error, AdminAddressError);
  assert.match(error.message, /^admin\.socket: another process serves/);
  assert.is(await getOver(socket, "http://x/healthz"), 200);
  await first.stop();
});

test("a file that is no socket is not removed", async () => {
  const socket = `${folder}/file`;
  await Deno.writeTextFile(socket, "precious");
  const error = await startAdmin({ ...off, socket }, options).catch((error) => error);
  assert.match(error.message, /is no socket/);
  assert.is(await Deno.readTextFile(socket), "precious");
});

test("a port in use is named with its key and holder, and what was begun is undone", async () => {
  const socket = `${folder}/undone.sock`;
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const holder = () => "envoy (pid 7)";
  const error = await startAdmin({ ...off, socket, listen: `127.0.0.1:${port}` }, options, holder).catch((error) =>
    error
  );
  assert.is(
    error.message,
    `admin.listen: 127.0.0.1:${port} is in use by envoy (pid 7); set admin.listen to another port`,
  );
  const servers = await startAdmin({ ...off, socket }, options);
  await servers.stop();
});

test("a folder that cannot be made names the key", async () => {
  await Deno.writeTextFile(`${folder}/plain`, "");
  const error = await startAdmin({ ...off, socket: `${folder}/plain/admin.sock` }, options).catch((error) => error);
  assert.match(error.message, /^admin\.socket: .* cannot be made .*set it to a path/);
});

test.run();
