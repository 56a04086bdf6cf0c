import type { JsonObject } from "./kube_object.ts";
import { type Schema, type SchemaRule, STRING, STRING_MAP } from "./field_schema.ts";
import type { ServerKind } from "./server_kind.ts";

/**
 * Istio's kinds as its CustomResourceDefinitions declare them (istio/istio manifests/charts/base/files/crd-all.gen.yaml):
 * the fields, their limits and those rules that an agent can break.
 */

const UINT32_MAX = 4294967295;
const PORT_NAME = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;

interface WorkloadSpec extends JsonObject {
  address?: string;
  network?: string;
  ports?: JsonObject;
}

const portRule: SchemaRule = {
  message: "port must be between 1-65535",
  holds: (port: number) => port > 0 && port <= 65535,
};
const port: Schema = { type: "integer", minimum: 0, maximum: UINT32_MAX, rules: [portRule] };

const workload: Schema = {
  type: "object",
  properties: {
    address: {
      type: "string",
      maxLength: 256,
      rules: [
        {
          message: "UDS must be an absolute path or abstract socket",
          holds: (address: string) => !address.startsWith("unix://") || /^unix:\/\/[/@]/.test(address),
        },
        {
          message: "UDS may not be a dir",
          holds: (address: string) => !address.startsWith("unix://") || !address.endsWith("/"),
        },
      ],
    },
    labels: STRING_MAP,
    locality: { type: "string", maxLength: 2048 },
    network: { type: "string", maxLength: 2048 },
    ports: {
      type: "object",
      values: port,
      rules: [{
        message: "port name must be valid",
        holds: (ports: JsonObject) => Object.keys(ports).every((name) => name.length < 63 && PORT_NAME.test(name)),
      }],
    },
    serviceAccount: { type: "string", maxLength: 253 },
    weight: { type: "integer", minimum: 0, maximum: UINT32_MAX },
  },
};

const reachable: Schema = {
  ...workload,
  rules: [
    {
      message: "Address is required",
      holds: (spec: WorkloadSpec) => spec.address !== undefined || spec.network !== undefined,
    },
    {
      message: "UDS may not include ports",
      holds: (spec: WorkloadSpec) => !spec.address?.startsWith("unix://") || spec.ports === undefined,
    },
  ],
};

const condition: Schema = {
  type: "object",
  properties: {
    lastProbeTime: STRING,
    lastTransitionTime: STRING,
    message: STRING,
    observedGeneration: {},
    reason: STRING,
    status: STRING,
    type: STRING,
  },
};

/** Conditions have no list type: the list is atomic. Unknown fields stay, as ServiceEntry's `addresses`. */
const status: Schema = {
  type: "object",
  open: true,
  properties: {
    conditions: { type: "array", items: condition },
    observedGeneration: {},
    validationMessages: { type: "array", items: { type: "object", open: true } },
  },
};

const count: Schema = { type: "integer", minimum: 0 };

const probe: Schema = {
  type: "object",
  oneOf: ["httpGet", "tcpSocket", "exec", "grpc"],
  properties: {
    initialDelaySeconds: count,
    timeoutSeconds: count,
    periodSeconds: count,
    successThreshold: count,
    failureThreshold: count,
    exec: {
      type: "object",
      required: ["command"],
      properties: { command: { type: "array", items: STRING } },
    },
    grpc: { type: "object", properties: { port, service: STRING } },
    httpGet: {
      type: "object",
      required: ["port"],
      properties: {
        path: STRING,
        port,
        host: STRING,
        scheme: {
          type: "string",
          rules: [{
            message: "scheme must be one of [HTTP, HTTPS]",
            holds: (scheme: string) => ["", "HTTP", "HTTPS"].includes(scheme),
          }],
        },
        httpHeaders: { type: "array", items: { type: "object", properties: { name: STRING, value: STRING } } },
      },
    },
    tcpSocket: { type: "object", required: ["port"], properties: { host: STRING, port } },
  },
};

const servicePort: Schema = {
  type: "object",
  required: ["number", "name"],
  properties: {
    name: { type: "string", maxLength: 256 },
    number: port,
    protocol: { type: "string", maxLength: 256 },
    targetPort: port,
  },
};

interface ServiceEntrySpec extends JsonObject {
  hosts: string[];
  addresses?: string[];
  endpoints?: unknown[];
  workloadSelector?: JsonObject;
  resolution?: string;
}

const serviceEntry: Schema = {
  type: "object",
  required: ["hosts"],
  properties: {
    addresses: { type: "array", maxItems: 256, items: { type: "string", maxLength: 64 } },
    endpoints: { type: "array", maxItems: 4096, items: reachable },
    exportTo: { type: "array", items: STRING },
    hosts: {
      type: "array",
      minItems: 1,
      maxItems: 256,
      items: {
        type: "string",
        rules: [{ message: "hostname cannot be wildcard", holds: (host: string) => host !== "*" }],
      },
    },
    location: { type: "string", enum: ["MESH_EXTERNAL", "MESH_INTERNAL"] },
    ports: {
      type: "array",
      maxItems: 256,
      keys: ["name"],
      items: servicePort,
      rules: [{
        message: "port number cannot be duplicated",
        holds: (ports: { number: number }[]) => new Set(ports.map(({ number }) => number)).size === ports.length,
      }],
    },
    resolution: { type: "string", enum: ["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"] },
    subjectAltNames: { type: "array", items: STRING },
    workloadSelector: { type: "object", properties: { labels: STRING_MAP } },
  },
  rules: [
    {
      message: "only one of WorkloadSelector or Endpoints can be set",
      holds: (spec: ServiceEntrySpec) => !spec.workloadSelector || !spec.endpoints,
    },
    {
      message: "CIDR addresses are allowed only for NONE/STATIC resolution types",
      holds: ({ addresses = [], resolution = "NONE" }: ServiceEntrySpec) =>
        !addresses.some((address) => address.includes("/")) || ["NONE", "STATIC"].includes(resolution),
    },
    {
      message: "NONE mode cannot set endpoints",
      holds: ({ endpoints, resolution = "NONE" }: ServiceEntrySpec) => resolution !== "NONE" || !endpoints,
    },
    {
      message: "DNS_ROUND_ROBIN mode cannot have multiple endpoints",
      holds: ({ endpoints = [], resolution }: ServiceEntrySpec) =>
        resolution !== "DNS_ROUND_ROBIN" || endpoints.length <= 1,
    },
  ],
};

const workloadGroup: Schema = {
  type: "object",
  required: ["template"],
  properties: {
    metadata: { type: "object", properties: { labels: STRING_MAP, annotations: STRING_MAP } },
    probe,
    template: workload,
  },
};

const common = {
  group: "networking.istio.io",
  versions: ["v1", "v1beta1", "v1alpha3"],
  namespaced: true,
  status: true,
  custom: true,
  required: ["spec"],
} as const;

/** ServiceEntry, WorkloadEntry and WorkloadGroup. */
export const istioKinds: readonly ServerKind[] = [
  {
    ...common,
    plural: "serviceentries",
    singular: "serviceentry",
    kind: "ServiceEntry",
    shortNames: ["se"],
    fields: { spec: serviceEntry, status },
  },
  {
    ...common,
    plural: "workloadentries",
    singular: "workloadentry",
    kind: "WorkloadEntry",
    shortNames: ["we"],
    fields: { spec: reachable, status },
  },
  {
    ...common,
    plural: "workloadgroups",
    singular: "workloadgroup",
    kind: "WorkloadGroup",
    shortNames: ["wg"],
    fields: { spec: workloadGroup, status },
  },
];
