import * as v from "valibot";
import { canonicalIp } from "../../dns/mod.ts";
import type { Identified, Kind } from "../../registry/mod.ts";
import { canonicalHost } from "./host_name.ts";
import { deepFreeze, distinct, identity, list, metadata, NONE, read, stringMap, text } from "./raw_object.ts";
import { endpointSchema, type MeshEndpoint, readEndpoint } from "./workload_entry_kind.ts";

/** How Istio finds a host's endpoints; `DYNAMIC_DNS` and later ones count as what DNS itself must answer. */
export type Resolution = "NONE" | "STATIC" | "DNS" | "DNS_ROUND_ROBIN" | "DYNAMIC_DNS";

/** An address that Istio allocated for a host. */
export interface AllocatedAddress {
  readonly host: string;
  readonly address: string;
}

/** A part of an object that was dropped, and why. */
export interface DroppedPart {
  readonly value: string;
  readonly reason: string;
}

/** A networking.istio.io ServiceEntry: what names need of it. */
export interface ServiceEntry extends Identified {
  readonly createdAt: number;
  /** Canonical; `*.` begins a wildcard. */
  readonly hosts: readonly string[];
  /** spec.addresses that are single addresses (also written as /32 or /128). */
  readonly addresses: readonly string[];
  /** Whether spec.addresses says anything, if only networks. */
  readonly addressed: boolean;
  readonly resolution: Resolution;
  readonly endpoints: readonly MeshEndpoint[];
  /** Labels of WorkloadEntries of the same namespace; null: the endpoints are written in the object. */
  readonly selector: Readonly<Record<string, string>> | null;
  readonly exportTo: readonly string[];
  /** False by the label `networking.istio.io/enable-autoallocate-ip: "false"`. */
  readonly autoAllocate: boolean;
  readonly allocated: readonly AllocatedAddress[];
  readonly dropped: readonly DroppedPart[];
}

const RESOLUTIONS = ["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"] as const;

const schema = v.object({
  metadata: metadata({}, { "networking.istio.io/enable-autoallocate-ip": text }),
  spec: v.object({
    hosts: v.array(v.string()),
    addresses: list(v.string()),
    // One that is not known yet: Istio resolves it by means of its own.
    resolution: v.optional(v.fallback(v.picklist(RESOLUTIONS), "DYNAMIC_DNS"), "NONE"),
    endpoints: list(endpointSchema),
    workloadSelector: v.optional(v.nullable(v.object({ labels: stringMap }))),
    exportTo: list(v.string()),
  }),
  status: v.optional(v.nullable(v.object({ addresses: list(v.object({ host: text, value: text })) }))),
});

export const serviceEntryKind: Kind<ServiceEntry> = {
  group: "networking.istio.io",
  versions: ["v1", "v1beta1"],
  plural: "serviceentries",
  kind: "ServiceEntry",
  namespaced: true,
  parse: parseServiceEntry,
};

function parseServiceEntry(raw: unknown): ServiceEntry {
  const { metadata, spec, status } = read(schema, raw);
  const dropped: DroppedPart[] = [];
  const hosts = distinct(spec.hosts.map((host) => {
    const canonical = canonicalHost(host);
    if (canonical === undefined) dropped.push({ value: host, reason: whyNoHost(host) });
    return canonical;
  }));
  if (hosts.length === 0) throw new Error(`its spec.hosts holds no name: ${spec.hosts.join(", ") || "empty"}`);
  return deepFreeze({
    ...identity(metadata),
    hosts,
    addresses: singleAddresses(spec.addresses, dropped),
    addressed: spec.addresses.length > 0,
    resolution: spec.resolution,
    endpoints: spec.endpoints.length === 0 ? NONE : spec.endpoints.map(readEndpoint),
    selector: spec.workloadSelector?.labels ?? null,
    exportTo: distinct(spec.exportTo),
    autoAllocate: metadata.labels?.["networking.istio.io/enable-autoallocate-ip"]?.toLowerCase() !== "false",
    allocated: (status?.addresses ?? []).flatMap(({ host, value }) => {
      const address = canonicalIp(value);
      return address === undefined ? [] : [{ host: canonicalHost(host) ?? "", address }];
    }),
    dropped: dropped.length === 0 ? NONE : dropped,
  });
}

/** Networks are valid and say nothing to DNS; what is neither is dropped, and the object when nothing else is left. */
function singleAddresses(written: readonly string[], dropped: DroppedPart[]): readonly string[] {
  let networks = 0;
  const addresses = distinct(written.map((text) => {
    const [base = "", bits] = text.split("/");
    const address = canonicalIp(base);
    if (address === undefined) dropped.push({ value: text, reason: "it is no IP address" });
    if (address === undefined || bits === undefined || bits === (address.includes(":") ? "128" : "32")) return address;
    networks++;
    return undefined;
  }));
  if (written.length > 0 && addresses.length === 0 && networks === 0) {
    throw new Error(`its spec.addresses holds no address: ${written.join(", ")}`);
  }
  return addresses;
}

function whyNoHost(host: string): string {
  if (host.startsWith("*")) return "only a whole first label can be a wildcard in DNS";
  return canonicalIp(host) === undefined ? "it is no DNS name" : "it is an IP address, no DNS name";
}
