import type { MeshKindName } from "./cluster_view.ts";
import { SLICE_CONTROLLER } from "./endpoint_slice_kind.ts";

/** Which objects of a cluster are wanted. */
export interface FeedNeeds {
  /** Whether all slices are wanted: endpoints are answered. */
  readonly allSlices: boolean;
  /** `namespace/name` of the Services whose endpoints are answered though others' are not. */
  readonly sliceServices: readonly string[];
  /** The namespaces whose WorkloadEntries a ServiceEntry's selector can name. */
  readonly workloadNamespaces: readonly string[];
}

/** Where a cluster may be read. */
export interface FeedReach {
  /** As configured; empty: everything. */
  readonly namespaces: readonly string[];
  /** The workloads' own: what is left to read where everything is forbidden. */
  readonly fallback: readonly string[];
  /** The kinds that may not be read in the whole cluster. */
  readonly forbidden: ReadonlySet<MeshKindName>;
}

/** One reflector's share of a kind. */
export interface PartPlan {
  readonly kind: MeshKindName;
  /** Names the part in its store and in the snapshot. */
  readonly id: string;
  /** Empty: the whole cluster. */
  readonly namespace: string;
  /** Empty: all objects. */
  readonly labelSelector: string;
}

/** Slices of headless Services, labelled so by Kubernetes' own controller: their names are their endpoints. */
export const HEADLESS_SLICES = "service.kubernetes.io/headless";
/** Slices by anyone else: by hand, by other controllers, by agents like this one; they need not carry that label. */
export const FOREIGN_SLICES = `endpointslice.kubernetes.io/managed-by!=${SLICE_CONTROLLER}`;
const SERVICE_NAME = "kubernetes.io/service-name";
/** A selector of this many names has at most 6.5 kB, which fits in a URL; beyond it all slices are read. */
const MAX_NAMED_SERVICES = 100;
/** Each namespace is a watch of its own; for more than this many one for the whole cluster costs the server less. */
const MAX_NAMESPACE_WATCHES = 10;

/** Which parts are read: as little as answers need. */
export function planParts(needs: FeedNeeds, reach: FeedReach): readonly PartPlan[] {
  const everywhere = (kind: MeshKindName, selectors: readonly string[]) =>
    namespacesOf(kind, reach).flatMap((namespace) => selectors.map((selector) => part(kind, namespace, selector)));
  return [
    ...everywhere("services", [""]),
    ...everywhere("endpointslices", sliceSelectors(needs)),
    ...everywhere("serviceentries", [""]),
    ...workloadNamespaces(needs, reach).map((namespace) => part("workloadentries", namespace, "")),
  ];
}

/** The namespaces in which a kind is read; the empty string is the whole cluster, which a refusal leaves on trial. */
export function namespacesOf(kind: MeshKindName, { namespaces, fallback, forbidden }: FeedReach): readonly string[] {
  if (namespaces.length > 0) return namespaces;
  return forbidden.has(kind) ? ["", ...fallback] : [""];
}

function sliceSelectors({ allSlices, sliceServices }: FeedNeeds): readonly string[] {
  const names = [...new Set(sliceServices.map((key) => key.slice(key.indexOf("/") + 1)))].sort();
  if (allSlices || names.length > MAX_NAMED_SERVICES) return [""];
  const named = names.length === 0 ? [] : [`${SERVICE_NAME} in (${names.join(",")})`];
  return [HEADLESS_SLICES, FOREIGN_SLICES, ...named];
}

/** Whether a selector of slices by Services' names has this name. */
export function namesService(selector: string, name: string): boolean {
  const names = /^\S+ in \((.*)\)$/.exec(selector)?.[1];
  return names !== undefined && names.split(",").includes(name);
}

function workloadNamespaces({ workloadNamespaces: wanted }: FeedNeeds, reach: FeedReach): readonly string[] {
  if (reach.namespaces.length > 0) return wanted.filter((namespace) => reach.namespaces.includes(namespace));
  if (wanted.length <= MAX_NAMESPACE_WATCHES) return wanted;
  return reach.forbidden.has("workloadentries") ? ["", ...wanted] : [""];
}

function part(kind: MeshKindName, namespace: string, labelSelector: string): PartPlan {
  return { kind, id: `${namespace || "*"} ${labelSelector}`.trimEnd(), namespace, labelSelector };
}
