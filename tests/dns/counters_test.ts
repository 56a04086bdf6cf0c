import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SOURCE } from "../../dns/answer_view.ts";
import { COUNTER_SLOTS, Counters, readCounters } from "../../dns/counters.ts";
import type { NumberSample, Sample } from "../../dns/metric.ts";
import { parseServerAddress } from "../../dns/server_address.ts";
import { UpstreamCounters } from "../../dns/upstream_counters.ts";

const test = suite("counters");

/** `name{label="value"} number` of everything that is not zero. */
function nonZero(samples: Sample[]): string[] {
  const numbers = samples.filter((sample): sample is NumberSample => sample.kind !== "histogram" && sample.value !== 0);
  return numbers.map(({ name, labels, value }) => `${name} ${Object.values(labels).join(" ")} ${value}`);
}

test("count by type, code and source; what has no name of its own is other", () => {
  const counters = new Counters();
  counters.answered("udp", 1, 0, SOURCE.MESH, 0.0001);
  counters.answered("udp", 1, 0, SOURCE.CACHE, 0.0001);
  counters.answered("tcp", 65_280, 23, SOURCE.REFUSED, 0.0001);
  counters.dropped("malformed");
  counters.hit("negative");
  counters.missed();
  assert.equal(nonZero(readCounters([counters.memory])), [
    "dns_requests_total udp A 2",
    "dns_requests_total tcp other 1",
    "dns_responses_total NOERROR mesh 1",
    "dns_responses_total NOERROR cache 1",
    "dns_responses_total other refused 1",
    "dns_dropped_total malformed 1",
    "dns_cache_hits_total negative 1",
    "dns_cache_misses_total  1",
  ]);
});

test("each combination of labels has a slot of its own", () => {
  const counters = new Counters();
  counters.memory.forEach((_, slot) => counters.memory[slot] = slot + 1);
  const values = readCounters([counters.memory]).flatMap((sample) => sample.kind === "histogram" ? [] : [sample.value]);
  assert.is(new Set(values).size, values.length);
  assert.ok(values.length > COUNTER_SLOTS - 20);
});

test("the arrays of several threads are added, shared memory included", () => {
  const threads = [0, 1].map(() => new Counters(new Float64Array(new SharedArrayBuffer(COUNTER_SLOTS * 8))));
  for (const thread of threads) thread.answered("udp", 28, 3, SOURCE.UPSTREAM, 0.001);
  assert.equal(nonZero(readCounters(threads.map((thread) => thread.memory))), [
    "dns_requests_total udp AAAA 2",
    "dns_responses_total NXDOMAIN upstream 2",
  ]);
});

test("durations fall into cumulative buckets", () => {
  const counters = new Counters();
  for (const seconds of [0, 62.5e-6, 63e-6, 1, 10]) counters.answered("udp", 1, 0, SOURCE.MESH, seconds);
  const histogram = readCounters([counters.memory]).find((sample) => sample.kind === "histogram");
  assert.ok(histogram?.kind === "histogram");
  assert.equal(histogram.buckets.map(({ count }) => count), [2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4]);
  assert.is(histogram.count, 5);
  assert.ok(Math.abs(histogram.sum - 11.0001255) < 1e-9);
});

test("upstream servers are counted each, and together when there are too many", () => {
  const counters = new UpstreamCounters();
  const server = parseServerAddress("10.0.0.2");
  counters.asked(server);
  counters.replied(server, 3);
  counters.failed(server, "timeout");
  for (const reason of ["source", "id", "question"]) counters.ignored(server, reason);
  assert.equal(nonZero(counters.samples()), [
    "dns_upstream_requests_total 10.0.0.2:53 1",
    "dns_upstream_failures_total 10.0.0.2:53 timeout 1",
    "dns_upstream_ignored_total 10.0.0.2:53 source 1",
    "dns_upstream_ignored_total 10.0.0.2:53 id 1",
    "dns_upstream_ignored_total 10.0.0.2:53 question 1",
  ]);
  for (let i = 0; i < 100; i++) counters.asked(parseServerAddress(`10.1.0.${i}`));
  const servers = new Set(counters.samples().map(({ labels }) => labels.to));
  assert.is(servers.size, 65);
  assert.ok(servers.has("others"));
});

test.run();
