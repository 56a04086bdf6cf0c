import type { StoreReader } from "../../registry/mod.ts";
import type { EndpointSlice } from "./endpoint_slice_kind.ts";
import type { ServiceEntry } from "./service_entry_kind.ts";
import type { Service } from "./service_kind.ts";
import type { WorkloadEntry } from "./workload_entry_kind.ts";

/** The kinds that names are made of, by the plural of each. */
export interface MeshKinds {
  services: Service;
  endpointslices: EndpointSlice;
  serviceentries: ServiceEntry;
  workloadentries: WorkloadEntry;
}
export type MeshKindName = keyof MeshKinds;
export const MESH_KIND_NAMES = ["services", "endpointslices", "serviceentries", "workloadentries"] as const;

export type MeshStores = { readonly [K in MeshKindName]: StoreReader<MeshKinds[K]> };

/** Whether what is not in a store is known not to exist. */
export type Knowledge = "known" | "pending" | "unreadable";

/** How much is known of a cluster at one moment. */
export interface ClusterKnowledge {
  /** The namespaces whose names are read; null: all of them. */
  readonly namespaces: readonly string[] | null;
  /** Whether what is missing in a store is known not to exist; in all namespaces together, or in one. */
  knows(kind: MeshKindName, namespace?: string): Knowledge;
  /** Whether all slices of this Service are read. */
  knowsEndpoints(service: Service): Knowledge;
  /** Whether objects of a kind came from a snapshot, and no server has confirmed them so far. */
  isUnconfirmed(kind: MeshKindName): boolean;
}

/** What is read of one cluster, and how much of it. */
export interface ClusterView {
  readonly name: string;
  readonly domain: string;
  readonly stores: MeshStores;
  /** Never changes itself: a new one takes its place. */
  readonly knowledge: ClusterKnowledge;
  /** Calls back when another knowledge has taken its place. @returns the way to stop that. */
  onKnowledge(listener: () => void): () => void;
}
