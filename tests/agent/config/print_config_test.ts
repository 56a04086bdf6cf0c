import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import {
  changedKeys,
  type Config,
  configSchema,
  knownKeys,
  parseDocument,
  printConfig,
  unservedKeys,
} from "../../../agent/config/mod.ts";
import { CONTRACT_KEYS } from "./contract_keys.ts";

const test = suite("print_config");

function configOf(document: unknown): Config {
  const parsed = parseDocument(document);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

const FULL = {
  clusters: [
    {
      name: "a",
      server: "https://k",
      caFile: "/ca",
      exec: {
        command: "login",
        args: ["--token", "s3cret", "--api-token=s3cret", "--region", "eu"],
        env: [{ name: "K", value: "s3cret" }],
      },
    },
    { name: "b", kubeconfig: "/k", pollInterval: "1m30s", source: "poll" },
  ],
  workloads: [
    {
      group: "g",
      address: ["auto", "fd00::1"],
      labels: { app: "x" },
      probe: {
        override: {
          httpGet: { port: 80, httpHeaders: [{ name: "Authorization", value: "s3cret" }, { name: "X", value: "y" }] },
        },
      },
    },
    { group: "h", publish: "endpoint-slice", service: "s", istioCleanup: "off" },
  ],
  dns: {
    shortNames: false,
    workers: 2,
    zones: [{ zone: "consul.", upstream: ["127.0.0.1:8600"] }],
    upstream: ["1.1.1.1"],
  },
};

for (const [name, document] of Object.entries({ defaults: {}, full: FULL })) {
  for (const format of ["yaml", "json"] as const) {
    test(`what it prints as ${format} (${name}) is accepted again and means the same but for secrets`, () => {
      const config = configOf(document);
      const printed = printConfig(config, format);
      assert.not(printed.includes("s3cret"));
      const again = configOf(parse(printed));
      const hide = (value: Config) => JSON.stringify(value).replaceAll(/s3cret|<hidden>/g, "x");
      assert.is(hide(again), hide(config));
    });
  }
}

test("what it prints keeps to the JSON Schema's closed maps", () => {
  const check = (value: unknown, node: ReturnType<typeof configSchema>, path: string) => {
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) return value.forEach((item) => check(item, node.items ?? node, path));
    const holder = [node, ...(node.anyOf ?? [])].find((kind) => kind.properties);
    for (const [name, child] of Object.entries(value)) {
      if (path.endsWith("labels")) continue;
      const next = holder?.properties?.[name];
      assert.ok(next, `${path}.${name} is in the schema`);
      check(child, next!, `${path}.${name}`);
    }
  };
  for (const document of [{}, FULL]) check(parse(printConfig(configOf(document), "yaml")), configSchema(), "");
});

test("the schema is closed, has $schema, and a default and a description for every key", () => {
  const schema = configSchema() as unknown as Record<string, unknown>;
  assert.is(schema.$schema, "https://json-schema.org/draft/2020-12/schema");
  assert.is(schema.additionalProperties, false);
  for (const { key, node } of knownKeys()) {
    if (key.includes("[].") || key.includes("override.")) continue;
    assert.ok(node.description, `${key} is described`);
    assert.not(node.description!.includes("\n"));
    if (key !== "cluster" && key !== "workload") assert.ok("default" in node, `${key} has a default`);
  }
});

test("every key of the contract is known, and has the contract's default", () => {
  const known = new Map(knownKeys().map(({ key, node }) => [key, node]));
  for (const [key, preset] of Object.entries(CONTRACT_KEYS)) {
    assert.ok(known.has(key), key);
    assert.equal(known.get(key)!.default, preset, key);
  }
});

test("a reload says which keys it applies and which wait for a restart", () => {
  const before = configOf({ workload: { labels: { a: "1" } } });
  const after = configOf({
    workload: { labels: { a: "2" }, group: "g" },
    dns: { ttl: "5s", cache: { maxTtl: "5m" }, upstream: ["1.1.1.1"] },
    log: { level: "debug" },
  });
  assert.equal(changedKeys(before, after), {
    live: ["dns.cache.maxTtl", "dns.upstream", "log.level", "workload.labels"],
    restart: ["dns.ttl", "workload.group"],
  });
  assert.equal(changedKeys(before, before), { live: [], restart: [] });
});

test("keys that nothing serves are named only when they are set", () => {
  assert.equal(unservedKeys(configOf({})), []);
});

test.run();
