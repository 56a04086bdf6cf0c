import * as assert from "uvu/assert";
import { must } from "../../scripts/net/command.ts";
import { whyNoMachines } from "../../scripts/net/requirements.ts";
import { Machine } from "../../scripts/vm/machine.ts";
import { MachineNetwork } from "../../scripts/vm/machine_network.ts";
import { endToEnd } from "../end_to_end.ts";
import { ClusterSide } from "./cluster_side.ts";
import { downloadServer, makePackages } from "./packages.ts";

/** A VM that knows nothing but its user-data: `scripts/cloud-init.yaml`, filled in, carried out by cloud-init itself. */
const test = await endToEnd<{ network: MachineNetwork; cluster: ClusterSide; stop: () => Promise<void>; url: string }>(
  "joined by user-data",
  whyNoMachines,
);
const template = await Deno.readTextFile(new URL("../../scripts/cloud-init.yaml", import.meta.url));

/** The template with its values. A test machine has no secret store, so its token stands in the user-data as well. */
async function fillIn(cluster: ClusterSide, url: string, sha256: string): Promise<string> {
  const ca = (await Deno.readTextFile(cluster.caFile)).trim().split("\n").join("\n      ");
  return template
    .replace("https://kubernetes.example:6443", cluster.url)
    .replace(
      /^write_files:\n/m,
      `$&  - {path: /etc/moorline/token, owner: "root:moorline", permissions: "0640", ` +
        `defer: true, content: ${cluster.token}}\n`,
    )
    .replace("example-namespace", "bookinfo")
    .replace("example-group", "vms")
    .replace(/-----BEGIN[^]*?-----END CERTIFICATE-----/, ca)
    .replace(/url=.*/, `url=${url}`)
    .replace(/sha256=0+/, `sha256=${sha256}`);
}

async function sha256(path: string): Promise<string> {
  return (await must(["sha256sum", path])).split(" ")[0]!;
}

test.before(async (context) => {
  const { tarball } = await makePackages();
  context.network = await MachineNetwork.create();
  const server = downloadServer(context.network.hostAddress, tarball);
  [context.url, context.stop] = [server.url, server.stop];
  context.cluster = await ClusterSide.start(context.network.hostAddress, await Deno.makeTempDir());
  context.cluster.fill();
});

test.after(async ({ network, cluster, stop }) => {
  await stop?.();
  await cluster?.stop();
  await network?.remove();
});

test("it joins the mesh, and the next boot changes nothing", async ({ network, cluster, url }) => {
  const { tarball } = await makePackages();
  const vm = await Machine.boot("joined", { network, userData: await fillIn(cluster, url, await sha256(tarball)) });
  try {
    assert.match(await vm.must("cloud-init status --wait --long"), /status: done/);
    await vm.until("curl --fail --silent http://127.0.0.1:15021/readyz");
    assert.is(cluster.entries()[0]?.name, `vms-${vm.address}`);
    assert.is(await vm.must("stat -c '%U:%G %a' /etc/moorline/moorline.yaml"), "root:moorline 640");
    const files = await vm.must("find /etc/moorline /usr/bin/moorline -type f -exec sha256sum {} + | sort");
    await vm.reboot();
    assert.match(await vm.must("cloud-init status --wait"), /done/);
    assert.is(await vm.must("find /etc/moorline /usr/bin/moorline -type f -exec sha256sum {} + | sort"), files);
    await vm.until("curl --fail --silent http://127.0.0.1:15021/readyz");
  } finally {
    await vm.remove();
  }
});

test("a download that is not what was promised is an error that cloud-init shows", async ({ network, cluster, url }) => {
  const userData = await fillIn(cluster, url, "0".repeat(63) + "1");
  const vm = await Machine.boot("cheated", { network, userData, degraded: true });
  try {
    assert.match((await vm.run("cloud-init status --wait --long")).out, /status: error/);
    assert.is.not((await vm.run("command -v moorline")).code, 0);
    assert.match(await vm.must("cat /var/log/cloud-init-output.log"), /FAILED|did NOT match/);
  } finally {
    await vm.remove();
  }
});

test.run();
