import type { ClusterRow, RegistrationRow, StatusDocument } from "../admin/mod.ts";
import { formatDuration } from "../config/mod.ts";

/** The agent in one screen, for a terminal. */
export function statusText(status: StatusDocument): string {
  const { agent, dns, capture, snapshot } = status;
  const lines: string[] = [];
  const row = (title: string, text: string) => lines.push(`${title.padEnd(14)}${text}`.trimEnd());
  row("moorline", `${agent.version}, up ${span(agent.uptimeSeconds)}, process ${agent.pid}, agent ${agent.id}`);
  row("ready", status.ready ? "yes" : `no, waiting for ${status.pending.join(", ")}`);
  for (const registration of status.registrations) row("workload", registrationText(registration));
  for (const cluster of status.clusters) {
    row("cluster", clusterText(cluster));
    const width = Math.max(0, ...cluster.kinds.map(({ kind }) => kind.length));
    for (const { kind, state, objects, reason } of cluster.kinds) {
      row("", `${kind.padEnd(width)}  ${state.padEnd(12)} ${String(objects).padStart(6)}  ${reason}`);
    }
  }
  const hits = dns.hitRatio === null ? "" : `, ${Math.round(dns.hitRatio * 100)} % answered without upstream`;
  row("dns", `${dns.listen.join(", ")} (${dns.io}), ${dns.names} names, ${dns.cacheEntries} cached answers`);
  row("", `${dns.requests} questions, ${dns.requestsPerSecond.toFixed(1)} a second${hits}`);
  for (const { server, zone, healthy, requests, failures, averageMilliseconds, lastError } of status.upstreams) {
    const speed = averageMilliseconds === null ? "" : `, ${averageMilliseconds.toFixed(1)} ms`;
    const state = healthy ? "healthy" : `failing: ${lastError}`;
    row(
      "upstream",
      `${server}${zone ? ` for ${zone}` : ""}: ${state}, ${requests} questions, ${failures} failed${speed}`,
    );
  }
  row(
    "capture",
    `${capture.mode}${capture.mode === "none" ? "" : capture.active ? ", active" : ", not active"} ${capture.note}`,
  );
  row("snapshot", snapshot.ageSeconds === null ? "none" : `${span(snapshot.ageSeconds)} old`);
  for (const { message, fix } of status.problems) row("problem", `${message} ${fix}`);
  return `${lines.join("\n")}\n`.replaceAll(/[^\P{Cc}\n]/gu, "?");
}

function registrationText(row: RegistrationRow): string {
  const { namespace, group, state, objects, addresses, health, reason, warnings } = row;
  const object = objects[0] ? ` as ${objects[0].kind} ${objects[0].name} (${addresses.join(", ")})` : "";
  const message = health.message === "" ? "" : ` (${health.message})`;
  const verdict = health.probed ? `, ${health.verdict}${message}` : "";
  const remarks = [reason, ...warnings].filter((remark) => remark !== "").map((remark) => `; ${remark}`).join("");
  return `${group === "" ? namespace : `${namespace}/${group}`}: ${state}${object}${verdict}${remarks}`;
}

function clusterText({ name, domain, server, api, clockOffsetSeconds, answers, answersReason }: ClusterRow): string {
  const skewed = clockOffsetSeconds !== null && Math.abs(clockOffsetSeconds) >= 2;
  const clock = skewed ? `, its clock is ${clockOffsetSeconds.toFixed(1)} s off ours` : "";
  return `${name} (${domain}): ${api}${
    server === "" ? "" : ` at ${server}`
  }, answers ${answers} (${answersReason})${clock}`;
}

/** Seconds in the two greatest units: `3d4h`, `12m5s`. */
function span(seconds: number): string {
  const rounded = seconds >= 86_400 ? 3600 : seconds >= 3600 ? 60 : 1;
  return formatDuration(Math.floor(seconds / rounded) * rounded * 1000);
}
