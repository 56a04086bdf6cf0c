import * as v from "valibot";
import type { Identified, Kind } from "../../registry/mod.ts";
import { check, freeze } from "./check_shape.ts";
import type { Manifest } from "./manifest.ts";
import { probeSchema, type ProbeSpec } from "./probe_spec.ts";

/**
 * The kinds that registration reads, as the API server may send them. `parse` throws one sentence on an object that
 * does not have the shape; fields that nobody here reads are carried along in objects that are written back whole
 * (entries, slices), and dropped from the others.
 */

/**
 * `spec.template` of a WorkloadGroup (Istio's workload_entry.proto): the shape of a WorkloadEntry's spec, address not
 * required.
 */
export type EntryTemplate = Readonly<Record<string, unknown>> & {
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: Readonly<Record<string, number>>;
};

/** A WorkloadGroup with everything that an entry is made of. */
export interface WorkloadGroup extends Identified {
  /** As served, `networking.istio.io/v1` or older: what an owner reference names. Empty for a group from a file. */
  readonly apiVersion: string;
  /** Being deleted: Kubernetes is collecting its entries. */
  readonly deleting: boolean;
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly template: EntryTemplate;
  readonly probe?: ProbeSpec;
}

/** An object that moorline writes: kept whole, so that it can be compared with what is wanted and adopted. */
export interface WrittenObject extends Identified {
  readonly object: Manifest;
}

/** A heartbeat (coordination.k8s.io/v1 Lease). */
export interface Lease extends WrittenObject {
  readonly holder: string;
  /** As written by the holder; only its changes mean something, never its distance from a clock. */
  readonly renewTime: string;
  readonly durationSeconds: number;
}

/** A Service as far as endpoint slices need it: who owns them, and what its ports are called. */
export interface OwningService extends Identified {
  readonly ports: readonly {
    readonly name: string;
    readonly port: number;
    readonly protocol: string;
    readonly targetPort?: number | string;
    readonly appProtocol?: string;
  }[];
  readonly ipFamilies: readonly string[];
  readonly publishNotReadyAddresses: boolean;
  readonly headless: boolean;
}

const texts = v.record(v.string(), v.string());
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));

const metadataSchema = v.looseObject({
  name: v.string(),
  namespace: v.nullish(v.string(), ""),
  uid: v.nullish(v.string(), ""),
  resourceVersion: v.nullish(v.string(), ""),
  labels: v.optional(texts),
  annotations: v.optional(texts),
  deletionTimestamp: v.optional(v.string()),
});

const groupSchema = v.object({
  apiVersion: v.nullish(v.string(), ""),
  metadata: metadataSchema,
  spec: v.object({
    metadata: v.nullish(v.object({ labels: v.nullish(texts, {}), annotations: v.nullish(texts, {}) }), {}),
    template: v.nullish(
      v.looseObject({ labels: v.nullish(texts, {}), ports: v.nullish(v.record(v.string(), port), {}) }),
      {},
    ),
    probe: v.nullish(probeSchema),
  }),
});

const objectSchema = v.looseObject({ metadata: metadataSchema });

const leaseSchema = v.object({
  metadata: metadataSchema,
  spec: v.nullish(
    v.object({
      holderIdentity: v.nullish(v.string(), ""),
      renewTime: v.nullish(v.string(), ""),
      leaseDurationSeconds: v.nullish(v.number(), 0),
    }),
    {},
  ),
});

const serviceSchema = v.object({
  metadata: metadataSchema,
  spec: v.nullish(
    v.object({
      clusterIP: v.nullish(v.string(), ""),
      ipFamilies: v.nullish(v.array(v.string()), []),
      publishNotReadyAddresses: v.nullish(v.boolean(), false),
      ports: v.nullish(
        v.array(v.object({
          name: v.nullish(v.string(), ""),
          port,
          protocol: v.nullish(v.string(), "TCP"),
          targetPort: v.optional(v.union([v.number(), v.string()])),
          appProtocol: v.optional(v.string()),
        })),
        [],
      ),
    }),
    {},
  ),
});

function identityOf(metadata: v.InferOutput<typeof metadataSchema>): Identified {
  const { namespace, name, uid, resourceVersion } = metadata;
  return { namespace, name, uid, resourceVersion };
}

