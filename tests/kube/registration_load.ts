/**
 * What VMs cost one API server: `deno run -A tests/kube/registration_load.ts [VMS]`. No test: it prints CPU time of
 * kube-apiserver and etcd for what that many agents send, from one process. `docs/scale.md` has what it printed.
 */
import { entryFor } from "../../agent/workload/entry.ts";
import { leaseFor, leaseSpec } from "../../agent/workload/lease.ts";
import { parseGroup } from "../../agent/workload/workload_kinds.ts";
import { buildKube } from "./kube_apiserver.ts";
import { RegistrationCluster, reviewsGroup } from "./registration_cluster.ts";

const VMS = Number(Deno.args[0] ?? 1000);
const HEARTBEAT_MS = 10_000;
/** So many VMs beat, each every nine seconds in the mean; the Leases of the others are taken in turn. */
const BEATING = 5000;
const MEAN_BEAT_MS = 9000 * VMS / BEATING;
const MEASURE_MS = 30_000;
/** kube-apiserver takes 100 streams on one HTTP/2 connection; requests need room beside the watches. */
const STREAMS_PER_CLIENT = 40;
const CLIENTS = Math.max(20, Math.ceil(2 * VMS / STREAMS_PER_CLIENT));
/** USER_HZ of Linux. */
const TICKS_PER_SECOND = 100;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The process whose command line has this in it. */
async function pidOf(mark: string): Promise<number> {
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const line = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    if (/^[^\0]*\/(kube-apiserver|etcd)\0/.test(line) && line.includes(mark)) return Number(name);
  }
  throw new Error(`no process with ${mark}`);
}

interface Usage {
  readonly cpu: number;
  readonly megabytes: number;
}

async function usage(pid: number): Promise<Usage> {
  const fields = (await Deno.readTextFile(`/proc/${pid}/stat`)).split(") ")[1]!.split(" ");
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  return { cpu: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, megabytes: kilobytes / 1024 };
}

class Load {
  readonly #cluster: RegistrationCluster;
  readonly #clients: Deno.HttpClient[];
  readonly #apiserver: number;
  readonly #etcd: number;

  private constructor(cluster: RegistrationCluster, apiserver: number, etcd: number) {
    this.#cluster = cluster;
    this.#apiserver = apiserver;
    this.#etcd = etcd;
    this.#clients = Array.from({ length: CLIENTS }, () => Deno.createHttpClient({ caCerts: [cluster.server.pki.ca] }));
  }

  static async start(cluster: RegistrationCluster): Promise<Load> {
    const apiserver = await pidOf(`--secure-port=${new URL(cluster.server.url).port}`);
    const line = await Deno.readTextFile(`/proc/${apiserver}/cmdline`);
    const etcd = await pidOf(`--listen-client-urls=${/--etcd-servers=([^\0]+)/.exec(line)![1]}`);
    return new Load(cluster, apiserver, etcd);
  }

