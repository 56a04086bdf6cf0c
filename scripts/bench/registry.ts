/**
 * Reading a large cluster: from the first request until the Store holds every Service, over loopback from an API server
 * in another process. Measured: the time, the peak memory of the reading process, and how long its control thread was
 * busy at a stretch: the CPU time that the thread used between two rounds of the event loop, which does not count what
 * other processes took of the machine.
 *
 * `deno run -A scripts/bench/registry.ts [SERVICES]`; 10,000 by default.
 */
import {
  type Identified,
  identify,
  isRecord,
  type Kind,
  KubeClient,
  loadAccess,
  Reflector,
  Store,
  systemClock,
  watchSource,
} from "../../registry/mod.ts";
import { ApiServer } from "../../registry/server/mod.ts";
import { peakRss, quantile, report } from "./measure.ts";

interface Service extends Identified {
  readonly clusterIPs: readonly string[];
  readonly ports: readonly { readonly name: string; readonly port: number }[];
}

const services: Kind<Service> = {
  group: "",
  versions: ["v1"],
  plural: "services",
  kind: "Service",
  namespaced: true,
  parse(raw) {
    const spec = isRecord(raw) && isRecord(raw["spec"]) ? raw["spec"] : {};
    const ports = (spec["ports"] as { name?: string; port: number }[]).map(({ name = "", port }) => ({ name, port }));
    return Object.freeze({ ...identify(raw), clusterIPs: spec["clusterIPs"] as string[], ports });
  },
};

/** The other process: an API server with this many Services of 50 namespaces. */
function serve(count: number) {
  const server = new ApiServer();
  for (let i = 0; i < 50; i++) server.admin.create({ kind: "Namespace", metadata: { name: `team-${i}` } });
  for (let i = 0; i < count; i++) {
    server.admin.create({
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        namespace: `team-${i % 50}`,
        name: `service-${i}`,
        labels: { app: `service-${i}`, "app.kubernetes.io/part-of": `product-${i % 200}` },
      },
      spec: { selector: { app: `service-${i}` }, ports: [{ name: "http", port: 80 }, { name: "grpc", port: 9090 }] },
    });
  }
  console.log(server.listen().url);
}

/** CPU milliseconds that this thread has used; Linux only. */
function threadTime(): number {
  return Number(Deno.readTextFileSync(`/proc/self/task/${Deno.pid}/schedstat`).split(" ")[0]) / 1e6;
}

/** One agent's first reading. */
async function read(url: string, count: number): Promise<{ milliseconds: number; blocked: number; worst: number }> {
  const access = await loadAccess({ parseYaml: JSON.parse, server: url });
  const options = { clock: systemClock, random: Math.random, log: () => {} };
  const client = new KubeClient(access, { ...options, userAgent: "moorline-bench" });
  const store = new Store<Service>();
  const stop = new AbortController();
  const synced = Promise.withResolvers<void>();
  store.onState(() => store.state.state === "synced" && synced.resolve());
  const busy: number[] = [];
  let last = threadTime();
  const timer = setInterval(() => {
    const now = threadTime();
    busy.push(now - last);
    last = now;
  }, 0);
  const started = performance.now();
  const source = watchSource(client, services);
  const running = new Reflector({ ...options, source, writer: store.part("all") }).run(stop.signal);
  await synced.promise;
  const milliseconds = performance.now() - started;
  clearInterval(timer);
  if (store.size < count) throw new Error(`the store holds ${store.size} of ${count} Services`);
  stop.abort();
  await running;
  client.close();
  return { milliseconds, blocked: quantile(busy, 0.99), worst: Math.max(...busy) };
}

async function main(count: number) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", new URL(import.meta.url).pathname, "serve", String(count)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  try {
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const url = (await reader.read()).value?.trim() ?? "";
    const before = Deno.memoryUsage().rss / 1e6;
    const rounds = [];
    for (let round = 0; round < 3; round++) rounds.push(await read(url, count));
    const name = `${count} Services`;
    const below = count === 10_000 ? { time: { below: 5000 }, memory: { below: 200 } } : { time: {}, memory: {} };
    report({ name: `${name}: first list to synced`, value: rounds[0]!.milliseconds, unit: "ms", ...below.time });
    const median = quantile(rounds.map(({ milliseconds }) => milliseconds), 0.5);
    report({ name: `${name}: list to synced, median`, value: median, unit: "ms" });
    report({ name: `${name}: control thread busy, p99`, value: Math.max(...rounds.map((r) => r.blocked)), unit: "ms" });
    const worst = Math.max(...rounds.map((r) => r.worst));
    report({ name: `${name}: control thread busy, longest`, value: worst, unit: "ms", below: 20 });
    report({ name: `${name}: resident before`, value: before, unit: "MB" });
    report({ name: `${name}: resident at its peak`, value: peakRss(), unit: "MB", ...below.memory });
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
}

const [word = "10000", count = "10000"] = Deno.args;
if (word === "serve") serve(Number(count));
else await main(Number(word));
