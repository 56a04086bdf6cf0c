import process from "node:process";
import type { Sample } from "./metrics_text.ts";

/** Page size of x86-64, and of arm64 as distributions build it. */
const PAGE_BYTES = 4096;

/**
 * The usual `process_*` of Prometheus clients; those that need `/proc` only where it may be read.
 *
 * @param startedAt wall-clock milliseconds.
 */
export function processMetrics(startedAt: number): Sample[] {
  const { user, system } = process.cpuUsage();
  const gauge = (name: string, value: number): Sample => ({ kind: "gauge", name, labels: {}, value });
  const samples: Sample[] = [
    { kind: "counter", name: "process_cpu_seconds_total", labels: {}, value: (user + system) / 1e6 },
    gauge("process_resident_memory_bytes", Deno.memoryUsage().rss),
    gauge("process_start_time_seconds", startedAt / 1000),
  ];
  try {
    const virtual = Number(Deno.readTextFileSync("/proc/self/statm").split(" ")[0]) * PAGE_BYTES;
    const limit = /^Max open files\s+(\d+)/m.exec(Deno.readTextFileSync("/proc/self/limits"))?.[1];
    const open = [...Deno.readDirSync("/proc/self/fd")].length;
    samples.push(gauge("process_virtual_memory_bytes", virtual), gauge("process_open_fds", open));
    if (limit) samples.push(gauge("process_max_fds", Number(limit)));
  } catch {
    // Not Linux, or run with permissions that leave out /proc: these three are then absent, as elsewhere.
  }
  return samples;
}
