import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ConfigError, loadConfig, parseSetting } from "../../../agent/config/mod.ts";

const test = suite("load_config");
const folder = await Deno.makeTempDir();
test.after(() => Deno.remove(folder, { recursive: true }));

/** The lines that a file's text is refused with; none when it is accepted. */
async function problemsOf(text: string, environment: Record<string, string> = {}): Promise<string[]> {
  const file = `${folder}/moorline.yaml`;
  await Deno.writeTextFile(file, text);
  try {
    await loadConfig({ file, environment, folder });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    assert.ok(error.problems.every((line) => !line.includes("\n")), "one line each");
    return error.problems.map((line) => line.replace(`${file}: `, ""));
  }
}

async function configOf(text: string, environment: Record<string, string> = {}, set: string[] = []) {
  const file = `${folder}/moorline.yaml`;
  await Deno.writeTextFile(file, text);
  const settings = set.map((each) => parseSetting(each, "--set"));
  return (await loadConfig({ file, environment, settings, folder: "/typed/here" })).config;
}

/** What is wrong, and what the line must say: the key, the value, what is allowed or the nearest key. */
const WRONG: [string, ...string[]][] = [
  ["dns: {tttl: 5s}", "dns.tttl", "nearest is dns.ttl"],
  ["dsn: {ttl: 5s}", "dsn", "nearest is dns"],
  ["upstreamTimeout: 3s", "upstreamTimeout", "nearest is dns.upstreamTimeout"],
  ["admin: {sokcet: x}", "admin.sokcet", "nearest is admin.socket"],
  ["clusters: [{nmae: a}]", "clusters[0].nmae", "nearest is clusters[0].name"],
  ["dns: {cache: {entires: 5}}", "dns.cache.entires", "nearest is dns.cache.entries"],
  ["dns: {zones: [{zone: a, upstreams: [1.1.1.1]}]}", "dns.zones[0].upstreams", "nearest is dns.zones[0].upstream"],
  ["workload: {probe: {override: {httpget: {port: 1}}}}", "workload.probe.override.httpget", "override.httpGet"],
  ["__proto__: {a: 1}", "__proto__", "is no known key"],
  ["dns: {ttl: 30}", "dns.ttl", "30 is not allowed", "a duration from 0s to 1d"],
  ["dns: {ttl: 1500ms}", "dns.ttl", '"1500ms"', "whole seconds"],
  ["dns: {ttl: -5s}", "dns.ttl", '"-5s"'],
  ["dns: {ttl: 25h}", "dns.ttl", '"25h"', "to 1d"],
  ["dns: {ttl: }", "dns.ttl", "an empty value"],
  ["dns: {upstreamTimeout: 99ms}", "dns.upstreamTimeout", "from 100ms to 30s"],
  ["cluster: {pollInterval: 999ms}", "cluster.pollInterval", "from 1s to 1h"],
  ["cluster: {server: 'http://10.0.0.1'}", "cluster.server", "http:// on loopback"],
  ["cluster: {server: 'https://u:p@k'}", "cluster.server", "the URL of an API server"],
  ["cluster: {server: 'https://k'}", "cluster.caFile", "is empty"],
  ["cluster: {server: 'https://k', caFile: c}", "cluster.tokenFile", "is empty"],
  ["cluster: {server: 'https://k', caFile: c, certFile: c}", "cluster.keyFile", "is empty"],
  ["cluster: {server: 'https://k', caFile: c, tokenFile: t, certFile: c, keyFile: k}", "exclude each other"],
  ["cluster: {server: 'https://k', kubeconfig: x}", "cluster.server", "exclude each other"],
  ["cluster: {tokenFile: t}", "cluster.tokenFile", "only together with `server`"],
  ["cluster: {exec: {args: [x]}}", "cluster.exec", "no command"],
  ["cluster: {name: 'a b'}", "cluster.name", '"a b"'],
  ["cluster: {domain: 'a..b'}", "cluster.domain", "a domain name"],
  ["cluster: {source: stream}", "cluster.source", "watch or poll"],
  ["cluster: {namespaces: [Kube]}", "cluster.namespaces[0]", '"Kube"'],
  ["cluster: {namespaces: kube}", "cluster.namespaces", "a list of namespaces"],
  ["cluster: 5", "cluster", "a map of keys"],
  ["clusters: []", "clusters", "an empty list", "at least one cluster"],
  ["clusters: [{name: a}, {name: a}]", "clusters[1].name", "used twice"],
  ["cluster: {}\nclusters: [{}]", "cluster", "clusters exclude each other"],
  ["workload: {}\nworkloads: [{}]", "workload", "workloads exclude each other"],
  ["workload: {namespace: ''}", "workload.namespace", '""', "a namespace's name"],
  ["workload: {publish: entry}", "workload.publish", "workload-entry"],
  ["workload: {publish: endpoint-slice}", "workload.publish", "`service`"],
  ["workload: {publish: workload-entry}", "workload.publish", "`group`"],
  ["workload: {groupFile: g.yaml}", "workload.groupFile", "`group`"],
  ["workload: {address: eth0}", "workload.address", '"eth0"', "interface:NAME"],
  ["workload: {address: 'cidr:10.0.0.0/33'}", "workload.address", "cidr:NETWORK"],
  ["workload: {address: [10.0.0.1, 10.0.0.2]}", "workload.address", "one family"],
  ["workload: {address: [10.0.0.1, 'fd00::1', auto]}", "workload.address", "a list of 3"],
  ["workload: {labels: {a: 5}}", "workload.labels.a", "5 is not allowed", "quotes"],
  ["workload: {labels: {'a b': x}}", "workload.labels", '"a b"', "a label's key"],
  ["workload: {locality: a//b}", "workload.locality", "region[/zone[/subzone]]"],
  ["workload: {tls: on}", "workload.tls", "disabled or istio"],
  ["workload: {heartbeat: 500ms}", "workload.heartbeat", "from 1s to 5m"],
  ["workload: {probe: {exec: yes}}", "workload.probe.exec", "on or off"],
  ["workload: {probe: {override: {}}}", "workload.probe.override", "names no method"],
  ["workload: {probe: {override: {exec: {command: [x]}}}}", "workload.probe.exec", "is off"],
  ["workload: {probe: {override: {httpGet: {port: 0}}}}", "httpGet.port", "from 1 to 65535"],
  ["workloads: [{group: a}, {group: a}]", "workloads[1].group", "used twice"],
  ["workloads: [{group: a, address: 10.0.0.1}, {group: a, address: 10.0.0.2}]", "workloads[1].group", "used twice"],
  ["dns: {listen: []}", "dns.listen", "at least one IP:port"],
  ["dns: {listen: ['localhost:53']}", "dns.listen[0]", '"localhost:53"', "IP:port"],
  ["dns: {listen: ['::1:53']}", "dns.listen[0]", "IP:port"],
  ["dns: {listen: ['127.0.0.1:70000']}", "dns.listen[0]", "IP:port"],
  ["dns: {listen: ['127.0.0.1:53', '127.0.0.1:53']}", "dns.listen[1]", "used twice"],
  ["dns: {allow: [everyone]}", "dns.allow[0]", "loopback, link, an address or a network"],
  ["dns: {answers: pods}", "dns.answers", "auto, cluster-ip, endpoints or load-balancer"],
  ["dns: {shortNames: true}", "dns.shortNames", "off, fallback or first"],
  ["dns: {search: resolv.conf}", "dns.search", "system, or a list of domains"],
  ["dns: {upstream: [1.1.1.1, nope]}", "dns.upstream[1]", '"nope"', "tls://"],
  ["dns: {upstream: ['1.1.1.1:0']}", "dns.upstream[0]", '"1.1.1.1:0"'],
  ["dns: {upstream: [8.8.8]}", "dns.upstream[0]", '"8.8.8"'],
  ["dns: {upstream: []}", "dns.upstream", "at least one upstream"],
  ["dns: {zones: [{zone: consul.}]}", "dns.zones[0].upstream", "is missing"],
  ["dns: {zones: [{zone: a, upstream: [1.1.1.1]}, {zone: A., upstream: [1.1.1.1]}]}", "zones[1].zone", "used twice"],
  ["dns: {records: [{name: db.corp}]}", "dns.records[0]", "has no address"],
  ["dns: {records: [{name: db.corp, a: ['fd00::1']}]}", "dns.records[0].a[0]", "an IPv4 address"],
  ["dns: {cache: {entries: 1.5}}", "dns.cache.entries", "a whole number"],
  ["dns: {cache: {minTtl: 10s, maxTtl: 5s}}", "dns.cache.minTtl", "dns.cache.maxTtl"],
  ["dns: {workers: 0}", "dns.workers", "auto, or a whole number"],
  ["capture: {mode: iptables}", "capture.mode", "nftables"],
  ["capture: {address: localhost}", "capture.address", "an IP address"],
  ["capture: {interfaces: ['a b']}", "capture.interfaces[0]", "docker0"],
  [`admin: {socket: ${"x".repeat(120)}}`, "admin.socket", "at most 107 bytes"],
  ["admin: {listen: '15021'}", "admin.listen", "IP:port"],
  ["admin: {listen: '127.0.0.1:1', public: '127.0.0.1:1'}", "admin.public", "differ"],
  ["state: ''", "state", "a path"],
  ["log: {level: loud}", "log.level", "debug, info, warn or error"],
  ["log: {queries: some}", "log.queries", "off, errors or all"],
  ["- a", "a list", "a map of keys"],
  ["just text", "one value", "a map of keys"],
  ["dns: [", "line 1", "YAML or JSON"],
  ["dns:\n  ttl: 5s\n  ttl: 6s", "line 3", "YAML or JSON"],
  ["dns: *nowhere", "alias", "YAML or JSON"],
];

