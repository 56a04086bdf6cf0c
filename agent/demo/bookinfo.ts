/**
 * The objects of the demo's cluster: a mesh like Istio's bookinfo, and a WorkloadGroup that waits for a VM.
 *
 * The VM's application is called `inventory`. The ServiceEntry `inventory.bookinfo.mesh` selects its entry by label, so
 * the name appears when the VM registers and is healthy, and goes when its application fails.
 */

/** A Kubernetes object as it is written in a manifest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string } & Record<string, unknown>;
  readonly [field: string]: unknown;
}

export const DEMO_NAMESPACE = "bookinfo";
export const DEMO_GROUP = "inventory";
/** Of the range for documentation (RFC 5737): nobody's address, as good as any for a VM that carries no traffic. */
export const DEMO_VM_ADDRESS = "192.0.2.10";

/** A ClusterIP Service of one named port. */
export function clusterIpService(name: string, clusterIp: string, namespace = DEMO_NAMESPACE): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      type: "ClusterIP",
      clusterIP: clusterIp,
      clusterIPs: [clusterIp],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      selector: { app: name },
      ports: [{ name: "http", protocol: "TCP", port: 9080, targetPort: 9080 }],
    },
  };
}

const headless: readonly Manifest[] = [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "mongodb", namespace: DEMO_NAMESPACE },
    spec: {
      type: "ClusterIP",
      clusterIP: "None",
      clusterIPs: ["None"],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ports: [{ name: "mongo", protocol: "TCP", port: 27017, targetPort: 27017 }],
    },
  },
  {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "mongodb-x7k2p",
      namespace: DEMO_NAMESPACE,
      labels: {
        "kubernetes.io/service-name": "mongodb",
        "service.kubernetes.io/headless": "",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
      },
    },
    addressType: "IPv4",
    ports: [{ name: "mongo", protocol: "TCP", port: 27017 }],
    endpoints: [
      { addresses: ["10.244.1.21"], hostname: "mongodb-0", conditions: { ready: true } },
      { addresses: ["10.244.2.21"], hostname: "mongodb-1", conditions: { ready: true } },
    ],
  },
];

const partnerApi: Manifest = {
  apiVersion: "networking.istio.io/v1",
  kind: "ServiceEntry",
  metadata: { name: "partner-api", namespace: "istio-system" },
  spec: {
    hosts: ["api.partner.example"],
    addresses: ["198.51.100.20"],
    location: "MESH_EXTERNAL",
    resolution: "STATIC",
    ports: [{ number: 443, name: "https", protocol: "TLS" }],
    endpoints: [{ address: "198.51.100.20" }],
  },
};

/** @param probePort where the demo's application listens. */
function inventory(probePort: number): readonly Manifest[] {
  return [
    {
      apiVersion: "networking.istio.io/v1",
      kind: "WorkloadGroup",
      metadata: { name: DEMO_GROUP, namespace: DEMO_NAMESPACE },
      spec: {
        metadata: { labels: { app: "inventory", version: "vm" } },
        template: { serviceAccount: "inventory", ports: { http: 9080 } },
        probe: {
          periodSeconds: 1,
          timeoutSeconds: 1,
          failureThreshold: 1,
          httpGet: { path: "/health", port: probePort },
        },
      },
    },
    {
      apiVersion: "networking.istio.io/v1",
      kind: "ServiceEntry",
      metadata: { name: "inventory", namespace: DEMO_NAMESPACE },
      spec: {
        hosts: ["inventory.bookinfo.mesh"],
        location: "MESH_INTERNAL",
        resolution: "STATIC",
        ports: [{ number: 9080, name: "http", protocol: "HTTP" }],
        workloadSelector: { labels: { app: "inventory" } },
      },
    },
  ];
}

/** Every object of the demo's cluster, in the order in which they can be created. */
export function bookinfo(probePort: number): readonly Manifest[] {
  return [
    ...["default", "istio-system", DEMO_NAMESPACE].map((name) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name },
    })),
    clusterIpService("kubernetes", "10.96.0.1", "default"),
    clusterIpService("productpage", "10.96.10.1"),
    clusterIpService("details", "10.96.10.2"),
    clusterIpService("reviews", "10.96.10.3"),
    clusterIpService("ratings", "10.96.10.4"),
    ...headless,
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "catalogue", namespace: DEMO_NAMESPACE },
      spec: { type: "ExternalName", externalName: "productpage.bookinfo.svc.cluster.local" },
    },
    partnerApi,
    ...inventory(probePort),
  ];
}
