import {
  AUTO_REGISTRATION_GROUP,
  CONNECTED_AT,
  DISCONNECTED_AT,
  type Manifest,
  WORKLOAD_CONTROLLER,
} from "./manifest.ts";

/** What another registrar (istiod, a person) wrote into an entry to steer its life; it would go on steering ours. */
const REGISTRAR_ANNOTATIONS = [WORKLOAD_CONTROLLER, CONNECTED_AT, DISCONNECTED_AT, AUTO_REGISTRATION_GROUP];

/**
 * The object to PUT over an entry that another manager made: spec and labels as wanted, since a label that only the
 * other manager set would stay for ever and go on selecting (seen on kube-apiserver); its other annotations, finalizers
 * and owners stay. The resourceVersion makes the PUT fail when the entry changed meanwhile.
 */
export function adopted(observed: Manifest, wanted: Manifest): Manifest {
  const { managedFields: _, ...metadata } = observed.metadata;
  const kept = Object.entries(metadata.annotations ?? {}).filter(([key]) => !REGISTRAR_ANNOTATIONS.includes(key));
  const owners = (metadata.ownerReferences ?? []).filter((owner) =>
    !owner.controller && !wanted.metadata.ownerReferences?.some((ours) => ours.uid === owner.uid)
  );
  return {
    ...observed,
    ...wanted,
    metadata: {
      ...metadata,
      labels: wanted.metadata.labels ?? {},
      annotations: { ...Object.fromEntries(kept), ...wanted.metadata.annotations },
      ownerReferences: [...owners, ...(wanted.metadata.ownerReferences ?? [])],
    },
  };
}