/** Reads a WorkloadGroup, from the API or from `workload.groupFile`. */
export function parseGroup(raw: unknown): WorkloadGroup {
  const { apiVersion, metadata, spec } = check(groupSchema, raw);
  return freeze({
    ...identityOf(metadata),
    apiVersion,
    deleting: metadata.deletionTimestamp !== undefined,
    metadata: { labels: spec.metadata.labels ?? {}, annotations: spec.metadata.annotations ?? {} },
    template: spec.template as EntryTemplate,
    ...(spec.probe ? { probe: spec.probe } : {}),
  });
}

/**
 * The API server leaves apiVersion and kind out of the items of a list of its own kinds; here they are always there.
 */
function parseWritten(apiVersion: string, kind: string): (raw: unknown) => WrittenObject {
  return (raw) => {
    const { metadata } = check(objectSchema, raw);
    return freeze({ ...identityOf(metadata), object: { apiVersion, kind, ...raw as Manifest } });
  };
}

function parseLease(raw: unknown): Lease {
  const { metadata, spec } = check(leaseSchema, raw);
  return freeze({
    ...identityOf(metadata),
    object: { apiVersion: "coordination.k8s.io/v1", kind: "Lease", ...raw as Manifest },
    holder: spec.holderIdentity ?? "",
    renewTime: spec.renewTime ?? "",
    durationSeconds: spec.leaseDurationSeconds ?? 0,
  });
}

function parseService(raw: unknown): OwningService {
  const { metadata, spec } = check(serviceSchema, raw);
  return freeze({
    ...identityOf(metadata),
    ports: (spec.ports ?? []).map(({ name, port, protocol, targetPort, appProtocol }) => ({
      name,
      port,
      protocol,
      ...(targetPort === undefined ? {} : { targetPort }),
      ...(appProtocol === undefined ? {} : { appProtocol }),
    })),
    ipFamilies: spec.ipFamilies ?? [],
    publishNotReadyAddresses: spec.publishNotReadyAddresses ?? false,
    headless: spec.clusterIP === "None",
  });
}

/** WorkloadGroups of the own namespace. Meshes older than Istio 1.22 serve v1beta1 only. */
export const workloadGroupKind: Kind<WorkloadGroup> = {
  group: "networking.istio.io",
  versions: ["v1", "v1beta1"],
  plural: "workloadgroups",
  kind: "WorkloadGroup",
  namespaced: true,
  parse: parseGroup,
};

/** The own WorkloadEntry, whole. */
export const ownEntryKind: Kind<WrittenObject> = {
  group: "networking.istio.io",
  versions: ["v1", "v1beta1"],
  plural: "workloadentries",
  kind: "WorkloadEntry",
  namespaced: true,
  parse: parseWritten("networking.istio.io/v1", "WorkloadEntry"),
};

/** The own EndpointSlices, whole. */
export const ownSliceKind: Kind<WrittenObject> = {
  group: "discovery.k8s.io",
  versions: ["v1"],
  plural: "endpointslices",
  kind: "EndpointSlice",
  namespaced: true,
  parse: parseWritten("discovery.k8s.io/v1", "EndpointSlice"),
};

/** Heartbeats. */
export const leaseKind: Kind<Lease> = {
  group: "coordination.k8s.io",
  versions: ["v1"],
  plural: "leases",
  kind: "Lease",
  namespaced: true,
  parse: parseLease,
};

/** The Service that owns the endpoint slices. */
export const owningServiceKind: Kind<OwningService> = {
  group: "",
  versions: ["v1"],
  plural: "services",
  kind: "Service",
  namespaced: true,
  parse: parseService,
};

/** Events about entries (core/v1). */
export const eventKind: Kind<WrittenObject> = {
  group: "",
  versions: ["v1"],
  plural: "events",
  kind: "Event",
  namespaced: true,
  parse: parseWritten("v1", "Event"),
};

/** DaemonSets, only to ask whether `istio-system/ztunnel` runs here (ambient ignores the Healthy condition). */
export const daemonSetKind: Kind<WrittenObject> = {
  group: "apps",
  versions: ["v1"],
  plural: "daemonsets",
  kind: "DaemonSet",
  namespaced: true,
  parse: parseWritten("apps/v1", "DaemonSet"),
};
