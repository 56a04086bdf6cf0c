import * as v from "valibot";
import { canonicalIp } from "../../dns/mod.ts";
import type { Identified, Kind } from "../../registry/mod.ts";
import { canonicalName } from "./host_name.ts";
import { deepFreeze, identity, list, metadata, read, stringMap, text } from "./raw_object.ts";

/** Where a workload is: inline in a ServiceEntry, or a WorkloadEntry's spec. */
export interface MeshEndpoint {
  /** A canonical address or name; empty for what DNS cannot hand out (a unix socket, nothing at all). */
  readonly address: string;
  readonly isName: boolean;
  /** As it was written, for explanations. */
  readonly written: string;
  readonly network: string;
  /** `region/zone/subzone`, empty where unknown. */
  readonly locality: string;
}

/** A networking.istio.io WorkloadEntry as a ServiceEntry's endpoint. */
export interface WorkloadEntry extends Identified {
  readonly createdAt: number;
  readonly endpoint: MeshEndpoint;
  /** What selectors match: spec.labels, over them metadata.labels (as Istio merges them). */
  readonly labels: Readonly<Record<string, string>>;
  /** False only where health is checked and the last word is not `Healthy=True`. */
  readonly healthy: boolean;
}

/** The fields of Istio's WorkloadEntry spec that matter to names. */
export const endpointSchema = v.object({ address: text, network: text, locality: text });

const schema = v.object({
  metadata: v.object({
    ...metadata({ "proxy.istio.io/health-checks-enabled": text }, {}).entries,
    labels: stringMap,
  }),
  spec: v.object({ ...endpointSchema.entries, labels: stringMap }),
  status: v.optional(v.nullable(v.object({ conditions: list(v.object({ type: text, status: text })) }))),
});

export const workloadEntryKind: Kind<WorkloadEntry> = {
  group: "networking.istio.io",
  versions: ["v1", "v1beta1"],
  plural: "workloadentries",
  kind: "WorkloadEntry",
  namespaced: true,
  parse: parseWorkloadEntry,
};

function parseWorkloadEntry(raw: unknown): WorkloadEntry {
  const { metadata, spec, status } = read(schema, raw);
  const condition = status?.conditions.find(({ type }) => type === "Healthy");
  const checked = metadata.annotations?.["proxy.istio.io/health-checks-enabled"] === "true";
  return deepFreeze({
    ...identity({ ...metadata, labels: undefined }),
    endpoint: readEndpoint(spec),
    labels: { ...spec.labels, ...metadata.labels },
    // Checked and never reported is unhealthy: no traffic before the first good probe.
    healthy: !checked || condition?.status === "True",
  });
}

/** Trims an endpoint; an address that is no IP and no name leaves an endpoint that nothing can be said of. */
export function readEndpoint(spec: v.InferOutput<typeof endpointSchema>): MeshEndpoint {
  const ip = canonicalIp(spec.address);
  const address = ip ?? canonicalName(spec.address) ?? "";
  return {
    address,
    isName: ip === undefined && address !== "",
    written: address === spec.address ? "" : spec.address,
    network: spec.network,
    locality: spec.locality,
  };
}
