import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ConfigError } from "../../agent/config/mod.ts";
import { readGroupFile } from "../../agent/group_file.ts";

const test = suite("group_file");

const folder = await Deno.makeTempDir();
test.after(() => Deno.remove(folder, { recursive: true }));

async function read(text: string, { group = "shop-vms" } = {}) {
  const groupFile = `${folder}/group.yaml`;
  await Deno.writeTextFile(groupFile, text);
  return await readGroupFile({ groupFile, namespace: "shop", group });
}

test("without a file there is no group", async () => {
  assert.is(await readGroupFile({ groupFile: "", namespace: "shop", group: "shop-vms" }), undefined);
});

test("a group without namespace is in the workload's", async () => {
  assert.is((await read("metadata: {name: shop-vms}\nspec: {}\n"))?.namespace, "shop");
  assert.is((await read("metadata: {name: shop-vms, namespace: shop}\nspec: {}\n"))?.namespace, "shop");
});

for (
  const [text, reason] of [
    ["metadata: {name: other}\nspec: {}\n", "/other, not shop/shop-vms"],
    ["metadata: {name: shop-vms, namespace: elsewhere}\nspec: {}\n", "elsewhere/shop-vms, not shop/shop-vms"],
    ["kind: Service\n", "no WorkloadGroup that can be used"],
  ] as const
) {
  test(`refused: ${reason}`, async () => {
    const error = await read(text).then(() => undefined, (error: Error) => error);
    assert.ok(error?.message.startsWith("workload.groupFile: ") && error.message.includes(reason), error?.message);
  });
}

test("a file that is not there is an error of the configuration", async () => {
  const setting = { groupFile: `${folder}/none.yaml`, namespace: "shop", group: "shop-vms" };
  const error = await readGroupFile(setting).then(() => undefined, (error: Error) => error);
  assert.is(error?.message, `workload.groupFile: ${folder}/none.yaml cannot be read (no such file)`);
  assert.instance(error, ConfigError);
});

test.run();
