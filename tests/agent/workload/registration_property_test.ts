import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ENTRY, Fixture, groupManifest } from "./workload_fixture.ts";

/**
 * Whatever happens in whatever order: at most one entry for each workload, never a living agent's entry taken, never a
 * foreign field lost, and when calm returns everything is right.
 */
const test = suite("registration: any order of events");

const RUNS = 40;

type Event =
  | { readonly type: "start" | "crash" | "drain"; readonly agent: 0 | 1 }
  | { readonly type: "pass"; readonly seconds: number }
  | { readonly type: "refuse"; readonly code: number }
  | { readonly type: "flaky"; readonly code: number; readonly every: number }
  | {
    readonly type: "recover" | "delete-entry" | "delete-lease" | "delete-group" | "make-group" | "lose-group-version";
  }
  | { readonly type: "edit"; readonly weight: number }
  | { readonly type: "note"; readonly note: number }
  | { readonly type: "group"; readonly version: number };

const agent = fc.constantFrom(0 as const, 1 as const);
const just = <T extends string>(...types: T[]) => fc.constantFrom(...types).map((type) => ({ type }));
const code = fc.constantFrom(401, 403, 409, 422, 429, 500, 503);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 90 }).map((seconds) => ({ type: "pass" as const, seconds })) },
  fc.record({ type: fc.constantFrom("start" as const, "crash" as const, "drain" as const), agent }),
  fc.record({ type: fc.constant("refuse" as const), code }),
  fc.record({ type: fc.constant("flaky" as const), code, every: fc.integer({ min: 2, max: 5 }) }),
  just("recover", "delete-entry", "delete-lease", "delete-group", "make-group", "lose-group-version"),
  fc.integer({ min: 6, max: 9 }).map((weight) => ({ type: "edit" as const, weight })),
  fc.integer({ min: 0, max: 9 }).map((note) => ({ type: "note" as const, note })),
  fc.integer({ min: 1, max: 4 }).map((version) => ({ type: "group" as const, version })),
);

/** One cluster, two VMs that claim one address, and what must hold. */
class World extends Fixture {
  readonly #agents: (ReturnType<Fixture["start"]> | undefined)[] = [undefined, undefined];
  readonly #draining: Promise<unknown>[] = [];
  /** Labels and annotations that others put on the entry of this uid. */
  #foreign = { uid: "", notes: new Set<string>() };
  #lastAlive = [-Infinity, -Infinity];
  #holder = { uid: "", agentId: "" };
  #version = 1;

  constructor() {
    super();
    this.cluster.admin.create(groupManifest());
  }

