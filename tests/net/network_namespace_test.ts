import * as assert from "uvu/assert";
import { must } from "../../scripts/net/command.ts";
import { connectNamespaces, NetworkNamespace, sweepNamespaces } from "../../scripts/net/network_namespace.ts";
import { isAbandoned, ownedName } from "../../scripts/net/owned_name.ts";
import { whyNoNamespaces } from "../../scripts/net/requirements.ts";
import { endToEnd } from "../end_to_end.ts";

/** What every other suite of this folder stands on: networks of their own, and nothing left of them afterwards. */
const test = await endToEnd<{ a: NetworkNamespace; b: NetworkNamespace }>("network namespaces", whyNoNamespaces);

test.before(async (context) => {
  context.a = await NetworkNamespace.create("a");
  context.b = await NetworkNamespace.create("b");
  await connectNamespaces(
    { namespace: context.a, link: "eth0", address: "10.98.0.1/24" },
    { namespace: context.b, link: "eth0", address: "10.98.0.2/24" },
  );
});

test.after(async ({ a, b }) => {
  await a?.remove();
  await b?.remove();
});

/** Says hello to whoever asks over UDP, from the address that was asked. */
const SERVER = `
const socket = Deno.listenDatagram({ transport: "udp", hostname: Deno.args[0], port: 53 });
console.log("ready");
for await (const [, from] of socket) await socket.send(new TextEncoder().encode("hello"), from);
`;

const CLIENT = `
const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
await socket.send(new Uint8Array(1), { transport: "udp", hostname: Deno.args[0], port: 53 });
console.log(new TextDecoder().decode((await socket.receive())[0]));
Deno.exit(0);
`;

function deno(script: string, ...args: string[]): string[] {
  const url = `data:application/javascript,${encodeURIComponent(script)}`;
  return [Deno.execPath(), "run", "-A", "--quiet", "--no-config", "--unstable-net", url, ...args];
}

/** Starts a server inside and waits until it says that it is there. */
async function serve(namespace: NetworkNamespace, address: string): Promise<Deno.ChildProcess> {
  const [program = "", ...args] = namespace.command(deno(SERVER, address));
  const child = new Deno.Command(program, { args, stdout: "piped", stdin: "null" }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  return child;
}

test("what listens on port 53 of one is reached from the other, and from nowhere else", async ({ a, b }) => {
  await b.addAddress("169.254.20.10/32");
  const child = await serve(b, "10.98.0.2");
  try {
    assert.is(await a.must(deno(CLIENT, "10.98.0.2"), { limitMs: 10_000 }), "hello");
    assert.match(await b.must(["ip", "-brief", "address", "show", "lo"]), /169\.254\.20\.10/);
    assert.not.match(await must(["ip", "route"]), /10\.98\.0/);
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
});

test("removing one ends what runs inside, and takes its links along", async ({ b }) => {
  const c = await NetworkNamespace.create("c");
  await connectNamespaces(
    { namespace: b, link: "eth1", address: "10.98.1.1/24" },
    { namespace: c, link: "eth0", address: "10.98.1.2/24" },
  );
  const child = await serve(c, "10.98.1.2");
  await c.remove();
  assert.is((await child.status).signal, "SIGKILL");
  assert.not.match(await must(["ip", "netns", "list"]), new RegExp(c.name));
  assert.not.match(await b.must(["ip", "-brief", "link"]), /eth1/);
});

test("what a killed test left behind is swept by the next, what a living one uses is not", async ({ a }) => {
  const gone = await new Deno.Command("true").spawn();
  await gone.status;
  const abandoned = `ml${gone.pid}-x`;
  await must(["ip", "netns", "add", abandoned]);
  await sweepNamespaces();
  const left = await must(["ip", "netns", "list"]);
  assert.not.match(left, new RegExp(abandoned));
  assert.match(left, new RegExp(a.name));
});

test("only our own names of dead processes count as abandoned", () => {
  assert.is(isAbandoned(ownedName("x")), false);
  for (const name of ["eth0", "ml1-x", "mlx-1", "cni-1234", "xml999999999-x"]) {
    assert.is(isAbandoned(name), false, name);
  }
  assert.is(isAbandoned("ml4194305-x"), true); // above the kernel's largest process id
});

test.run();
