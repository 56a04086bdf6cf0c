import type { LocalClient } from "./local_client.ts";

/** What every cluster has from the start. */

const NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];

/** The namespaces, default/kubernetes and the role cluster-admin. */
export function seedCluster(admin: LocalClient): void {
  for (const name of NAMESPACES) admin.create({ kind: "Namespace", metadata: { name } }, "kube-apiserver");
  const metadata = { name: "kubernetes", namespace: "default" };
  const ports = [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }];
  admin.create({ kind: "Service", metadata, spec: { clusterIP: "10.96.0.1", ports } }, "kube-apiserver");
  admin.create({
    kind: "ClusterRole",
    metadata: { name: "cluster-admin" },
    rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }, { nonResourceURLs: ["*"], verbs: ["*"] }],
  }, "kube-apiserver");
}