  async play(event: Event): Promise<void> {
    const { admin } = this.cluster;
    const group = admin.find("WorkloadGroup", "default", "reviews");
    switch (event.type) {
      case "start":
        this.#agents[event.agent] ??= this.start(`agent-${event.agent}`);
        break;
      case "crash":
        await this.#crash(event.agent);
        break;
      case "drain": {
        const running = this.#agents[event.agent];
        if (!running) break;
        this.#draining.push(running.registration.drain());
        await this.#pass(40);
        await this.#crash(event.agent);
        break;
      }
      case "pass":
        await this.#pass(event.seconds);
        break;
      case "refuse":
        this.cluster.trouble = () => event.code;
        break;
      case "flaky": {
        let count = 0;
        this.cluster.trouble = () => ++count % event.every === 0 ? event.code : undefined;
        break;
      }
      case "recover":
        this.#recover();
        break;
      case "delete-entry":
        if (this.entry()) admin.delete("WorkloadEntry", "default", ENTRY);
        break;
      case "delete-lease":
        if (this.lease()) admin.delete("Lease", "default", ENTRY);
        break;
      case "delete-group":
        if (group) admin.delete("WorkloadGroup", "default", "reviews");
        break;
      case "make-group":
        if (!group) admin.create(groupManifest({ metadata: { labels: this.#labels() } }));
        break;
      case "lose-group-version":
        if (group) {
          admin.patch("WorkloadGroup", "default", "reviews", { spec: { metadata: { labels: { version: null } } } });
        }
        this.#version = 0;
        break;
      case "group":
        this.#version = event.version;
        if (group) {
          admin.patch("WorkloadGroup", "default", "reviews", { spec: { metadata: { labels: this.#labels() } } });
        }
        break;
      case "edit":
        if (this.entry()) this.#patch({ spec: { weight: event.weight, labels: { app: "stolen" } } });
        break;
      case "note":
        this.#note(`note-${event.note}`);
    }
    this.#check();
  }

  /** Calm: everything answers, the group is there, one of the two lives. Then the world must become right. */
  async calm(): Promise<void> {
    this.#recover();
    for (const agent of [0, 1] as const) await this.#crash(agent);
    await this.play({ type: "make-group" });
    await this.#pass(60);
    await this.play({ type: "start", agent: 0 });
    const { registration } = this.#agents[0]!;
    // Long enough for an entry that others deleted again and again: it is tried anew after an hour.
    for (let i = 0; i < 80 && (i < 10 || registration.status().state !== "registered"); i++) await this.pass(60_000);
    assert.is(registration.status().state, "registered", registration.status().reason);
    const entry = this.entry()!;
    assert.is(entry.metadata.annotations?.["moorline.dev/agent-id"], "agent-0");
    assert.is((entry["spec"] as { weight: number }).weight, 5);
    const labels = (entry["spec"] as { labels: Record<string, string> }).labels;
    assert.equal(labels, { ...this.#labels(), "security.istio.io/tlsMode": "disabled" });
    const lease = this.lease()!;
    assert.is((lease["spec"] as Record<string, unknown>)["holderIdentity"], "agent-0");
    assert.is(lease.metadata.ownerReferences?.[0]?.uid, entry.metadata.uid);
  }

  #labels(): Record<string, string> {
    return { app: "reviews", ...(this.#version > 0 ? { version: `v${this.#version}` } : {}) };
  }

  #recover(): void {
    this.cluster.trouble = () => undefined;
    this.cluster.catchUp();
  }

  async #pass(seconds: number): Promise<void> {
    for (; seconds > 0; seconds -= 5) {
      await this.pass(Math.min(5, seconds) * 1000);
      this.#check();
    }
  }

  async #crash(agent: 0 | 1): Promise<void> {
    await this.#agents[agent]?.crash();
    this.#agents[agent] = undefined;
  }

  #patch(patch: unknown): void {
    this.cluster.admin.patch("WorkloadEntry", "default", ENTRY, patch, { manager: "kubectl-edit" });
  }

  #note(name: string): void {
    const entry = this.entry();
    if (!entry) return;
    this.#patch({ metadata: { labels: { [name]: "x" }, annotations: { [name]: "y" } } });
    const { uid = "" } = entry.metadata;
    if (this.#foreign.uid !== uid) this.#foreign = { uid, notes: new Set() };
    this.#foreign.notes.add(name);
  }

  #check(): void {
    const entries = this.cluster.admin.list("WorkloadEntry");
    assert.ok(entries.length <= 1, `${entries.length} entries`);
    const [entry] = entries;
    const { uid = "", labels = {}, annotations = {} } = entry?.metadata ?? {};
    if (uid && uid === this.#foreign.uid) {
      for (const note of this.#foreign.notes) assert.ok(labels[note] && annotations[note], `${note} is lost`);
    }
    const now = this.clock.monotonic();
    const agentId = annotations["moorline.dev/agent-id"] ?? "";
    const before = this.#holder;
    if (uid && uid === before.uid && agentId !== before.agentId) {
      const silence = now - this.#lastAlive[Number(before.agentId.at(-1))]!;
      assert.ok(silence >= 25_000, `${agentId} took the entry of ${before.agentId}, which lived ${silence} ms ago`);
    }
    this.#holder = { uid, agentId };
    this.#agents.forEach((running, i) => {
      const isHeard = running && (running.registration.status().heartbeat.failures === 0);
      if (isHeard) this.#lastAlive[i] = now;
    });
  }
}

test("holds", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 40 }), async (events) => {
      const world = new World();
      try {
        for (const event of events) await world.play(event);
        await world.calm();
      } finally {
        await world.end();
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
});

test.run();
