import * as assert from "uvu/assert";
import { whyNoMachines } from "../../scripts/net/requirements.ts";
import { endToEnd } from "../end_to_end.ts";
import { Machine } from "../../scripts/vm/machine.ts";
import { MachineNetwork } from "../../scripts/vm/machine_network.ts";

/** What every other suite of this folder stands on: machines that boot, and our units and user-data in the eyes of
 * the systemd and the cloud-init that will read them. */
const test = await endToEnd<{ network: MachineNetwork; one: Machine; two: Machine }>("booted machines", whyNoMachines);
const scripts = new URL("../../scripts/", import.meta.url);

test.before(async (context) => {
  context.network = await MachineNetwork.create();
  context.one = await Machine.boot("one", { network: context.network });
  context.two = await Machine.boot("two", {
    network: context.network,
    userData: "#cloud-config\nwrite_files:\n- {path: /etc/from-user-data, content: hello}\n",
  });
});

test.after(async ({ network, one, two }) => {
  await one?.remove();
  await two?.remove();
  await network?.remove();
});

test("they are machines of their own", async ({ one, two, network }) => {
  assert.is(await one.must("hostname"), "one");
  assert.not.equal(await one.must("cat /etc/machine-id"), await two.must("cat /etc/machine-id"));
  assert.match(await two.must("resolvectl dns eth0"), new RegExp(`${network.hostAddress}$`));
});

test("they reach each other", async ({ one, two }) => {
  await two.must("systemd-run --quiet --unit=web --working-directory=/etc python3 -m http.server 8000");
  assert.is(await one.until(`curl --fail --silent http://${two.address}:8000/hostname`), "two");
});

test("cloud-init did what its user-data says", async ({ two }) => {
  assert.is(await two.must("cat /etc/from-user-data"), "hello");
  assert.match(await two.must("cloud-init status"), /done/);
});

test("a reboot keeps the disk, and so does a power cut", async ({ one }) => {
  await one.must("echo kept > /var/lib/kept && sync");
  const boot = await one.must("cat /proc/sys/kernel/random/boot_id; ps -o lstart= -p 1");
  await one.reboot();
  assert.is(await one.must("cat /var/lib/kept"), "kept");
  assert.not.equal(await one.must("cat /proc/sys/kernel/random/boot_id; ps -o lstart= -p 1"), boot);
  await one.powerCut();
  assert.is.not((await one.run("true")).code, 0);
  await one.start();
  assert.is(await one.must("cat /var/lib/kept"), "kept");
});

test("systemd finds nothing wrong with our units, and they are well shut in", async ({ one }) => {
  await one.copy("/bin/true", "/usr/local/bin/moorline");
  await one.must("chmod 0755 /usr/local/bin/moorline && useradd --system moorline");
  for (const entry of Deno.readDirSync(new URL("units/", scripts))) {
    if (!/\.(service|socket)$/.test(entry.name)) continue;
    await one.copy(new URL(`units/${entry.name}`, scripts).pathname, `/etc/systemd/system/${entry.name}`);
    const { code, out, err } = await one.run(`systemd-analyze verify ${entry.name}`);
    assert.is(code, 0, out + err);
    assert.is((out + err).trim(), "", "a warning of systemd-analyze verify");
  }
  const exposure = await one.must("systemd-analyze security --no-pager moorline.service | tail -n 1");
  const level = Number(/exposure level[^:]*: ([\d.]+)/i.exec(exposure)?.[1]);
  assert.ok(level < 2, `moorline.service is rated ${exposure}`);
});

test("our user-data is valid by cloud-init's own schema", async ({ one }) => {
  await one.copy(new URL("cloud-init.yaml", scripts).pathname, "/root/user-data");
  const { code, out, err } = await one.run("cloud-init schema --config-file /root/user-data");
  assert.is(code, 0, out + err);
  assert.match(out, /Valid/i);
  assert.not.match(out + err, /deprecat|warn/i);
  await one.write("/root/bad", "#cloud-config\nwrite_files: nothing\n");
  assert.is.not((await one.run("cloud-init schema --config-file /root/bad")).code, 0, "the schema refuses nothing");
});

test.run();