for (const [text, ...words] of WRONG) {
  test(`refuses ${text.slice(0, 70)}`, async () => {
    const problems = await problemsOf(text);
    assert.ok(problems.length > 0, "it is refused");
    for (const word of words) assert.ok(problems[0]!.includes(word), `${problems[0]} names ${word}`);
  });
}

test("never shows a secret in an error", async () => {
  for (
    const text of [
      "cluster: {exec: {command: x, args: [--token, 4711]}}",
      "cluster: {exec: {command: x, env: [{name: A, value: 4711}]}}",
      "cluster: {exec: {command: x, env: [{name: 4711, value: s}]}}",
    ]
  ) {
    const problems = await problemsOf(text);
    assert.is(problems.length, 1);
    assert.not(problems[0]!.includes("4711"), problems[0]);
  }
});

test("names every problem, and how many more there are in the first line", async () => {
  const file = `${folder}/many.yaml`;
  await Deno.writeTextFile(file, "dns: {ttl: x, io: y}\nnope: 1");
  const error = await loadConfig({ file, environment: {}, folder }).catch((error) => error);
  assert.is(error.problems.length, 3);
  assert.ok(error.message.includes("(and 2 more"), error.message);
});

test("says why a file cannot be read", async () => {
  const messageOf = (file: string) => loadConfig({ file, environment: {}, folder }).catch((error) => error.message);
  assert.is(await messageOf(`${folder}/none`), `${folder}/none: no such file; name an existing one with --config`);
  assert.ok((await messageOf(folder)).includes("is a folder"));
  await Deno.writeTextFile(`${folder}/big`, "#".repeat(1024 * 1024 + 1));
  assert.ok((await messageOf(`${folder}/big`)).includes("at most"));
});

