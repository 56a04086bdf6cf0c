import * as v from "valibot";
import type { Identified, Kind } from "../../registry/mod.ts";
import {
  addresses,
  commaList,
  deepFreeze,
  distinct,
  identity,
  list,
  metadata,
  NONE,
  read,
  text,
} from "./raw_object.ts";
import { sharedValue } from "./shared_text.ts";

export type Protocol = "tcp" | "udp" | "sctp";

export interface ServicePort {
  /** Empty for the only port of a Service that names none. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** A number, or the name of a port of the pods. */
  readonly targetPort: number | string;
}

/** A core/v1 Service: what names need of it. Every field is always there, so that all have one shape. */
export interface Service extends Identified {
  /** Seconds since the epoch. */
  readonly createdAt: number;
  readonly type: typeof TYPES[number];
  readonly headless: boolean;
  readonly clusterIPs: readonly string[];
  /** As it was written; empty for other types. */
  readonly externalName: string;
  readonly ports: readonly ServicePort[];
  readonly publishNotReady: boolean;
  /** Where the cluster takes traffic from outside: status.loadBalancer, then spec.externalIPs. */
  readonly outsideAddresses: readonly string[];
  /** The load balancer's name, where it has one instead of addresses. */
  readonly outsideHost: string;
  /** `networking.istio.io/exportTo`; empty: all namespaces. */
  readonly exportTo: readonly string[];
  /** `moorline.dev/answers` as it was written; empty: as the configuration says. */
  readonly answers: string;
}

const TYPES = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"] as const;

const schema = v.object({
  metadata: metadata({
    "networking.istio.io/exportTo": text,
    "moorline.dev/answers": text,
    "service.alpha.kubernetes.io/tolerate-unready-endpoints": text,
  }, {}),
  spec: v.object({
    // One that is not known yet: if it has a ClusterIP, that is what it answers.
    type: v.optional(v.fallback(v.picklist(TYPES), "ClusterIP"), "ClusterIP"),
    clusterIP: text,
    clusterIPs: list(v.string()),
    externalName: text,
    externalIPs: list(v.string()),
    publishNotReadyAddresses: v.optional(v.boolean(), false),
    ports: list(v.object({
      name: text,
      protocol: v.optional(v.string(), "TCP"),
      port: v.number(),
      targetPort: v.optional(v.union([v.number(), v.string()])),
    })),
  }),
  status: v.optional(v.object({
    loadBalancer: v.optional(v.object({ ingress: list(v.object({ ip: text, hostname: text })) })),
  })),
});

export const serviceKind: Kind<Service> = {
  group: "",
  versions: ["v1"],
  plural: "services",
  kind: "Service",
  namespaced: true,
  parse: parseService,
};

function parseService(raw: unknown): Service {
  const { metadata, spec, status } = read(schema, raw);
  const written = spec.clusterIPs.length > 0 ? spec.clusterIPs : distinct([spec.clusterIP || undefined]);
  const headless = spec.type !== "ExternalName" && written.includes("None");
  const clusterIPs = headless || spec.type === "ExternalName" ? NONE : addresses(written);
  if (!headless && written.length > 0 && clusterIPs.length === 0 && spec.type !== "ExternalName") {
    throw new Error(`its spec.clusterIPs holds no address: ${written.join(", ")}`);
  }
  const ingress = status?.loadBalancer?.ingress ?? [];
  const annotations = metadata.annotations;
  return deepFreeze({
    ...identity(metadata),
    type: spec.type,
    headless,
    clusterIPs,
    externalName: spec.type === "ExternalName" ? spec.externalName : "",
    ports: sharedValue(deepFreeze(spec.ports.map((port): ServicePort => ({
      name: port.name.toLowerCase(),
      protocol: protocolOf(port.protocol),
      port: port.port,
      targetPort: port.targetPort || port.port,
    })))),
    publishNotReady: spec.publishNotReadyAddresses ||
      annotations?.["service.alpha.kubernetes.io/tolerate-unready-endpoints"] === "true",
    outsideAddresses: addresses([...ingress.map(({ ip }) => ip), ...spec.externalIPs]),
    outsideHost: ingress.find(({ hostname }) => hostname !== "")?.hostname ?? "",
    exportTo: commaList(annotations?.["networking.istio.io/exportTo"] ?? ""),
    answers: annotations?.["moorline.dev/answers"] ?? "",
  });
}

/** TCP unless it is one of the other two that Kubernetes knows. */
export function protocolOf(written: string): Protocol {
  const lower = written.toLowerCase();
  return lower === "udp" || lower === "sctp" ? lower : "tcp";
}
