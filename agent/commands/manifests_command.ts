import { stringify } from "yaml";
import { alertRuleFile, dashboard } from "../admin/mod.ts";
import { type Config, isLabel, isObjectName } from "../config/mod.ts";
import { VERSION } from "../version.ts";
import { collectorManifests, flowControlManifests, policyManifests, rbacManifests } from "../workload/mod.ts";
import { type CommandContext, UsageError } from "./verb.ts";

/** What can be printed; `all` is every one of them, in this order. */
const KINDS = ["rbac", "policy", "collector", "flowcontrol", "alerts", "dashboard"] as const;

/** Where the collector lives unless the configuration's namespace is wanted: apart from the machines' accounts. */
const COLLECTOR_NAMESPACE = "moorline-system";

type Manifest = Readonly<Record<string, unknown>>;

interface Scope {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly namespaces: readonly string[];
  readonly services: readonly string[];
  readonly image: string;
}

/** `moorline manifests KIND`: Kubernetes manifests for `kubectl apply -f -`. */
export async function manifestsCommand({ operands, flags, loadConfig, print }: CommandContext): Promise<number> {
  const [asked] = operands;
  const kinds = KINDS.filter((kind) => asked === kind || asked === "all");
  if (kinds.length === 0) throw new UsageError(`KIND is "${asked}"; it must be ${KINDS.join(", ")} or all`);
  const scope = scopeOf((await loadConfig()).config, {
    namespaces: flags.all("namespaces").flatMap((text) => text.split(",")).filter((name) => name !== ""),
    serviceAccount: flags.text("service-account") ?? "moorline",
    image: flags.text("image") ?? `moorline:${VERSION}`,
  });
  const items = kinds.flatMap((kind) => manifestsOf(kind, scope));
  if (flags.text("output") === "json") {
    print(`${JSON.stringify({ apiVersion: "v1", kind: "List", items }, null, 2)}\n`);
  } else {print(
      items.map((item) => `---\n${stringify(item, { lineWidth: 0, aliasDuplicateObjects: false })}`).join(""),
    );}
  return 0;
}

function scopeOf(config: Config, given: Pick<Scope, "namespaces" | "serviceAccount" | "image">): Scope {
  const wrong = given.namespaces.find((name) => !isLabel(name));
  if (wrong !== undefined) {
    throw new UsageError(`--namespaces: "${wrong}" is not allowed; it must be a namespace's name`);
  }
  if (!isObjectName(given.serviceAccount)) {
    throw new UsageError(
      `--service-account: "${given.serviceAccount}" is not allowed; it must be a service account's name`,
    );
  }
  return {
    ...given,
    namespace: config.workloads[0]!.namespace,
    namespaces: given.namespaces.length > 0 ? given.namespaces : config.clusters[0]!.namespaces,
    services: [...new Set(config.workloads.map(({ service }) => service).filter((service) => service !== ""))],
  };
}

function manifestsOf(kind: typeof KINDS[number], scope: Scope): readonly Manifest[] {
  switch (kind) {
    case "rbac":
      return rbacManifests({ ...scope, groups: [] });
    case "policy":
      return policyManifests(scope);
    case "collector":
      return collectorManifests({ image: scope.image, namespace: COLLECTOR_NAMESPACE, flags: [] });
    case "flowcontrol":
      return flowControlManifests(scope);
    case "alerts":
      return [monitoringObject(scope, "monitoring.coreos.com/v1", "PrometheusRule", { spec: alertRuleFile() })];
    case "dashboard": {
      // Grafana's sidecar picks up ConfigMaps with this label.
      const data = { "moorline.json": `${JSON.stringify(dashboard(), null, 2)}\n` };
      return [monitoringObject(scope, "v1", "ConfigMap", { data }, { grafana_dashboard: "1" })];
    }
  }
}

function monitoringObject(
  { namespace }: Scope,
  apiVersion: string,
  kind: string,
  content: Manifest,
  labels: Readonly<Record<string, string>> = {},
): Manifest {
  const name = kind === "ConfigMap" ? "moorline-dashboard" : "moorline";
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, labels: { "app.kubernetes.io/name": "moorline", ...labels } },
    ...content,
  };
}
