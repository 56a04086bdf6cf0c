import { output } from "./common_flags.ts";
import type { Verb } from "./verb.ts";

/** The cluster's side: what operators type, and what runs there. */
export function clusterVerbs(): readonly Verb[] {
  return [GROUP, MANIFESTS, COLLECT, FLEET];
}

const GROUP: Verb = {
  name: "group",
  summary: "makes WorkloadGroup manifests",
  verbs: [{
    name: "create",
    summary: "prints a WorkloadGroup manifest, with the flags of `istioctl x workload group create`",
    details: "Name and namespace are those of the configuration's workload unless given.",
    flags: [
      { name: "name", value: "NAME", help: "the group's name" },
      { name: "namespace", short: "n", value: "NAMESPACE", help: "its namespace" },
      { name: "labels", short: "l", value: "K=V,...", repeat: true, help: "labels of its entries" },
      { name: "annotations", short: "a", value: "K=V,...", repeat: true, help: "annotations of its entries" },
      { name: "ports", short: "p", value: "NAME=PORT,...", repeat: true, help: "ports that its entries serve" },
      {
        name: "serviceAccount",
        short: "s",
        value: "NAME",
        help: "service account of its entries; default unless given",
      },
      { name: "network", value: "NAME", help: "Istio network of its entries" },
      { name: "locality", value: "LOCALITY", help: "region/zone/subzone of its entries" },
      { name: "weight", short: "w", value: "NUMBER", help: "weight of its entries" },
      output("yaml", "json"),
    ],
    examples: [
      "moorline group create --name reviews-vm -n bookinfo -l app=reviews -p http=9080 | kubectl apply -f -",
    ],
    run: async (context) => (await import("./group_command.ts")).groupCreateCommand(context),
  }],
};

const MANIFESTS: Verb = {
  name: "manifests",
  operands: "KIND",
  summary: "prints Kubernetes manifests: rbac, policy, collector, flowcontrol, alerts, dashboard, all",
  details:
    "rbac: what a machine's service account may do; policy: admission policies that keep machines apart; collector: " +
    "`moorline collect` in the cluster; flowcontrol: heartbeats apart from other work; alerts: a PrometheusRule; " +
    "dashboard: a ConfigMap for Grafana. The namespace is the configuration's workload's.",
  flags: [
    {
      name: "namespaces",
      short: "n",
      value: "A,B",
      repeat: true,
      help: "where names are read; the whole cluster unless given",
    },
    {
      name: "service-account",
      value: "NAME",
      help: "whose rights; moorline unless given; the policy covers NAME and NAME-*",
    },
    { name: "image", value: "IMAGE", help: "the collector's container image" },
    output("yaml", "json"),
  ],
  examples: [
    "moorline manifests rbac | kubectl apply -f -",
    "moorline manifests all --image registry.example/moorline:1.0",
  ],
  run: async (context) => (await import("./manifests_command.ts")).manifestsCommand(context),
};

const COLLECT: Verb = {
  name: "collect",
  summary: "in the cluster: removes registrations of dead machines until SIGTERM",
  details:
    "One of several replicas leads. A machine is silent when its Lease does not change; static entries and what " +
    "others wrote are left alone. While more than --max-share of the machines with a Lease are silent, it must be " +
    "the network, and nothing is removed. On admin.listen it serves GET /healthz, /readyz, /metrics, and /sd for " +
    "Prometheus.",
  flags: [
    {
      name: "unhealthy-after",
      value: "DURATION",
      help: "silent so long is unhealthy; 40s, and never less than the Lease",
    },
    { name: "delete-after", value: "DURATION", help: "silent so long is dead, and removed; 1h unless given" },
    { name: "max-share", value: "SHARE", help: "silent at once that is still believed; 0.3; a small fleet needs more" },
    { name: "dry-run", help: "says what it would do, and does nothing" },
    { name: "once", help: "watches long enough to judge, acts once, and ends" },
  ],
  examples: ["moorline collect", "moorline collect --once --dry-run --max-share 0.5"],
  run: async (context) => (await import("./collect_command.ts")).collectCommand(context),
};

const FLEET: Verb = {
  name: "fleet",
  summary: "every machine that is registered: group, address, version, health, last beat",
  details: "For operators: without a configured cluster it reads $KUBECONFIG or ~/.kube/config.",
  flags: [
    { name: "namespaces", short: "n", value: "A,B", repeat: true, help: "only these; all unless given" },
    output("text", "json"),
  ],
  examples: ["moorline fleet", "moorline fleet -n bookinfo -o json"],
  run: async (context) => (await import("./fleet_command.ts")).fleetCommand(context),
};