test("an absent default file, an empty one, and empty sections mean the defaults", async () => {
  const absent = await loadConfig({ defaultFile: `${folder}/none`, environment: {}, folder });
  assert.is(absent.file, undefined);
  assert.equal(absent.config, await configOf(""));
  assert.equal(absent.config, await configOf("# all comments\ndns:\ncluster:\nlog:\n"));
  assert.equal(absent.config, await configOf("{}"));
});

test("parses durations to milliseconds, on and off to booleans, one and many to lists", async () => {
  const config = await configOf(
    "cluster: {name: a, pollInterval: 1h}\nworkload: {group: g, probe: {exec: on}, istioCleanup: off}\n" +
      "dns: {ttl: 1m30s, virtualIps: true, shortNames: false, search: [Corp.Example.]}\nlog: {queries: false}",
  );
  assert.is(config.clusters[0]!.pollInterval, 3_600_000);
  assert.is(config.workloads[0]!.probe.exec, true);
  assert.is(config.workloads[0]!.istioCleanup, false);
  assert.equal(config.workloads[0]!.address, ["auto"]);
  assert.is(config.dns.ttl, 90_000);
  assert.is(config.dns.virtualIps, true);
  assert.is(config.dns.shortNames, "off");
  assert.equal(config.dns.search, ["corp.example"]);
  assert.is(config.log.queries, "off");
  assert.ok(Object.isFrozen(config.dns.cache));
});

test("flags beat the environment, which beats the file, which beats the defaults", async () => {
  const file = "dns: {ttl: 1s, negativeTtl: 1s, upstreamTimeout: 1s}";
  const environment = { MOORLINE_DNS_TTL: "2s", MOORLINE_DNS_NEGATIVE_TTL: "2s" };
  const { dns } = await configOf(file, environment, ["dns.ttl=3s"]);
  assert.equal([dns.ttl, dns.negativeTtl, dns.upstreamTimeout, dns.cache.maxTtl], [3000, 2000, 1000, 3_600_000]);
});

