import { checkEvent, defaultNamespace, defaultSecret, EMPTY_EVENT, openNamespace } from "./core_rules.ts";
import { checkLease, undecodableLease } from "./lease_rules.ts";
import { OBJECT_META, type Schema, STRING_MAP, STRUCT } from "./field_schema.ts";
import type { ServerKind } from "./server_kind.ts";
import { checkService, defaultService } from "./service_rules.ts";
import { checkEndpointSlice, defaultEndpointSlice } from "./slice_rules.ts";

/**
 * Kubernetes' own kinds, as far as an agent, its operator and its tests use them. Schemas say only what merging needs:
 * which lists are keyed and which maps are atomic (from the `+listType` and `+mapType` marks of k8s.io/api).
 */

const atomicMap: Schema = { type: "object", open: true, atomic: true };
const openStruct = (properties: Readonly<Record<string, Schema>>): Schema => ({
  ...STRUCT,
  type: "object",
  properties,
});
const keyed = (...keys: string[]): Schema => ({ type: "array", keys, items: STRUCT });
const conditions = openStruct({ conditions: keyed("type") });

const servicePorts: Schema = { ...keyed("port", "protocol"), keyDefaults: { protocol: "TCP" } };
const service: Schema = openStruct({
  ports: { ...servicePorts, items: STRUCT },
  selector: atomicMap,
});

const container = openStruct({
  env: keyed("name"),
  ports: { ...keyed("containerPort", "protocol"), keyDefaults: { protocol: "TCP" } },
  volumeMounts: keyed("mountPath"),
});
const podSpec = openStruct({
  containers: { ...keyed("name"), items: container },
  initContainers: { ...keyed("name"), items: container },
  volumes: keyed("name"),
  imagePullSecrets: keyed("name"),
  nodeSelector: atomicMap,
});
const workloadSpec = openStruct({
  selector: atomicMap,
  template: openStruct({ metadata: OBJECT_META, spec: podSpec }),
});

const policySpec = openStruct({
  matchConditions: keyed("name"),
  matchConstraints: atomicMap,
  variables: keyed("name"),
});

interface Row extends Partial<ServerKind> {
  readonly kind: string;
  readonly plural: string;
}

const core = (row: Row): ServerKind => builtIn("", row);

function builtIn(group: string, row: Row): ServerKind {
  return {
    group,
    versions: ["v1"],
    singular: row.kind.toLowerCase(),
    namespaced: true,
    unconditionalUpdate: true,
    ...row,
  };
}

const rbac = "rbac.authorization.k8s.io";
const admission = "admissionregistration.k8s.io";
const flowControl = "flowcontrol.apiserver.k8s.io";

export const coreKinds: readonly ServerKind[] = [
  core({
    kind: "Namespace",
    plural: "namespaces",
    namespaced: false,
    names: "label",
    shortNames: ["ns"],
    status: true,
    empty: { spec: {}, status: {} },
    defaults: defaultNamespace,
    onCreate: openNamespace,
    returnsDeleted: true,
    selectableFields: ["status.phase"],
  }),
  core({
    kind: "Node",
    plural: "nodes",
    namespaced: false,
    status: true,
    shortNames: ["no"],
    empty: { spec: {}, status: {} },
  }),
  core({
    kind: "Service",
    plural: "services",
    shortNames: ["svc"],
    names: "label",
    status: true,
    createOnUpdate: true,
    fields: { spec: service, status: conditions },
    empty: { spec: {}, status: { loadBalancer: {} } },
    defaults: defaultService,
    check: checkService,
    returnsDeleted: true,
    selectableFields: ["spec.clusterIP", "spec.type"],
  }),
  core({
    kind: "Pod",
    plural: "pods",
    shortNames: ["po"],
    status: true,
    fields: { spec: podSpec, status: conditions },
    empty: { spec: {}, status: {} },
    returnsDeleted: true,
  }),
  core({
    kind: "ConfigMap",
    plural: "configmaps",
    shortNames: ["cm"],
    fields: { data: STRING_MAP, binaryData: STRING_MAP },
  }),
  core({
    kind: "Secret",
    plural: "secrets",
    selectableFields: ["type"],
    fields: { data: STRING_MAP, stringData: STRING_MAP },
    defaults: defaultSecret,
  }),
  core({
    kind: "ServiceAccount",
    plural: "serviceaccounts",
    shortNames: ["sa"],
    fields: { secrets: keyed("name") },
    returnsDeleted: true,
  }),
  core({
    kind: "Event",
    plural: "events",
    shortNames: ["ev"],
    createOnUpdate: true,
    fields: { involvedObject: atomicMap },
    empty: EMPTY_EVENT,
    check: checkEvent,
    selectableFields: [
      "involvedObject.kind",
      "involvedObject.namespace",
      "involvedObject.name",
      "involvedObject.uid",
      "reason",
      "type",
    ],
  }),
  builtIn("discovery.k8s.io", {
    kind: "EndpointSlice",
    plural: "endpointslices",
    generation: "labels too",
    defaults: defaultEndpointSlice,
    check: checkEndpointSlice,
  }),
  builtIn("coordination.k8s.io", {
    kind: "Lease",
    plural: "leases",
    unconditionalUpdate: false,
    createOnUpdate: true,
    empty: { spec: {} },
    undecodable: undecodableLease,
    check: checkLease,
  }),
  builtIn("apps", {
    kind: "DaemonSet",
    plural: "daemonsets",
    shortNames: ["ds"],
    status: true,
    generation: true,
    fields: { spec: workloadSpec, status: conditions },
    empty: { spec: {}, status: {} },
  }),
  builtIn("apps", {
    kind: "Deployment",
    plural: "deployments",
    shortNames: ["deploy"],
    status: true,
    generation: true,
    fields: { spec: workloadSpec, status: conditions },
    empty: { spec: {}, status: {} },
  }),
  builtIn(rbac, { kind: "Role", plural: "roles", names: "path" }),
  builtIn(rbac, { kind: "RoleBinding", plural: "rolebindings", names: "path", fields: { roleRef: atomicMap } }),
  builtIn(rbac, { kind: "ClusterRole", plural: "clusterroles", names: "path", namespaced: false }),
  builtIn(rbac, {
    kind: "ClusterRoleBinding",
    plural: "clusterrolebindings",
    names: "path",
    namespaced: false,
    fields: { roleRef: atomicMap },
  }),
  builtIn(admission, {
    kind: "ValidatingAdmissionPolicy",
    plural: "validatingadmissionpolicies",
    namespaced: false,
    status: true,
    generation: true,
    unconditionalUpdate: false,
    fields: { spec: policySpec },
    empty: { spec: {}, status: {} },
  }),
  builtIn(admission, {
    kind: "ValidatingAdmissionPolicyBinding",
    plural: "validatingadmissionpolicybindings",
    namespaced: false,
    generation: true,
    unconditionalUpdate: false,
    fields: { spec: openStruct({ matchResources: atomicMap, paramRef: atomicMap }) },
    empty: { spec: {} },
  }),
  builtIn(flowControl, {
    kind: "FlowSchema",
    plural: "flowschemas",
    namespaced: false,
    status: true,
    generation: true,
    fields: { status: conditions },
    empty: { spec: {}, status: {} },
  }),
  builtIn(flowControl, {
    kind: "PriorityLevelConfiguration",
    plural: "prioritylevelconfigurations",
    namespaced: false,
    status: true,
    generation: true,
    fields: { status: conditions },
    empty: { spec: {}, status: {} },
  }),
];
