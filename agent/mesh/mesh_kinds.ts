import type { Kind } from "../../registry/mod.ts";
import type { MeshKindName, MeshKinds } from "./cluster_view.ts";
import { endpointSliceKind } from "./endpoint_slice_kind.ts";
import { serviceEntryKind } from "./service_entry_kind.ts";
import { serviceKind } from "./service_kind.ts";
import { workloadEntryKind } from "./workload_entry_kind.ts";

/** The kinds that names are made of, each under its plural. */
export const meshKinds: { readonly [K in MeshKindName]: Kind<MeshKinds[K]> } = {
  services: serviceKind,
  endpointslices: endpointSliceKind,
  serviceentries: serviceEntryKind,
  workloadentries: workloadEntryKind,
};
