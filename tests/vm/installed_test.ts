import * as assert from "uvu/assert";
import { whyNoMachines } from "../../scripts/net/requirements.ts";
import { Machine } from "../../scripts/vm/machine.ts";
import { MachineNetwork } from "../../scripts/vm/machine_network.ts";
import { endToEnd } from "../end_to_end.ts";
import { ClusterSide } from "./cluster_side.ts";
import { makePackages } from "./packages.ts";

/** The package's life on a VM: installed, configured, started, asked, upgraded, rebooted, cut off, removed. */
const test = await endToEnd<{ network: MachineNetwork; cluster: ClusterSide; vm: Machine }>(
  "installed on a VM",
  whyNoMachines,
);
const NAME = "productpage.bookinfo.svc.cluster.local";

test.before(async (context) => {
  const { deb } = await makePackages();
  context.network = await MachineNetwork.create();
  const folder = await Deno.makeTempDir();
  context.cluster = await ClusterSide.start(context.network.hostAddress, folder);
  context.cluster.fill();
  context.vm = await Machine.boot("vm", { network: context.network });
  await context.vm.copy(deb, "/root/moorline.deb");
  await context.vm.copy(context.cluster.caFile, "/root/ca.crt");
});

test.after(async ({ network, cluster, vm }) => {
  await vm?.remove();
  await cluster?.stop();
  await network?.remove();
});

test("installing starts nothing that is not configured", async ({ vm }) => {
  await vm.must("dpkg -i /root/moorline.deb");
  assert.match(await vm.must("moorline --version"), /^moorline \d/);
  assert.is((await vm.run("systemctl is-active moorline")).out.trim(), "inactive");
  assert.is(await vm.must("systemctl is-enabled moorline"), "enabled");
});

test("configured, it starts, answers and registers", async ({ vm, cluster }) => {
  await vm.must("install -m 0644 /root/ca.crt /etc/moorline/ca.crt");
  await vm.write(
    "/etc/moorline/moorline.yaml",
    `cluster: {server: "${cluster.url}", caFile: ca.crt, tokenFile: token}\n` +
      "workload: {namespace: bookinfo, group: vms}\ndns: {answers: cluster-ip}\n",
  );
  await vm.write("/etc/moorline/token", cluster.token, 0o640);
  await vm.must("chgrp moorline /etc/moorline/*");
  await vm.must("moorline config check");
  await vm.must("systemctl start moorline");
  await vm.until("curl --fail --silent http://127.0.0.1:15021/healthz");
  await vm.until("curl --fail --silent http://127.0.0.1:15021/readyz");
  assert.is(await vm.must(`dig +short @127.0.0.1 -p 15053 ${NAME}`), "10.96.1.1");
  assert.is(await vm.must("dig +short @127.0.0.1 -p 15053 www.outside.example"), "198.51.100.7");
  assert.is(cluster.entries()[0]?.name, `vms-${vm.address}`);
});

test("it runs as its own user, and keeps what it has to itself", async ({ vm }) => {
  assert.is(await vm.must("ps -o user= -p $(systemctl show -p MainPID --value moorline)"), "moorline");
  assert.is(await vm.must("stat -c '%U %a' /var/lib/moorline"), "moorline 700");
  assert.is(await vm.must("find /var/lib/moorline /run/moorline -perm /o=rwx -not -type l | wc -l"), "0");
  assert.match(await vm.must("moorline status"), /bookinfo/);
});

test("nothing is wrong in the eyes of check, and a reload changes nothing that did not change", async ({ vm }) => {
  assert.match(await vm.must("moorline check"), /nothing is wrong$/);
  const pid = await vm.must("systemctl show -p MainPID --value moorline");
  await vm.must("systemctl reload moorline");
  await vm.until("journalctl -u moorline -o cat | grep 'configuration read again'");
  assert.is(await vm.must("systemctl show -p MainPID --value moorline"), pid);
});

test("applications see it through systemd-resolved", async ({ vm }) => {
  await vm.write(
    "/etc/systemd/resolved.conf.d/moorline.conf",
    "[Resolve]\nDNS=127.0.0.1:15053\nDomains=~cluster.local\n",
  );
  await vm.must("systemctl restart systemd-resolved");
  assert.match(await vm.must(`getent ahostsv4 ${NAME}`), /^10\.96\.1\.1 /);
  assert.match(await vm.must("getent ahostsv4 www.outside.example"), /^198\.51\.100\.7 /);
});

test("an upgrade keeps the entry", async ({ vm, cluster }) => {
  const before = {
    uid: cluster.entries()[0]?.uid,
    pid: await vm.must("systemctl show -p MainPID --value moorline"),
  };
  await vm.must("dpkg -i /root/moorline.deb");
  await vm.until("curl --fail --silent http://127.0.0.1:15021/readyz");
  assert.is.not(await vm.must("systemctl show -p MainPID --value moorline"), before.pid);
  assert.is(cluster.entries()[0]?.uid, before.uid);
});

test("killed, it is back within seconds, with the same entry", async ({ vm, cluster }) => {
  const [{ uid } = { uid: "" }] = cluster.entries();
  await vm.must("systemctl kill --signal=KILL moorline");
  await vm.until(`test "$(dig +short +time=1 +tries=1 @127.0.0.1 -p 15053 ${NAME})" = 10.96.1.1`, 10_000);
  await vm.until("curl --fail --silent http://127.0.0.1:15021/readyz");
  assert.is(cluster.entries()[0]?.uid, uid);
});

test("after a power cut, with the API server away, names come from the disk", async ({ vm, cluster }) => {
  await vm.powerCut();
  await cluster.api.stop();
  await vm.start();
  await vm.until(`test "$(dig +short +time=1 +tries=1 @127.0.0.1 -p 15053 ${NAME})" = 10.96.1.1`, 15_000);
  assert.match(await vm.must("getent ahostsv4 www.outside.example"), /^198\.51\.100\.7 /);
  cluster.api.start();
  await vm.until("curl --fail --silent http://127.0.0.1:15021/readyz", 90_000);
});

test("removing the package takes the VM out of the mesh and leaves its plain DNS", async ({ vm, cluster }) => {
  await vm.must("dpkg --remove moorline");
  assert.equal(cluster.entries(), []);
  assert.is((await vm.run("systemctl is-active moorline")).out.trim(), "inactive");
  await vm.must("rm /etc/systemd/resolved.conf.d/moorline.conf && systemctl restart systemd-resolved");
  assert.match(await vm.must("getent ahostsv4 www.outside.example"), /^198\.51\.100\.7 /);
  await vm.must("dpkg --purge moorline");
  assert.is(await vm.must("ls -d /etc/moorline /var/lib/moorline /usr/lib/moorline 2>/dev/null | wc -l"), "0");
  assert.is(await vm.must("systemctl list-units --failed --plain --no-legend | wc -l"), "0");
});

test.run();
