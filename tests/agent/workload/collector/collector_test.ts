import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Collector, type CollectorSettings } from "../../../../agent/workload/collector/mod.ts";
import { leaseKind, ownEntryKind, ownSliceKind } from "../../../../agent/workload/workload_kinds.ts";
import { type Identified, type Kind, Store } from "../../../../registry/mod.ts";
import { ENTRY, Fixture, groupManifest } from "../workload_fixture.ts";

const test = suite("collector");

const SETTINGS: CollectorSettings = { unhealthyAfter: 40_000, deleteAfter: 600_000, maxShare: 0.3, dryRun: false };

/** A store that shows the objects of the memory cluster, as a reflector would. */
function followed<T extends Identified>(f: Fixture, kind: Kind<T>) {
  const store = new Store<T>(f.clock);
  const part = store.part("all");
  const read = () => part.replace(f.cluster.admin.list(kind.kind).map((raw) => kind.parse(raw)));
  read();
  part.setState({ state: "synced", since: 0 });
  const end = f.cluster.server.storage.onChange(({ table }) => table === `${kind.group}/${kind.plural}` && read());
  return { store, part, end };
}

/** A cluster with so many registered VMs, and collectors. */
class Fleet extends Fixture {
  readonly agents: ReturnType<Fixture["start"]>[] = [];
  readonly leases = followed(this, leaseKind);
  readonly #entries = followed(this, ownEntryKind);
  readonly #slices = followed(this, ownSliceKind);
  readonly #stops: { stop: AbortController; done: Promise<void> }[] = [];

  constructor() {
    super();
    this.cluster.admin.create(groupManifest());
  }

  async register(count: number): Promise<void> {
    for (let i = 0; i < count; i++) this.agents.push(this.start(`agent-${i}`, { address: [`10.0.0.${i + 5}`] }));
    await this.pass(1000);
  }

  collect(settings: Partial<CollectorSettings> = {}, identity = "collector-a") {
    const collector = this.collector(settings, identity);
    const stop = new AbortController();
    const done = collector.run(stop.signal);
    this.#stops.push({ stop, done });
    return {
      collector,
      crash: async () => {
        stop.abort();
        await done;
      },
    };
  }

  collector(settings: Partial<CollectorSettings> = {}, identity = "collector-a") {
    return new Collector({
      settings: { ...SETTINGS, ...settings },
      cluster: this.cluster,
      entries: this.#entries.store,
      slices: this.#slices.store,
      leases: this.leases.store,
      namespace: "default",
      identity,
      clock: this.clock,
      log: (level, message) => this.log.push(`${level} ${message}`),
    });
  }

  healthy(name: string): string | undefined {
    const status = this.entry(name)?.["status"] as { conditions?: { type: string; status: string }[] } | undefined;
    return status?.conditions?.find(({ type }) => type === "Healthy")?.status;
  }

