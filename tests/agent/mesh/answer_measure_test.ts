import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AnswerMeasure, MEASURE_EVERY_MS, type Measured } from "../../../agent/mesh/answer_measure.ts";
import { FakeClock, settle } from "../../fake_clock.ts";
import { MemoryCluster, type TestManifest } from "./memory_mesh.ts";

const test = suite("answers: auto is measured");

const kubernetes: TestManifest = {
  kind: "Service",
  name: "kubernetes",
  spec: { clusterIPs: ["10.96.0.1", "fd00::1"], ports: [{ name: "https", port: 443, targetPort: 6443 }] },
};

/** A measurement that runs; `answering` holds the addresses that answer. */
async function started(
  cluster: MemoryCluster,
  answering: Set<string>,
  more: { wanted?: () => boolean; resume?: Measured; refusing?: Set<string> } = {},
) {
  const clock = new FakeClock();
  const probed: string[] = [];
  const found: string[] = [];
  const measure = new AnswerMeasure({
    view: cluster,
    clock,
    wanted: more.wanted ?? (() => true),
    probe: (address, port, signal) => {
      probed.push(`${address} ${port}`);
      if (answering.has(address)) return Promise.resolve(true);
      if (more.refusing?.has(address)) return Promise.resolve("refused");
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
    onMeasured: ({ mode, result }) => void found.push(`${mode} ${result}`),
    ...(more.resume && { resume: more.resume }),
  });
  const stopping = new AbortController();
  const running = measure.run(stopping.signal);
  await settle();
  const stop = async () => {
    stopping.abort();
    await running;
  };
  return { clock, measure, probed, found, stop };
}

test("a ClusterIP that answers: cluster-ip, measured again after five minutes", async () => {
  const answering = new Set(["10.96.0.1"]);
  const { clock, found, probed, stop } = await started(new MemoryCluster().apply(kubernetes), answering);
  assert.equal([found, probed], [["cluster-ip reachable"], ["10.96.0.1 443"]]);
  answering.clear();
  await clock.advance(MEASURE_EVERY_MS + 60_000);
  assert.equal(found, ["cluster-ip reachable", "endpoints unreachable"]);
  answering.add("fd00::1");
  await clock.advance(MEASURE_EVERY_MS + 60_000);
  assert.is(found.at(-1), "cluster-ip reachable");
  await stop();
});

test("a refusal is no proof of a way to the cluster: a firewall refuses too", async () => {
  const refusing = new Set(["10.96.0.1", "fd00::1"]);
  const { clock, found, measure, stop } = await started(new MemoryCluster().apply(kubernetes), new Set(), { refusing });
  await clock.advance(10_000);
  assert.equal(found, ["endpoints unreachable"]);
  assert.match(measure.last.reason, /refuses connections/);
  await stop();
});

test("a refusal where there was an answer: a cluster without its API server, which changes no address", async () => {
  const answering = new Set(["10.96.0.1"]);
  const refusing = new Set<string>();
  const { clock, found, measure, stop } = await started(new MemoryCluster().apply(kubernetes), answering, { refusing });
  answering.clear();
  refusing.add("10.96.0.1");
  await clock.advance(MEASURE_EVERY_MS + 60_000);
  assert.equal([...new Set(found)], ["cluster-ip reachable"]);
  assert.match(measure.last.reason, /refuses connections now/);
  await stop();
});

test("silence is believed after three rounds of probes", async () => {
  const { clock, found, probed, stop } = await started(new MemoryCluster().apply(kubernetes), new Set());
  await clock.advance(10_000);
  assert.equal([found, probed.length], [[], 4]);
  await clock.advance(10_000);
  assert.equal([found, probed.length], [["endpoints unreachable"], 6]);
  await stop();
});

test("a Service that may not be read: unknown, and cluster-ip", async () => {
  const cluster = new MemoryCluster();
  cluster.tell("services", "unreadable");
  const { found, measure, probed, stop } = await started(cluster, new Set());
  assert.equal([found, probed], [["cluster-ip unknown"], []]);
  assert.match(measure.last.reason, /default\/kubernetes/);
  await stop();
});

test("nothing is measured before the Services are read, or while nobody wants to know", async () => {
  const cluster = new MemoryCluster();
  cluster.tell("services", "pending");
  let wanted = false;
  const { clock, found, stop } = await started(cluster, new Set(["10.96.0.1"]), { wanted: () => wanted });
  await clock.advance(5_000);
  cluster.apply(kubernetes).tell("services", "known");
  await clock.advance(5_000);
  assert.equal(found, []);
  wanted = true;
  await clock.advance(1_000);
  assert.equal(found, ["cluster-ip reachable"]);
  await stop();
});

test("what an earlier run found holds until it is measured again", async () => {
  const cluster = new MemoryCluster();
  cluster.tell("services", "pending");
  const resume: Measured = { mode: "endpoints", result: "unreachable", reason: "earlier", at: 7 };
  const { measure, stop } = await started(cluster, new Set(), { resume });
  assert.equal(measure.last, resume);
  await stop();
});

test.run();
