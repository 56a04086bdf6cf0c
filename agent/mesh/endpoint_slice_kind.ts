import * as v from "valibot";
import type { Identified, Kind } from "../../registry/mod.ts";
import { addresses, deepFreeze, identity, list, metadata, NONE, read, text } from "./raw_object.ts";
import { type Protocol, protocolOf } from "./service_kind.ts";
import { sharedText, sharedValue } from "./shared_text.ts";

export interface SliceEndpoint {
  readonly addresses: readonly string[];
  /** Empty: the endpoint has no name of its own. */
  readonly hostname: string;
  readonly ready: boolean;
  readonly zone: string;
}

export interface SlicePort {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
}

/** A discovery.k8s.io/v1 EndpointSlice: what names need of it. */
export interface EndpointSlice extends Identified {
  readonly createdAt: number;
  /** The Service's name, in the same namespace; empty for a slice of none. */
  readonly service: string;
  /** Carries the label `service.kubernetes.io/headless`. */
  readonly headless: boolean;
  /** Not made by Kubernetes' own controller: by hand, by Linkerd, by another agent. */
  readonly foreign: boolean;
  /** Empty for `addressType: FQDN`: those are names, which no A record can hold. */
  readonly endpoints: readonly SliceEndpoint[];
  readonly ports: readonly SlicePort[];
}

/** Who makes the slices of Services with a selector. */
export const SLICE_CONTROLLER = "endpointslice-controller.k8s.io";

const schema = v.object({
  metadata: metadata({}, {
    "kubernetes.io/service-name": text,
    "service.kubernetes.io/headless": v.optional(v.string()),
    "endpointslice.kubernetes.io/managed-by": text,
  }),
  addressType: v.string(),
  endpoints: list(v.object({
    addresses: list(v.string()),
    hostname: text,
    zone: text,
    conditions: v.optional(v.object({
      ready: v.optional(v.nullable(v.boolean())),
      terminating: v.optional(v.nullable(v.boolean())),
    })),
  })),
  ports: list(
    v.object({ name: text, protocol: v.optional(v.string(), "TCP"), port: v.optional(v.nullable(v.number())) }),
  ),
});

export const endpointSliceKind: Kind<EndpointSlice> = {
  group: "discovery.k8s.io",
  versions: ["v1"],
  plural: "endpointslices",
  kind: "EndpointSlice",
  namespaced: true,
  parse: parseEndpointSlice,
};

function parseEndpointSlice(raw: unknown): EndpointSlice {
  const { metadata, addressType, endpoints, ports } = read(schema, raw);
  const labels = metadata.labels;
  const kept = addressType === "FQDN" ? [] : endpoints.map((endpoint) => ({
    addresses: addresses(endpoint.addresses),
    hostname: endpoint.hostname.toLowerCase(),
    // Not said means ready (discovery/v1 EndpointConditions); a controller that says only `terminating` means not ready.
    ready: endpoint.conditions?.ready ?? !endpoint.conditions?.terminating,
    zone: sharedText(endpoint.zone),
  })).filter((endpoint) => endpoint.addresses.length > 0);
  if (kept.length === 0 && endpoints.length > 0 && addressType !== "FQDN") {
    throw new Error(`none of its ${endpoints.length} endpoints has an address`);
  }
  return deepFreeze({
    ...identity(metadata),
    service: labels?.["kubernetes.io/service-name"] ?? "",
    headless: labels?.["service.kubernetes.io/headless"] !== undefined,
    foreign: labels?.["endpointslice.kubernetes.io/managed-by"] !== SLICE_CONTROLLER,
    endpoints: kept.length === 0 ? NONE : kept,
    // A port without a number means "all ports" (discovery/v1 EndpointPort): nothing that SRV could say.
    ports: sharedValue(
      deepFreeze(
        ports.flatMap(({ name, protocol, port }): SlicePort[] =>
          port ? [{ name: name.toLowerCase(), protocol: protocolOf(protocol), port }] : []
        ),
      ),
    ),
  });
}