  override async end(): Promise<void> {
    for (const { stop } of this.#stops) stop.abort();
    await Promise.all(this.#stops.map(({ done }) => done));
    await super.end();
    for (const { end } of [this.leases, this.#entries, this.#slices]) end();
  }
}

const count = (collector: Collector, vitality: string) =>
  collector.status().entries.find((row) => row.vitality === vitality)!.count;

test("a dead VM is marked after forty seconds and removed after ten minutes; the living stay", async () => {
  const f = new Fleet();
  await f.register(5);
  const { collector } = f.collect();
  await f.pass(5000);
  await f.agents[0]!.crash();
  await f.pass(45_000);
  assert.is(f.healthy(ENTRY), "False");
  assert.is(f.entry()!.metadata.annotations?.["proxy.istio.io/health-checks-enabled"], "true");
  assert.is(count(collector, "silent"), 1);
  await f.pass(500_000);
  assert.ok(f.entry());
  await f.pass(120_000);
  assert.is(f.entry(), undefined);
  assert.is(f.lease(), undefined);
  assert.is(count(collector, "living"), 4);
  assert.is(f.cluster.admin.list("WorkloadEntry").length, 4);
  const reasons = f.cluster.admin.list("Event").map((event) => event["reason"]);
  assert.ok(reasons.includes("Collected"), String(reasons));
  await f.end();
});

test("a VM that returns takes back what the collector wrote", async () => {
  const f = new Fleet();
  await f.register(5);
  f.collect();
  await f.pass(5000);
  await f.agents[0]!.crash();
  await f.pass(100_000);
  assert.is(f.healthy(ENTRY), "False");
  f.start("agent-0", { address: ["10.0.0.5"] });
  await f.pass(10_000);
  const annotations = f.entry()!.metadata.annotations!;
  assert.is(annotations["proxy.istio.io/health-checks-enabled"], undefined, "this group has no probe");
  assert.is(annotations["moorline.dev/silent-since"], undefined);
  await f.pass(700_000);
  assert.ok(f.entry());
  await f.end();
});

test("too many at once are a partition: nothing is marked or removed, and it is said", async () => {
  const f = new Fleet();
  await f.register(10);
  const { collector } = f.collect();
  await f.pass(5000);
  for (const agent of f.agents.slice(0, 4)) await agent.crash();
  await f.pass(1_200_000);
  assert.is(collector.status().partition, true);
  assert.is(f.cluster.admin.list("WorkloadEntry").length, 10);
  assert.is(f.healthy(ENTRY), undefined);
  assert.is(f.log.filter((line) => line.includes("miss heartbeats")).length >= 1, true);
  const events = f.cluster.admin.list("Event").filter((event) => event["reason"] === "Partition");
  assert.ok(events.length >= 1 && events.length < 5, `told, not each second: ${events.length}`);
  await f.end();
});

test("a fleet of three needs a larger share, and it says so", async () => {
  const f = new Fleet();
  await f.register(3);
  f.collect();
  await f.pass(5000);
  await f.agents[0]!.crash();
  await f.pass(60_000);
  const [event] = f.cluster.admin.list("Event").filter((event) => event["reason"] === "Partition");
  assert.match(String(event?.["message"]), "a fleet of three or less needs a larger --max-share");
  await f.end();
});

test("time in which the API server could not be read is nobody's silence", async () => {
  const f = new Fleet();
  await f.register(5);
  const { collector } = f.collect({ maxShare: 1 });
  await f.pass(5000);
  f.leases.part.setState({ state: "stale", since: 0, reason: "down" });
  await f.agents[0]!.crash();
  await f.pass(600_000);
  f.leases.part.setState({ state: "synced", since: 0 });
  await f.pass(20_000);
  assert.is(count(collector, "living"), 5);
  await f.end();
});

test("what is not ours, static, or without a Lease is left alone for ever", async () => {
  const f = new Fleet();
  await f.register(5);
  const entry = (name: string, annotations: Record<string, string>) =>
    f.cluster.admin.create({
      apiVersion: "networking.istio.io/v1",
      kind: "WorkloadEntry",
      metadata: { namespace: "default", name, annotations },
      spec: { address: "10.9.9.9" },
    });
  entry("by-hand", {});
  entry("static", { "moorline.dev/agent-id": "x", "moorline.dev/static": "true" });
  entry("no-lease", { "moorline.dev/agent-id": "y" });
  const { collector } = f.collect();
  await f.pass(1_200_000);
  assert.is(f.cluster.admin.list("WorkloadEntry").length, 8);
  assert.equal([count(collector, "static"), count(collector, "unwatched")], [1, 1]);
  await f.end();
});

test("a dry run says what it would do once, and does nothing", async () => {
  const f = new Fleet();
  await f.register(5);
  f.collect({ dryRun: true });
  await f.pass(5000);
  await f.agents[0]!.crash();
  await f.pass(1_200_000);
  assert.ok(f.entry());
  assert.is(f.healthy(ENTRY), undefined);
  assert.equal(f.log.filter((line) => line.includes("dry run")).length, 2);
  await f.end();
});

test("one leads; a standby watches along and goes on within seconds", async () => {
  const f = new Fleet();
  await f.register(5);
  const first = f.collect({}, "a");
  await f.pass(2000);
  const second = f.collect({}, "b");
  await f.pass(2000);
  assert.equal([first.collector.status().leads, second.collector.status().leads], [true, false]);
  await f.agents[0]!.crash();
  await f.pass(38_000);
  f.cluster.trouble = (verb, _, name) => name === "moorline-collector" && verb === "update" ? 500 : undefined;
  let both = 0;
  for (let i = 0; i < 100; i++) {
    await f.pass(100);
    if (i === 0) f.cluster.trouble = (_, __, name) => name === "moorline-collector" ? 500 : undefined;
    if (first.collector.status().leads && second.collector.status().leads) both++;
  }
  assert.is(both, 0);
  assert.is(first.collector.status().leads, false, "it could not renew");
  f.cluster.trouble = () => undefined;
  await first.crash();
  await f.pass(8000);
  assert.is(second.collector.status().leads, true);
  assert.is(f.healthy(ENTRY), "False", "it had watched along");
  await f.end();
});

test("never two leaders, whoever fails when", async () => {
  const f = new Fleet();
  const collectors = ["a", "b", "c"].map((identity) => f.collect({}, identity).collector);
  let random = 7;
  let led = 0;
  for (let i = 0; i < 600; i++) {
    random = random * 48271 % 0x7fffffff;
    f.cluster.trouble = random % 4 === 0 ? () => 500 : () => undefined;
    await f.pass(500);
    const leaders = collectors.filter((collector) => collector.status().leads).length;
    assert.ok(leaders <= 1);
    led += leaders;
  }
  assert.ok(led > 200, `somebody led most of the time: ${led}`);
  await f.end();
});

test("a crashed collector's successor goes on counting where that one was", async () => {
  const f = new Fleet();
  await f.register(5);
  const first = f.collect();
  await f.pass(5000);
  await f.agents[0]!.crash();
  await f.pass(500_000);
  await first.crash();
  f.collect({}, "collector-b");
  await f.pass(200_000);
  assert.is(f.entry(), undefined);
  await f.end();
});

test("--once: one run marks, a later one removes", async () => {
  const f = new Fleet();
  await f.register(5);
  await f.agents[0]!.crash();
  const run = async () => {
    const done = f.collector().once(new AbortController().signal);
    await f.pass(60_000);
    await done;
  };
  await run();
  assert.is(f.healthy(ENTRY), "False");
  await f.pass(600_000);
  assert.ok(f.entry());
  await run();
  assert.is(f.entry(), undefined);
  await f.end();
});

test("--once waits for Leases that last longer than --unhealthy-after", async () => {
  const f = new Fleet();
  await f.register(4);
  const slow = f.start("agent-slow", { address: ["10.0.0.99"], heartbeat: 30_000 });
  await f.pass(1000);
  await slow.crash();
  const done = f.collector().once(new AbortController().signal);
  await f.pass(130_000);
  await done;
  assert.is(f.healthy("reviews-10.0.0.99"), "False");
  await f.end();
});

test("a sign of life in the last moment saves the entry", async () => {
  const f = new Fleet();
  await f.register(5);
  f.collect();
  await f.pass(5000);
  await f.agents[0]!.crash();
  await f.pass(590_000);
  // The beat arrives, and the collector has not seen it yet.
  f.leases.end();
  f.cluster.admin.patch("Lease", "default", ENTRY, { spec: { renewTime: "2026-01-01T01:00:00.000000Z" } });
  await f.pass(200_000);
  assert.ok(f.entry());
  await f.end();
});

test("many dead ones go a few a second", async () => {
  const f = new Fleet();
  await f.register(60);
  f.collect({ maxShare: 1, deleteAfter: 50_000 });
  await f.pass(5000);
  for (const agent of f.agents) await agent.crash();
  let most = 0;
  for (let second = 0; second < 120; second++) {
    const before = f.cluster.requests.length;
    await f.pass(1000);
    const writes = f.cluster.requests.slice(before).filter((r) =>
      r === "patch workloadentries" || r === "delete workloadentries"
    );
    most = Math.max(most, writes.length);
  }
  assert.is(f.cluster.admin.list("WorkloadEntry").length, 0);
  assert.ok(most <= 18, `ten at once and five a second, in ticks of 1.5 s: ${most}`);
  await f.end();
});

test.run();
