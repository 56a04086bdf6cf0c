import { AGENT_ID, AGENT_VERSION, annotationsOf, AUTO_REGISTRATION_GROUP, STATIC } from "../manifest.ts";
import type { Lease, WrittenObject } from "../workload_kinds.ts";
import { endpointOf, healthWord } from "./service_discovery.ts";

/** One VM as `moorline fleet` lists it; every field always there. */
export interface FleetRow {
  readonly namespace: string;
  readonly name: string;
  readonly kind: string;
  readonly group: string;
  readonly address: string;
  readonly agentId: string;
  readonly version: string;
  readonly health: "healthy" | "unhealthy";
  readonly static: boolean;
  /** RFC 3339 as the VM wrote it; empty without a Lease. */
  readonly lastBeat: string;
}

/** Everything that moorline registered, by namespace and name. */
export function fleetRows(
  objects: Iterable<WrittenObject>,
  leaseOf: (object: WrittenObject) => Lease | undefined,
): FleetRow[] {
  const rows: FleetRow[] = [];
  for (const entry of objects) {
    const { namespace, name, object } = entry;
    const annotations = annotationsOf(object);
    const agentId = annotations[AGENT_ID];
    if (!agentId) continue;
    rows.push({
      ...{ namespace, name, agentId },
      kind: object.kind ?? "",
      group: annotations[AUTO_REGISTRATION_GROUP] ?? "",
      address: addressOf(entry),
      version: annotations[AGENT_VERSION] ?? "",
      health: healthWord(entry),
      static: annotations[STATIC] === "true",
      lastBeat: leaseOf(entry)?.renewTime ?? "",
    });
  }
  return rows.sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
}

function addressOf(entry: WrittenObject): string {
  const spec = entry.object["spec"] as { address?: string } | undefined;
  return spec?.address ?? endpointOf(entry.object)?.addresses?.[0] ?? "";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
