import {
  AGENT_ID,
  AGENT_VERSION,
  annotationsOf,
  AUTO_REGISTRATION_GROUP,
  HEALTH_CHECKS_ENABLED,
  type Manifest,
} from "../manifest.ts";
import { healthyStatus } from "../condition.ts";
import type { WrittenObject } from "../workload_kinds.ts";

/** One group of Prometheus' HTTP service discovery (`http_sd_config`). */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** `GET /sd`: every VM that moorline registered, one group for each of its ports; without ports the bare address. */
export function targetGroups(entries: Iterable<WrittenObject>): TargetGroup[] {
  const groups: TargetGroup[] = [];
  for (const entry of entries) {
    if (!annotationsOf(entry.object)[AGENT_ID]) continue;
    const { address, ports } = reachOf(entry);
    if (!address) continue;
    const host = address.includes(":") ? `[${address}]` : address;
    const labels = metaLabels(entry, address);
    if (ports.length === 0) groups.push({ targets: [host], labels });
    for (const { name, port } of ports) {
      groups.push({ targets: [`${host}:${port}`], labels: { ...labels, __meta_moorline_port_name: name } });
    }
  }
  return groups;
}

interface Port {
  readonly name: string;
  readonly port: number;
}

/** Where a VM is reached: by its entry, or by its slice of a Service. */
function reachOf({ object }: WrittenObject): { readonly address: string; readonly ports: readonly Port[] } {
  const spec = object["spec"] as { address?: string; ports?: Record<string, number> } | undefined;
  if (spec) {
    const ports = Object.entries(spec.ports ?? {}).map(([name, port]) => ({ name, port }));
    return { address: spec.address ?? "", ports };
  }
  const ports = (object["ports"] ?? []) as readonly Port[];
  return { address: endpointOf(object)?.addresses?.[0] ?? "", ports };
}

/** The one endpoint of a slice that moorline wrote. */
export function endpointOf(object: Manifest): SliceEndpoint | undefined {
  return (object["endpoints"] as SliceEndpoint[] | undefined)?.[0];
}

interface SliceEndpoint {
  readonly addresses?: readonly string[];
  readonly conditions?: { readonly serving?: boolean };
}

function metaLabels(entry: WrittenObject, address: string): Record<string, string> {
  const annotations = annotationsOf(entry.object);
  const spec = (entry.object["spec"] ?? {}) as Readonly<Record<string, unknown>>;
  const text = (field: string) => String(spec[field] ?? "");
  const labels = Object.entries(entry.object.metadata.labels ?? {})
    .map(([key, value]) => [`__meta_moorline_label_${key.replace(/[^a-zA-Z0-9_]/g, "_")}`, value]);
  return {
    __meta_moorline_namespace: entry.namespace,
    __meta_moorline_entry: entry.name,
    __meta_moorline_group: annotations[AUTO_REGISTRATION_GROUP] ?? "",
    __meta_moorline_agent_id: annotations[AGENT_ID] ?? "",
    __meta_moorline_version: annotations[AGENT_VERSION] ?? "",
    __meta_moorline_address: address,
    __meta_moorline_network: text("network"),
    __meta_moorline_locality: text("locality"),
    __meta_moorline_healthy: healthWord(entry),
    ...Object.fromEntries(labels),
  };
}

/** An entry that nobody checks counts as healthy, as in Istio; a slice says it at its endpoint. */
export function healthWord(entry: WrittenObject): "healthy" | "unhealthy" {
  const endpoint = endpointOf(entry.object);
  if (endpoint) return endpoint.conditions?.serving === false ? "unhealthy" : "healthy";
  const isChecked = annotationsOf(entry.object)[HEALTH_CHECKS_ENABLED] === "true";
  return !isChecked || healthyStatus(entry.object) === "True" ? "healthy" : "unhealthy";
}
