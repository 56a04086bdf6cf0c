import type { Manifest } from "../manifest.ts";
import { bound, type Rule } from "./rbac_manifests.ts";

/** The container that runs `moorline collect`. */
export interface CollectorImage {
  /** With a tag or digest. */
  readonly image: string;
  /** Where the collector lives; its own, apart from VMs' accounts. */
  readonly namespace: string;
  /** Flags of `collect`. */
  readonly flags: readonly string[];
}

const NAME = "moorline-collector";
/** `admin.listen` of the collector in its pod: health, metrics and `/sd`. */
const PORT = 15021;
const LABELS = { "app.kubernetes.io/name": NAME };

const EVERYWHERE: readonly Rule[] = [
  {
    apiGroups: ["networking.istio.io"],
    resources: ["workloadentries"],
    verbs: ["get", "list", "watch", "patch", "delete"],
  },
  { apiGroups: ["networking.istio.io"], resources: ["workloadentries/status"], verbs: ["patch"] },
  {
    apiGroups: ["discovery.k8s.io"],
    resources: ["endpointslices"],
    verbs: ["get", "list", "watch", "patch", "delete"],
  },
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "list", "watch", "delete"] },
  { apiGroups: ["apps"], resources: ["daemonsets"], verbs: ["get"], resourceNames: ["ztunnel"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create"] },
];

const LEADERSHIP: readonly Rule[] = [
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["update"], resourceNames: [NAME] },
];

/** The collector: two replicas of which one leads, with the rights it needs. */
export function collectorManifests(collector: CollectorImage): Manifest[] {
  const { namespace } = collector;
  const subject = { kind: "ServiceAccount", name: NAME, namespace };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: NAME, namespace } },
    ...bound("ClusterRole", NAME, "", EVERYWHERE, subject),
    ...bound("Role", NAME, namespace, LEADERSHIP, subject),
    deployment(collector),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: NAME, namespace, labels: LABELS },
      spec: { selector: LABELS, ports: [{ name: "http", port: PORT, targetPort: "http" }] },
    },
  ];
}

function deployment({ image, namespace, flags }: CollectorImage): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: NAME, namespace, labels: LABELS },
    spec: {
      replicas: 2,
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: NAME,
          securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
          containers: [{
            name: "collector",
            image,
            args: ["collect", ...flags],
            env: [{ name: "MOORLINE_ADMIN_LISTEN", value: `0.0.0.0:${PORT}` }],
            ports: [{ name: "http", containerPort: PORT }],
            readinessProbe: { httpGet: { path: "/healthz", port: "http" } },
            resources: { requests: { cpu: "50m", memory: "96Mi" }, limits: { memory: "384Mi" } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ["ALL"] },
            },
          }],
        },
      },
    },
  };
}
