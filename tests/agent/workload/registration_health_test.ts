import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Fixture, groupManifest } from "./workload_fixture.ts";
import { ProbedPort, until } from "./probed_port.ts";

const test = suite("registration: health");

type Condition = Readonly<Record<string, string>>;

function conditions(f: Fixture): Condition[] {
  return (f.entry()?.["status"] as { conditions?: Condition[] } | undefined)?.conditions ?? [];
}

const healthy = (f: Fixture) => conditions(f).find((condition) => condition["type"] === "Healthy");

/** A group whose probe goes to this port each second. */
function probed(port: number, probe: Record<string, unknown> = {}) {
  return groupManifest({ probe: { tcpSocket: { host: "127.0.0.1", port }, periodSeconds: 1, ...probe } });
}

/** Lets virtual time pass slowly enough for real sockets: a probe's time-out of 1 s is twenty steps. */
async function untilPassing(f: Fixture, holds: () => boolean, what: string) {
  await until(async () => {
    await f.pass(50);
    return holds();
  }, what);
}

test("the condition follows the probe, as Istio writes it", async () => {
  using port = new ProbedPort();
  const f = new Fixture();
  f.cluster.admin.create(probed(port.number));
  f.start();
  await untilPassing(f, () => healthy(f)?.["status"] === "True", "healthy");
  assert.is(f.entry()!.metadata.annotations?.["proxy.istio.io/health-checks-enabled"], "true");
  assert.equal(Object.keys(healthy(f)!).sort(), ["lastProbeTime", "lastTransitionTime", "status", "type"]);
  port.close();
  await untilPassing(f, () => healthy(f)?.["status"] === "False", "unhealthy");
  assert.match(healthy(f)?.["message"] ?? "", "refused");
  await f.end();
});

test("a foreign condition survives, and one write suffices for each transition", async () => {
  using port = new ProbedPort();
  const f = new Fixture();
  f.cluster.admin.create(probed(port.number));
  f.start();
  await untilPassing(f, () => healthy(f)?.["status"] === "True", "healthy");
  f.cluster.admin.patch("WorkloadEntry", "default", "reviews-10.0.0.5", {
    status: { conditions: [...conditions(f), { type: "WaypointBound", status: "True" }] },
  }, { subresource: "status" });
  f.cluster.requests.length = 0;
  port.close();
  await untilPassing(f, () => healthy(f)?.["status"] === "False", "unhealthy");
  await f.pass(50_000); // in which probes fail with other words: those are written after a minute
  assert.ok(conditions(f).some((condition) => condition["type"] === "WaypointBound"));
  assert.is(f.cluster.requests.filter((r) => r === "patch status workloadentries").length, 1);
  await f.end();
});

test("before the first result the entry is not healthy, also when an earlier life left it so", async () => {
  using port = new ProbedPort();
  const f = new Fixture();
  f.cluster.admin.create(probed(port.number));
  const first = f.start();
  await untilPassing(f, () => healthy(f)?.["status"] === "True", "healthy");
  await first.crash();
  port.close();
  f.start("agent-a", {}, { bootId: "boot-2" });
  await f.pass(500);
  assert.is(healthy(f)?.["status"], "False");
  assert.match(healthy(f)?.["message"] ?? "", "not probed yet");
  await f.end();
});

test("a restart on the same boot makes no false transition", async () => {
  using port = new ProbedPort();
  const f = new Fixture();
  f.cluster.admin.create(probed(port.number, { initialDelaySeconds: 60 }));
  const first = f.start();
  await untilPassing(f, () => healthy(f)?.["status"] === "True", "healthy");
  await first.crash();
  const before = healthy(f);
  const second = f.start();
  await untilPassing(f, () => second.registration.status().health.probes[0]!.count > 2, "probed");
  assert.equal(healthy(f), before);
  await f.end();
});

test("withdraw: while unhealthy nothing selects the entry", async () => {
  using port = new ProbedPort();
  const f = new Fixture();
  f.cluster.admin.create(probed(port.number, { initialDelaySeconds: 5 }));
  f.start("agent-a", { unhealthy: "withdraw" });
  await f.pass(1000);
  assert.equal(f.entry()!.metadata.labels, { "security.istio.io/tlsMode": "disabled" }, "not probed yet");
  await untilPassing(f, () => f.entry()!.metadata.labels?.["app"] === "reviews", "healthy");
  port.close();
  await untilPassing(f, () => f.entry()!.metadata.labels?.["app"] === undefined, "unhealthy");
  await f.end();
});

const AUTO: readonly (readonly [string, (f: Fixture) => void, string])[] = [
  ["no ztunnel", () => {}, "condition"],
  ["a ztunnel", (f) => {
    f.cluster.admin.create({ kind: "Namespace", metadata: { name: "istio-system" } });
    f.cluster.admin.create({
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { namespace: "istio-system", name: "ztunnel" },
      spec: { selector: { matchLabels: { app: "ztunnel" } }, template: { metadata: { labels: { app: "ztunnel" } } } },
    });
  }, "withdraw"],
  [
    "a ztunnel that may not be read",
    (f) => f.cluster.trouble = (_, plural) => plural === "daemonsets" ? 403 : undefined,
    "condition",
  ],
];

for (const [name, arrange, toldBy] of AUTO) {
  test(`unhealthy: auto with ${name}: ${toldBy}`, async () => {
    const f = new Fixture();
    f.cluster.admin.create(groupManifest());
    arrange(f);
    const { registration } = f.start("agent-a", { unhealthy: "auto" });
    await f.pass(1000);
    assert.is(registration.status().health.toldBy, toldBy);
    await f.end();
  });
}

test("an exec probe that is not allowed never counts as healthy, and says so", async () => {
  const f = new Fixture();
  f.cluster.admin.create(groupManifest({ probe: { exec: { command: ["true"] }, periodSeconds: 1 } }));
  f.start();
  await f.pass(5000);
  assert.is(healthy(f)?.["status"], "False");
  assert.match(healthy(f)?.["message"] ?? "", "workload.probe.exec");
  await f.end();
});

test("the VM's own probe wins over the group's", async () => {
  using port = new ProbedPort();
  const f = new Fixture();
  f.cluster.admin.create(groupManifest({ probe: { tcpSocket: { port: 1 } } }));
  const override = { tcpSocket: { host: "127.0.0.1", port: port.number }, periodSeconds: 1 };
  f.start("agent-a", { probe: { exec: false, hosts: "own", override } });
  await untilPassing(f, () => healthy(f)?.["status"] === "True", "healthy");
  await f.end();
});

test.run();