test("variables say every kind of single value, and lists of texts with commas", async () => {
  const config = await configOf("clusters: [{name: a}, {name: b}]", {
    MOORLINE_CLUSTER_DOMAIN: "mesh.corp",
    MOORLINE_CLUSTER_NAMESPACES: "a, b",
    MOORLINE_WORKLOAD_ON_STOP: "keep",
    MOORLINE_WORKLOAD_ADDRESS: "10.0.0.1,fd00::1",
    MOORLINE_DNS_CACHE_ENTRIES: "300",
    MOORLINE_DNS_CACHE_PREFETCH: "false",
    MOORLINE_DNS_UPSTREAM: "1.1.1.1",
    MOORLINE_DNS_SEARCH: "system",
    MOORLINE_DNS_WORKERS: "2",
    MOORLINE_DNS_SHORT_NAMES: "off",
    MOORLINE_DNS_ALLOW: "",
    MOORLINE_ADMIN_SOCKET: "",
  });
  assert.equal(config.clusters.map((each) => each.domain), ["mesh.corp", "cluster.local"]);
  assert.equal(config.clusters[0]!.namespaces, ["a", "b"]);
  assert.is(config.workloads[0]!.onStop, "keep");
  assert.equal(config.workloads[0]!.address, ["10.0.0.1", "fd00::1"]);
  assert.equal([config.dns.cache.entries, config.dns.cache.prefetch, config.dns.workers], [300, false, 2]);
  assert.equal([config.dns.upstream, config.dns.search, config.dns.shortNames], [["1.1.1.1"], "system", "off"]);
  assert.equal([config.dns.allow, config.admin.socket], [[], ""]);
});

test("an error in a variable or flag names it", async () => {
  const problems = await problemsOf("dns: {}", { MOORLINE_DNS_TTL: "soon", MOORLINE_DNS_UPSTREAM: "x,y" });
  assert.ok(problems[0]!.startsWith('MOORLINE_DNS_TTL: dns.ttl: "soon" is not allowed'), problems[0]);
  assert.ok(problems[1]!.startsWith('MOORLINE_DNS_UPSTREAM: dns.upstream[0]: "x"'), problems[1]);
});

test("variables that name no key are told, but those that Kubernetes sets for a Service are not", async () => {
  const environment = {
    MOORLINE_DNS_TLL: "5s",
    MOORLINE_CLUSTER_EXEC_ARGS: "secret",
    MOORLINE_PORT: "tcp://10.0.0.1:53",
    MOORLINE_PORT_53_UDP_ADDR: "10.0.0.1",
    MOORLINE_SERVICE_HOST: "10.0.0.1",
  };
  const { warnings } = await loadConfig({ defaultFile: `${folder}/none`, environment, folder });
  assert.equal(warnings, [
    "MOORLINE_CLUSTER_EXEC_ARGS is ignored: it names no key",
    "MOORLINE_DNS_TLL is ignored: it names no key; the nearest is MOORLINE_DNS_TTL",
  ]);
});

for (
  const [argument, word] of [
    ["dns.ttl", "is not KEY=VALUE"],
    ["dns.tll=5s", "the nearest is dns.ttl"],
    ["upstreamTimeout=5s", "the nearest is dns.upstreamTimeout"],
    ["dns.zones=x", "holds more than one value"],
  ]
) {
  test(`--set ${argument}`, () => {
    assert.throws(() => parseSetting(argument!, "--set"), (error: Error) => error.message.includes(word!));
  });
}

test("paths in the file are relative to it, paths in variables and flags to where the command was typed", async () => {
  const text =
    "cluster: {server: 'https://k', caFile: ca.crt, tokenFile: /abs/token, exec: {command: ''}}\nstate: ../state";
  const config = await configOf(text, { MOORLINE_ADMIN_SOCKET: "a.sock" }, ["cluster.tokenFile=token"]);
  assert.is(config.clusters[0]!.caFile, `${folder}/ca.crt`);
  assert.is(config.clusters[0]!.tokenFile, "/typed/here/token");
  assert.is(config.state, `${folder.slice(0, folder.lastIndexOf("/"))}/state`);
  assert.is(config.admin.socket, "/typed/here/a.sock");
  const slash = await configOf("cluster: {server: 'https://k', caFile: c, exec: {command: ./bin/login}}");
  assert.is(slash.clusters[0]!.exec.command, `${folder}/bin/login`);
  const bare = await configOf("cluster: {server: 'https://k', caFile: c, exec: {command: aws}}");
  assert.is(bare.clusters[0]!.exec.command, "aws");
});

test.run();
