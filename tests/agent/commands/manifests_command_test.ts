import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseAllDocuments } from "yaml";
import { neededPermissions } from "../../../agent/check/mod.ts";
import { GLOBAL_FLAGS, verbTable } from "../../../agent/commands/mod.ts";
import { manifestsCommand } from "../../../agent/commands/manifests_command.ts";
import { parseArguments } from "../../../agent/commands/parse_arguments.ts";
import { loadConfig, parseDocument } from "../../../agent/config/mod.ts";
import { rbacManifests } from "../../../agent/workload/mod.ts";

const test = suite("manifests");
const VERBS = verbTable({ runAgent: () => Promise.resolve(), runDemo: () => Promise.resolve(0) });

interface Item {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] }[];
}

async function print(...words: string[]): Promise<string> {
  const parsed = parseArguments(["manifests", ...words], VERBS, GLOBAL_FLAGS);
  let text = "";
  await manifestsCommand({
    operands: parsed.operands,
    flags: parsed.flags,
    folder: "/",
    print: (part) => text += part,
    note: () => {},
    loadConfig: () =>
      loadConfig({ defaultFile: "/nowhere", environment: { MOORLINE_WORKLOAD_NAMESPACE: "shop" }, folder: "/" }),
  });
  return text;
}

for (const kind of ["rbac", "policy", "collector", "flowcontrol", "alerts", "dashboard", "all"]) {
  test(`${kind}: YAML documents and one JSON List say the same`, async () => {
    const documents = parseAllDocuments(await print(kind)).map((document) => document.toJS());
    const list = JSON.parse(await print(kind, "-o", "json"));
    assert.equal([list.apiVersion, list.kind], ["v1", "List"]);
    assert.equal(documents, list.items);
    for (const { apiVersion, kind, metadata } of list.items as Item[]) assert.ok(apiVersion && kind && metadata.name);
  });
}

test("several prints stand side by side: every name is one of namespace and account, or of the collector", async () => {
  const names = async (...words: string[]) => {
    const { items } = JSON.parse(await print("rbac", ...words, "-o", "json")) as { items: Item[] };
    return items.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""} ${metadata.name}`);
  };
  const [one, other] = [await names(), await names("--service-account", "moorline-vm1")];
  assert.equal(one.filter((name) => other.includes(name)), []);
});

test("--namespaces: rights to read names only there", async () => {
  const { items } = JSON.parse(await print("rbac", "--namespaces", "a,b", "-o", "json")) as { items: Item[] };
  const readers = items.filter(({ rules }) => rules?.some(({ resources }) => resources.includes("services")));
  assert.equal(readers.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`), ["Role a", "Role b"]);
});

test("the dashboard and the rules are whole", async () => {
  const [configMap] = JSON.parse(await print("dashboard", "-o", "json")).items;
  assert.is(JSON.parse(configMap.data["moorline.json"]).uid, "moorline");
  const [rule] = JSON.parse(await print("alerts", "-o", "json")).items;
  assert.ok(rule.spec.groups[0].rules.length > 10);
});

for (const words of [["nothing"], ["rbac", "--namespaces", "A"], ["rbac", "--service-account", "A b"]]) {
  test(`refuses ${words.join(" ")}`, async () => {
    assert.is((await print(...words).catch((error) => error)).name, "UsageError");
  });
}

test("what `check` asks for is what `manifests rbac` grants", () => {
  const parsed = parseDocument({ workload: { namespace: "shop", group: "vm", service: "cart" } });
  if ("problems" in parsed) throw new Error("the configuration is wrong");
  const { clusters: [cluster], workloads } = parsed.config;
  const scope = { namespace: "shop", serviceAccount: "moorline", namespaces: [], groups: [], services: ["cart"] };
  const granted = (rbacManifests(scope) as unknown as Item[]).flatMap(({ kind, rules = [] }) => {
    return rules.map((rule) => ({ ...rule, everywhere: kind === "ClusterRole" }));
  });
  for (const { group, resource, subresource, namespace, verbs } of neededPermissions(cluster!, workloads)) {
    const path = subresource === "" ? resource : `${resource}/${subresource}`;
    for (const verb of verbs) {
      const isGranted = granted.some((rule) =>
        rule.apiGroups.includes(group) && rule.resources.includes(path) && rule.verbs.includes(verb) &&
        (namespace !== "" || rule.everywhere)
      );
      assert.ok(isGranted, `${verb} ${path} in ${namespace || "the cluster"}`);
    }
  }
});

test.run();