  /** Sends one request on the connection of this VM. */
  async send(vm: number, method: string, path: string, body: unknown, type: string): Promise<void> {
    const headers = { authorization: `Bearer ${this.#cluster.server.adminToken}`, "content-type": type };
    const client = this.#clients[vm % CLIENTS]!;
    const response = await fetch(this.#cluster.server.url + path, {
      method,
      headers,
      body: JSON.stringify(body),
      client,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  }

  apply(vm: number, path: string, body: unknown): Promise<void> {
    return this.send(vm, "PATCH", `${path}?fieldManager=moorline&force=true`, body, "application/apply-patch+yaml");
  }

  /** Opens a watch and reads it for ever. */
  async watch(vm: number, path: string, counted: () => void): Promise<void> {
    const headers = { authorization: `Bearer ${this.#cluster.server.adminToken}` };
    const client = this.#clients[vm % CLIENTS]!;
    const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=600&fieldSelector=metadata.name%3D${
      path.split("/").at(-1)
    }`;
    const where = path.slice(0, path.lastIndexOf("/"));
    const response = await fetch(`${this.#cluster.server.url}${where}?${query}`, { headers, client });
    (async () => {
      for await (const _ of response.body!) counted();
    })().catch(() => {}); // the server's end ends it
  }

  /** CPU time of both while something runs, and what they hold after it. */
  async measure(what: string, count: () => number, run: () => Promise<unknown>): Promise<void> {
    const before = [await usage(this.#apiserver), await usage(this.#etcd)] as const;
    const [started, done] = [performance.now(), count()];
    await run();
    const seconds = (performance.now() - started) / 1000;
    const after = [await usage(this.#apiserver), await usage(this.#etcd)] as const;
    const cpu = after.map((each, i) => each.cpu - before[i]!.cpu);
    const number = count() - done;
    const each = number > 0
      ? `, ${(cpu[0]! * 1000 / number).toFixed(2)} + ${(cpu[1]! * 1000 / number).toFixed(2)} ms each`
      : "";
    console.log(
      `${what}: ${number} in ${seconds.toFixed(0)} s (${(number / seconds).toFixed(0)}/s); ` +
        `CPU ${cpu[0]!.toFixed(1)} s API server, ${cpu[1]!.toFixed(1)} s etcd${each}; ` +
        `${after[0].megabytes.toFixed(0)} MB API server`,
    );
  }
}

const problem = await buildKube();
if (problem) throw new Error(problem);
const cluster = await RegistrationCluster.start();
try {
  const group = parseGroup(await cluster.apply(reviewsGroup(cluster.namespace)));
  const load = await Load.start(cluster);
  const writer = { agentId: crypto.randomUUID(), version: "0.1.0", owner: "JTI=00000000-0000-0000-0000-000000000000" };
  const uids: string[] = [];
  let done = 0;
  const count = () => done;
  const address = (vm: number) => `10.${vm >> 16}.${(vm >> 8) & 255}.${vm & 255}`;
  const entryName = (vm: number) => `reviews-${address(vm)}`;
  const lease = (vm: number) => {
    const owner = { apiVersion: "networking.istio.io/v1", kind: "WorkloadEntry", name: entryName(vm), uid: uids[vm]! };
    return leaseFor({ namespace: cluster.namespace, name: entryName(vm), owner }, writer, HEARTBEAT_MS, Date.now());
  };
  const inParallel = async (lanes: number, act: (vm: number) => Promise<unknown>) => {
    let next = 0;
    await Promise.all(Array.from({ length: lanes }, async () => {
      for (let vm = next++; vm < VMS; vm = next++) await act(vm);
    }));
  };

  await load.measure("registrations (entry, condition, Lease)", count, () =>
    inParallel(16, async (vm) => {
      const place = { address: address(vm), network: "", locality: "", labels: {}, tls: "disabled" as const };
      const entry = entryFor(group, writer, place, { healthChecked: true, connectedAt: new Date().toISOString() });
      const path = cluster.path("WorkloadEntry", entryName(vm));
      await load.apply(vm, path, entry);
      uids[vm] = (await cluster.find("WorkloadEntry", entryName(vm)))!.metadata.uid;
      const conditions = [{ type: "Healthy", status: "True", lastProbeTime: new Date().toISOString() }];
      await load.send(vm, "PATCH", `${path}/status`, { status: { conditions } }, "application/merge-patch+json");
      await load.apply(vm, cluster.path("Lease", entryName(vm)), lease(vm));
      done++;
    }));

  await load.measure("idle", count, () => pause(MEASURE_MS));

  let events = 0;
  await load.measure("watches opened (own entry, group)", count, () =>
    inParallel(16, async (vm) => {
      await load.watch(vm, cluster.path("WorkloadEntry", entryName(vm)), () => events++);
      await load.watch(vm + 1, cluster.path("WorkloadGroup", "reviews"), () => events++);
      done += 2;
    }));
  await load.measure("idle with these watches", () => events, () => pause(MEASURE_MS));

  await load.measure("heartbeats", count, async () => {
    const end = performance.now() + MEASURE_MS;
    await inParallel(VMS, async (vm) => {
      await pause(Math.random() * MEAN_BEAT_MS);
      while (performance.now() < end) {
        const started = performance.now();
        const spec = leaseSpec(writer, HEARTBEAT_MS, Date.now());
        const path = `${cluster.path("Lease", entryName(vm))}?fieldManager=moorline`;
        await load.send(vm, "PATCH", path, { spec }, "application/merge-patch+json");
        done++;
        await pause(Math.max(0, MEAN_BEAT_MS * (0.89 + 0.22 * Math.random()) - (performance.now() - started)));
      }
    });
  });

  await load.measure("Leases written by apply, for comparison", count, () =>
    inParallel(16, async (vm) => {
      await load.apply(vm, cluster.path("Lease", entryName(vm)), lease(vm));
      done++;
    }));
  await load.measure("connectedAt by merge patch, for comparison", count, () =>
    inParallel(16, async (vm) => {
      const body = { metadata: { annotations: { "istio.io/connectedAt": new Date().toISOString() } } };
      await load.send(
        vm,
        "PATCH",
        cluster.path("WorkloadEntry", entryName(vm)) + "?fieldManager=moorline",
        body,
        "application/merge-patch+json",
      );
      done++;
    }));
  await load.measure("connectedAt refreshed", count, () =>
    inParallel(16, async (vm) => {
      const place = { address: address(vm), network: "", locality: "", labels: {}, tls: "disabled" as const };
      const entry = entryFor(group, writer, place, { healthChecked: true, connectedAt: new Date().toISOString() });
      await load.apply(vm, cluster.path("WorkloadEntry", entryName(vm)), entry);
      done++;
    }));

  await load.measure("the group changes once, every watch hears it", () => events, async () => {
    const spec = { metadata: { labels: { app: "reviews", version: "v2" } } };
    await cluster.ask("PATCH", cluster.path("WorkloadGroup", "reviews"), { spec });
    await pause(5000);
  });
} finally {
  await cluster.stop();
  Deno.exit();
}
