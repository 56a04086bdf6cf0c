/** The objects that both sides serve: CoreDNS's own test fixture (its kubernetes plugin), and the specification's cases. */
import type { ApiServer } from "../../registry/server/mod.ts";

interface SlicePort {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
}

const http: SlicePort = { name: "http", port: 80, protocol: "TCP" };

export function createObjects(server: ApiServer): void {
  const { admin } = server;
  const create = (manifest: Parameters<typeof admin.create>[0]) => void admin.create(manifest);
  const service = (name: string, spec: Readonly<Record<string, unknown>>) =>
    create({ kind: "Service", metadata: { name, namespace: "testns" }, spec: { ports: [http], ...spec } });
  const slice = (
    of: string,
    endpoints: readonly Readonly<Record<string, unknown>>[],
    { ports = [http], addressType = "IPv4", name = of }: { ports?: SlicePort[]; addressType?: string; name?: string } =
      {},
  ) =>
    create({
      kind: "EndpointSlice",
      metadata: {
        name,
        namespace: "testns",
        labels: { "kubernetes.io/service-name": of, "service.kubernetes.io/headless": "" },
      },
      addressType,
      ports,
      endpoints,
    });

  create({ kind: "Namespace", metadata: { name: "testns" } });
  service("svc1", { clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1"] });
  service("svc6", { clusterIP: "1234:abcd::1", clusterIPs: ["1234:abcd::1"], ipFamilies: ["IPv6"] });
  service("svc-dual", { clusterIP: "10.0.0.3", clusterIPs: ["10.0.0.3", "10::3"], ipFamilies: ["IPv4", "IPv6"] });
  service("unnamed", { clusterIP: "10.0.0.4", clusterIPs: ["10.0.0.4"], ports: [{ port: 80, protocol: "TCP" }] });
  service("ports", {
    clusterIP: "10.0.0.5",
    clusterIPs: ["10.0.0.5"],
    ports: [http, { name: "dns", port: 53, protocol: "UDP" }],
  });
  service("external", { type: "ExternalName", externalName: "a.origin.example", ports: [] });
  service("external-to-service", { type: "ExternalName", externalName: "svc1.testns.svc.cluster.local", ports: [] });
  service("headless", { clusterIP: "None", clusterIPs: ["None"] });
  slice("headless", [
    { addresses: ["172.0.0.1"], conditions: { ready: true } },
    { addresses: ["172.0.0.2"], hostname: "named", conditions: { ready: true } },
    { addresses: ["172.0.0.3"], hostname: "twice", conditions: { ready: true } },
    { addresses: ["172.0.0.4"], hostname: "twice", conditions: {} },
    { addresses: ["172.0.0.5"], conditions: { ready: false } },
  ]);
  slice("headless", [{ addresses: ["5678:abcd::1"], conditions: { ready: true } }], {
    addressType: "IPv6",
    name: "headless-v6",
  });
  service("nobody", { clusterIP: "None", clusterIPs: ["None"] });
  service("unready", { clusterIP: "None", clusterIPs: ["None"] });
  slice("unready", [{ addresses: ["172.0.0.9"], conditions: { ready: false } }]);
  service("eager", { clusterIP: "None", clusterIPs: ["None"], publishNotReadyAddresses: true });
  slice("eager", [{ addresses: ["172.0.0.10"], conditions: { ready: true } }]);
  service("portless", { clusterIP: "None", clusterIPs: ["None"], ports: [] });
  slice("portless", [{ addresses: ["172.0.0.20"], conditions: { ready: true } }], { ports: [] });
}
