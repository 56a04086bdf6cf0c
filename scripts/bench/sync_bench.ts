/** How long until the last of 10,000 Services answers, and what the agent's memory peaks at; then from its snapshot. */
import { startAgent, untilAnswered } from "./measured_agent.ts";
import { startCrowd } from "./crowd_process.ts";
import { quantile, report } from "./measure.ts";
import { clusterIpOf } from "./service_crowd.ts";

const SERVICES = 10_000;
const ROUNDS = 3;
/** What issue and README promise. */
const SYNC_LIMIT_MS = 5_000;
const RSS_LIMIT_MB = 200;
const SNAPSHOT_LIMIT_MS = 2_000;
/** The snapshot is written within 5 s of a change. */
const SNAPSHOT_WRITTEN_MS = 6_000;

async function round(url: string, count: number, state: string, settleMs: number): Promise<{ ms: number; mb: number }> {
  const agent = startAgent(url, state);
  const last = count - 1;
  const name = `service-${last}.space-${last % 100}.svc.cluster.local`;
  const answered = await untilAnswered(agent, name, clusterIpOf(last));
  // The peak comes with what follows the first answers: the rest of the table, and the snapshot.
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const mb = agent.peakRss();
  await agent.stop();
  return { ms: answered - agent.startedAt, mb };
}

async function measure(count: number): Promise<{ ms: number; mb: number; snapshotMs: number }> {
  const crowd = await startCrowd(count);
  const rounds: { ms: number; mb: number; snapshotMs: number }[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const state = await Deno.makeTempDir({ prefix: "moorline-bench-" });
    const fresh = await round(crowd.url, count, state, SNAPSHOT_WRITTEN_MS);
    const again = await round("http://127.0.0.1:2", count, state, 0);
    rounds.push({ ...fresh, snapshotMs: again.ms });
    await Deno.remove(state, { recursive: true });
  }
  await crowd.stop();
  const median = (pick: (r: typeof rounds[number]) => number) => quantile(rounds.map(pick), 0.5);
  return { ms: median((r) => r.ms), mb: median((r) => r.mb), snapshotMs: median((r) => r.snapshotMs) };
}

const few = await measure(100);
const many = await measure(SERVICES);
const against = (value: number) => ({ name: "100 Services", value });
report({
  name: `start to the last of ${SERVICES} Services`,
  value: many.ms,
  unit: "ms",
  against: against(few.ms),
  below: SYNC_LIMIT_MS,
});
report({ name: "peak resident memory", value: many.mb, unit: "MB", against: against(few.mb), below: RSS_LIMIT_MB });
report({
  name: "start from the snapshot, API server away",
  value: many.snapshotMs,
  unit: "ms",
  against: against(few.snapshotMs),
  below: SNAPSHOT_LIMIT_MS,
});
