/**
 * What names cost the control thread: building the whole table, memory for each name, one change, and how long the
 * thread is held at a time. Services in memory, no server, no packing: the objects and what `agent/mesh` makes of them.
 */
import type { MeshKindName, MeshKinds } from "../../agent/mesh/cluster_view.ts";
import { DEFAULT_RULES } from "../../agent/mesh/mesh_rules.ts";
import { NameBuilder } from "../../agent/mesh/name_builder.ts";
import { serviceKind } from "../../agent/mesh/service_kind.ts";
import { Store } from "../../registry/mod.ts";
import { quantile, report } from "./measure.ts";

const PORT = { name: "http", protocol: "TCP", port: 80, targetPort: 8080 };
/** The design's bound for everything that holds the control thread. */
const LONGEST_TURN_MS = 20;

/** Service `i` as the API server sends it. */
function manifest(i: number, version: number): unknown {
  const clusterIP = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
  return {
    metadata: {
      name: `service-${i}`,
      namespace: `namespace-${i % 100}`,
      uid: crypto.randomUUID(),
      resourceVersion: String(version),
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    spec: { type: "ClusterIP", clusterIP, clusterIPs: [clusterIP], ports: [PORT] },
  };
}

function heapBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Deno.memoryUsage().heapUsed;
}

async function measure(count: number): Promise<void> {
  const label = `${count.toLocaleString("en")} Services`;
  const empty = heapBytes();
  const stores: { readonly [K in MeshKindName]: Store<MeshKinds[K]> } = {
    services: new Store(),
    endpointslices: new Store(),
    serviceentries: new Store(),
    workloadentries: new Store(),
  };
  const services = stores.services.part("all");
  const parseStart = performance.now();
  for (let i = 0; i < count; i++) services.put(serviceKind.parse(manifest(i, i + 1)));
  report({
    name: `${label}: parse and store, each`,
    value: (performance.now() - parseStart) / count * 1000,
    unit: "us",
  });
  const stored = heapBytes();
  report({ name: `${label}: heap for each object`, value: (stored - empty) / count, unit: "bytes" });

  const turns: number[] = [];
  let settled = () => {};
  let waiting = 0;
  const builder = new NameBuilder({
    clusters: [{
      name: "bench",
      domain: "cluster.local",
      stores,
      knowledge: {
        namespaces: null,
        knows: () => "known",
        knowsEndpoints: () => "known",
        isUnconfirmed: () => false,
      },
      onKnowledge: () => () => {},
    }],
    rules: { ...DEFAULT_RULES, answers: "cluster-ip" },
    publish: () => {},
    monotonic: () => performance.now(),
    schedule: (work, milliseconds) => {
      waiting++;
      setTimeout(() => {
        const start = performance.now();
        work();
        turns.push(performance.now() - start);
        if (--waiting === 0) settled();
      }, milliseconds);
    },
  });
  const idle = () => new Promise<void>((resolve) => settled = resolve);
  const start = performance.now();
  const stop = builder.start();
  await idle();
  report({
    name: `${label}: build ${builder.size.toLocaleString("en")} names`,
    value: performance.now() - start,
    unit: "ms",
  });
  report({ name: `${label}: longest turn`, value: Math.max(...turns), unit: "ms", below: LONGEST_TURN_MS });
  report({ name: `${label}: heap for each name`, value: (heapBytes() - stored) / builder.size, unit: "bytes" });

  const changes: number[] = [];
  for (let i = 0; i < 200; i++) {
    turns.length = 0;
    services.put(serviceKind.parse(manifest(i * Math.floor(count / 200), count + i + 1)));
    await idle();
    changes.push(turns.reduce((sum, turn) => sum + turn, 0));
  }
  report({ name: `${label}: one change, median`, value: quantile(changes, 0.5) * 1000, unit: "us" });
  stop();
}

for (const count of [10_000, 100_000]) await measure(count);
