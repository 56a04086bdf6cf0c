import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { groupCreateCommand } from "../../../agent/commands/group_command.ts";
import { GLOBAL_FLAGS, verbTable } from "../../../agent/commands/mod.ts";
import { parseArguments } from "../../../agent/commands/parse_arguments.ts";
import { loadConfig } from "../../../agent/config/mod.ts";
import { parseGroup } from "../../../agent/workload/mod.ts";

const test = suite("group create");
const VERBS = verbTable({ runAgent: () => Promise.resolve(), runDemo: () => Promise.resolve(0) });

async function create(flags: string, environment: Record<string, string> = {}): Promise<string> {
  const parsed = parseArguments(
    ["group", "create", ...flags.split(" ").filter((each) => each !== "")],
    VERBS,
    GLOBAL_FLAGS,
  );
  let text = "";
  await groupCreateCommand({
    operands: [],
    flags: parsed.flags,
    folder: "/",
    print: (part) => text += part,
    note: () => {},
    loadConfig: () => loadConfig({ defaultFile: "/nowhere", environment, folder: "/" }),
  });
  return text;
}

/** As in istioctl's own tests (testdata/vmconfig): the least, and everything. */
const CASES: [string, unknown][] = [
  ["--name foo -n bar", { metadata: {}, template: { serviceAccount: "default" } }],
  ["--name foo -n bar -l app=foo,bar=baz -a annotation=foobar -p grpc=3550,http=8080 -s test -w 100", {
    metadata: { labels: { app: "foo", bar: "baz" }, annotations: { annotation: "foobar" } },
    template: { ports: { grpc: 3550, http: 8080 }, serviceAccount: "test", weight: 100 },
  }],
  ["--name foo -n bar --labels app=foo --labels bar=baz --network n1 --locality r/z", {
    metadata: { labels: { app: "foo", bar: "baz" } },
    template: { serviceAccount: "default", network: "n1", locality: "r/z" },
  }],
];

for (const [flags, spec] of CASES) {
  test(flags, async () => {
    const wanted = {
      apiVersion: "networking.istio.io/v1",
      kind: "WorkloadGroup",
      metadata: { name: "foo", namespace: "bar" },
      spec,
    };
    const manifest = parse(await create(flags));
    assert.equal(manifest, wanted);
    assert.equal(JSON.parse(await create(`${flags} -o json`)), wanted);
    assert.is(parseGroup(manifest).name, "foo", "the agent can read it");
  });
}

test("name and namespace come from the configuration unless given", async () => {
  const environment = { MOORLINE_WORKLOAD_GROUP: "vm", MOORLINE_WORKLOAD_NAMESPACE: "shop" };
  assert.equal(parse(await create("", environment)).metadata, { name: "vm", namespace: "shop" });
  assert.equal(parse(await create("-n other", environment)).metadata, { name: "vm", namespace: "other" });
});

/** Flags that are wrong, and a part of the error. */
const WRONG: [string, string][] = [
  ["-n bar", "needs --name"],
  ["--name Foo -n bar", '--name: "Foo"'],
  ["--name foo -n a.b", '--namespace: "a.b"'],
  ["--name foo -n bar -p http", '--ports: "http"'],
  ["--name foo -n bar -p http=0", '--ports: "http=0"'],
  ["--name foo -n bar -p http=65536", '--ports: "http=65536"'],
  ["--name foo -n bar -l a=b=c", '--labels: "a=b=c"'],
  ["--name foo -n bar -l -a=b", '--labels: "-a=b"'],
  ["--name foo -n bar -w heavy", '--weight: "heavy"'],
  ["--name foo -n bar -s A", '--serviceAccount: "A"'],
];

for (const [flags, part] of WRONG) {
  test(`refuses ${flags}`, async () => {
    const error = await create(flags).catch((error) => error);
    assert.is(error.name, "UsageError");
    assert.ok(error.message.includes(part), error.message);
  });
}

test.run();
