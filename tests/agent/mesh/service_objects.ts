import type { TestManifest } from "./memory_mesh.ts";

/** Services and slices as the tables of names write them. */

export const DOMAIN = "cluster.local";
export const WEB = `web.default.svc.${DOMAIN}`;
export const HTTP = { name: "http", protocol: "TCP", port: 80, targetPort: 8080 };
export const HEADLESS = { clusterIP: "None", ports: [HTTP] };

/** A Service with ClusterIP 10.0.0.1 unless its spec says otherwise. */
export function service(name: string, spec: Record<string, unknown>, more: Partial<TestManifest> = {}): TestManifest {
  return { kind: "Service", name, spec: { clusterIP: "10.0.0.1", ...spec }, ...more };
}

/** A slice of Service `web`; each endpoint an address, or an endpoint as it is written. */
export function slice(
  endpoints: (string | Record<string, unknown>)[],
  more: Record<string, unknown> = {},
): TestManifest {
  const written = endpoints.map((endpoint) => typeof endpoint === "string" ? { addresses: [endpoint] } : endpoint);
  return {
    kind: "EndpointSlice",
    name: "web-1",
    labels: { "kubernetes.io/service-name": "web" },
    addressType: JSON.stringify(endpoints).includes("::") ? "IPv6" : "IPv4",
    endpoints: written,
    ports: [{ name: "http", protocol: "TCP", port: 8080 }],
    ...more,
  };
}
