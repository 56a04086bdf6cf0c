import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RUNTIME_FLAGS } from "../../scripts/runtime_flags.ts";

const test = suite("files of the kernel");

test("are read with the permissions of the binary, too", async () => {
  const args = ["run", ...RUNTIME_FLAGS, "tests/agent/print_boot_id.ts"];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const text = new TextDecoder();
  assert.match(text.decode(stdout), /^[0-9a-f-]{36} \n$/, text.decode(stderr));
});

test.run();
