import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";

const test = suite("cloud-init.yaml");
const scripts = new URL("../../scripts/", import.meta.url);
const text = await Deno.readTextFile(new URL("cloud-init.yaml", scripts));
const userData = parse(text);
const file = (path: string) => userData.write_files.find((f: { path: string }) => f.path === path);

test("it begins as cloud-init wants it", () => assert.ok(text.startsWith("#cloud-config\n")));

test("its unit is the unit of scripts/units", async () => {
  const unit = await Deno.readTextFile(new URL("units/moorline.service", scripts));
  assert.is(file("/etc/systemd/system/moorline.service").content, unit);
});

test("nothing in it is a secret, and the configuration is not for everyone to read", () => {
  assert.is(file("/etc/moorline/moorline.yaml").permissions, "0640");
  assert.not.match(text, /PRIVATE KEY|eyJ[\w-]{20}|token: \S{30}/);
  assert.is(file("/etc/moorline/token"), undefined);
});

test("the default user of the image stays", () => assert.ok(userData.users.includes("default")));

test("it fits into what clouds accept as user-data", () => {
  const limit = 16 * 1024; // EC2's, the smallest of the large ones
  assert.ok(new TextEncoder().encode(text).length < limit);
});

test("its shell is valid", async () => {
  for (const command of userData.runcmd) {
    assert.equal(command.slice(0, 2), ["sh", "-euc"]);
    const { success } = await new Deno.Command("sh", { args: ["-n", "-c", command[2]] }).output();
    assert.ok(success, command[2]);
  }
});

test.run();
