import {
  AGENT_ID,
  AGENT_VERSION,
  AUTO_REGISTRATION_GROUP,
  CONNECTED_AT,
  DISCONNECTED_AT,
  HEALTH_CHECKS_ENABLED,
  type Manifest,
  OWNER,
  STATIC,
  TLS_MODE,
  TUNNEL,
} from "./manifest.ts";
import { entryName } from "./entry_name.ts";
import type { WorkloadGroup } from "./workload_kinds.ts";

/** Who writes the entry. */
export interface Writer {
  readonly agentId: string;
  readonly version: string;
  /** The API user that owns it: a user name, or `JTI=<id>` of the token; empty where that is not known. */
  readonly owner: string;
}

/** What this VM adds to its group: the `workload:` keys that go into the entry. */
export interface VmPlace {
  /** The first of `workload.address`. */
  readonly address: string;
  readonly network: string;
  readonly locality: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tls: "disabled" | "istio";
}

/** What changes while the entry lives. */
export interface EntryMoment {
  /** Whether somebody watches over the Healthy condition; without it every entry counts as healthy. */
  readonly healthChecked: boolean;
  /** The labels that select this entry are left out (`unhealthy: withdraw`, while unhealthy). */
  readonly withdrawn?: boolean;
  /** Written once by `register`, with nobody watching over it. */
  readonly isStatic?: boolean;
  /** For istiod's clean-up; RFC 3339. At most one of the two. */
  readonly connectedAt?: string;
  readonly disconnectedAt?: string;
}

/** Istio keeps the locality in a node label whose value is no valid label value. */
const NEVER_LABELS = ["istio-locality"];

/**
 * The WorkloadEntry that this VM wants, as Istio's own code would write it (workloadEntryFromGroup), with these
 * changes: the name is always valid, and an entry without a proxy says so (`tlsMode: disabled`, no tunnel label) since
 * Istio would speak mTLS to any entry that has a service account. Pure; without `status`, which is written on its own.
 */
export function entryFor(group: WorkloadGroup, writer: Writer, place: VmPlace, moment: EntryMoment): Manifest {
  const labels = entryLabels(group, place, moment.withdrawn ?? false);
  const { labels: _, ports, ...template } = group.template;
  return {
    apiVersion: group.apiVersion || "networking.istio.io/v1",
    kind: "WorkloadEntry",
    metadata: {
      name: entryName(group.name, place.address, place.network),
      namespace: group.namespace,
      labels,
      annotations: entryAnnotations(group, writer, moment),
      ...(group.uid ? { ownerReferences: [ownedBy(group)] } : {}),
    },
    spec: {
      ...template,
      ...(Object.keys(ports).length > 0 ? { ports } : {}),
      address: place.address,
      labels,
      ...(place.network ? { network: place.network } : {}),
      ...(place.locality ? { locality: place.locality } : {}),
    },
  };
}

/** The group's, then what makes the entry count as auto-registered, as health-checked and as this agent's. */
function entryAnnotations(group: WorkloadGroup, writer: Writer, moment: EntryMoment): Record<string, string> {
  const { [HEALTH_CHECKS_ENABLED]: _, ...given } = group.metadata.annotations;
  return {
    ...given,
    [AUTO_REGISTRATION_GROUP]: group.name,
    ...(moment.healthChecked && !moment.isStatic ? { [HEALTH_CHECKS_ENABLED]: "true" } : {}),
    ...(moment.connectedAt ? { [CONNECTED_AT]: moment.connectedAt } : {}),
    ...(moment.disconnectedAt ? { [DISCONNECTED_AT]: moment.disconnectedAt } : {}),
    ...writerAnnotations(writer, moment.isStatic ?? false),
  };
}

/** The annotations that everything moorline writes carries. */
export function writerAnnotations(writer: Writer, isStatic: boolean): Record<string, string> {
  return {
    [AGENT_ID]: writer.agentId,
    [AGENT_VERSION]: writer.version,
    ...(writer.owner ? { [OWNER]: writer.owner } : {}),
    ...(isStatic ? { [STATIC]: "true" } : {}),
  };
}

function ownedBy(group: WorkloadGroup) {
  const apiVersion = group.apiVersion || "networking.istio.io/v1";
  return { apiVersion, kind: "WorkloadGroup", name: group.name, uid: group.uid, controller: true };
}

/**
 * Template, then the group's metadata, then the VM's own; later wins. Labels that the API server refuses are left out.
 */
function entryLabels(group: WorkloadGroup, place: VmPlace, withdrawn: boolean): Record<string, string> {
  const merged = withdrawn ? {} : { ...group.template.labels, ...group.metadata.labels, ...place.labels };
  const never = new Set([...NEVER_LABELS, ...(place.tls === "disabled" ? [TUNNEL] : [])]);
  const labels = Object.fromEntries(
    Object.entries(merged).filter(([key, value]) => !never.has(key) && isLabel(key, value)),
  );
  return place.tls === "disabled" ? { ...labels, [TLS_MODE]: "disabled" } : labels;
}

/** @returns the labels of group and VM that are no Kubernetes labels, for `status` to name; they are not written. */
export function unusableLabels(group: WorkloadGroup, place: VmPlace): string[] {
  const merged = { ...group.template.labels, ...group.metadata.labels, ...place.labels };
  return Object.entries(merged)
    .filter(([key, value]) => !NEVER_LABELS.includes(key) && !isLabel(key, value))
    .map(([key, value]) => `${key}=${value}`);
}

const LABEL_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_PREFIX = /^(?=.{1,253}\/)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\//;

/** Kubernetes' rule: `[prefix/]name`, name and value at most 63 characters. */
export function isLabel(key: string, value: string): boolean {
  const name = key.replace(LABEL_PREFIX, "");
  return LABEL_NAME.test(name) && (value === "" || LABEL_NAME.test(value));
}
