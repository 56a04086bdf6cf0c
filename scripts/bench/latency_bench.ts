/** How long after its creation a Service answers, by watch and by poll, in a mesh of 2,000. */
import { startAgent, untilAnswered } from "./measured_agent.ts";
import { startCrowd } from "./crowd_process.ts";
import { quantile, report } from "./measure.ts";
import { clusterIpOf } from "./service_crowd.ts";

const SERVICES = 2_000;
/** What issue and README promise, in milliseconds; poll has its interval of 1 s on top. */
const PROMISED = { watch: 250, poll: 1_250 } as const;
const CHANGES = { watch: 100, poll: 20 } as const;

for (const source of ["watch", "poll"] as const) {
  const crowd = await startCrowd(SERVICES);
  const state = await Deno.makeTempDir({ prefix: "moorline-bench-" });
  const agent = startAgent(crowd.url, state, source);
  await untilAnswered(agent, `service-0.space-0.svc.cluster.local`, clusterIpOf(0));
  const delays: number[] = [];
  for (let i = 0; i < CHANGES[source]; i++) {
    const name = `new-${i}`;
    const address = clusterIpOf(SERVICES + i);
    const [created, answered] = await Promise.all([
      crowd.add(name),
      untilAnswered(agent, `${name}.space-0.svc.cluster.local`, address),
    ]);
    delays.push(Math.max(0, answered - created));
  }
  await agent.stop();
  await crowd.stop();
  await Deno.remove(state, { recursive: true });
  const below = PROMISED[source];
  report({ name: `${source}: creation to answer, median`, value: quantile(delays, 0.5), unit: "ms", below });
  report({ name: `${source}: creation to answer, 99 %`, value: quantile(delays, 0.99), unit: "ms", below });
}
