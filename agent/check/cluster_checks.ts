import { ApiError, identify, type KubeClient } from "../../registry/mod.ts";
import type { ConnectedCluster } from "../clients.ts";
import { formatDuration, type WorkloadConfig } from "../config/mod.ts";
import { bad, type Finding, good, messageOf } from "./finding.ts";
import { type NeededPermission, neededPermissions } from "./needed_permissions.ts";

/** As status has it: a clock that is further off makes tokens look expired and Leases stale. */
const SKEW_LIMIT_MS = 30_000;

/** The whole look at one cluster may take so long; a server that is away is known after one connect timeout. */
const LIMIT_MS = 20_000;

/** Served or not is all that is asked of it. */
const groupKind = {
  group: "networking.istio.io",
  versions: ["v1", "v1beta1", "v1alpha3"],
  plural: "workloadgroups",
  kind: "WorkloadGroup",
  namespaced: true,
  parse: identify,
} as const;

/** Looks at one cluster: server, credentials, clock, permissions, and groups (`workloads` is empty but at home). */
export async function checkCluster(
  { config, client }: ConnectedCluster,
  workloads: readonly WorkloadConfig[],
): Promise<Finding[]> {
  const title = `cluster ${config.name}`;
  const signal = AbortSignal.timeout(LIMIT_MS);
  const api = await checkApi(client, title, signal);
  if (!api.ok) return [api];
  const hasIstio = await client.version(groupKind, signal).then((version) => version !== undefined, () => true);
  const needed = neededPermissions(config, workloads).filter(({ group }) => hasIstio || group !== groupKind.group);
  const istio = hasIstio ? [] : [good(`${title}: istio`, "Istio's kinds are not served: names of Services only")];
  const found = await Promise.all([
    ...needed.map((permission) => checkPermission(client, title, permission, signal)),
    ...workloads.filter(({ group, groupFile }) => hasIstio && group !== "" && groupFile === "")
      .map((workload) => checkGroup(client, title, workload, signal)),
  ]);
  return [api, checkClock(client, title), ...istio, ...found];
}

async function checkApi(client: KubeClient, title: string, signal: AbortSignal): Promise<Finding> {
  const name = `${title}: api`;
  const { server } = client.access;
  const asked = { verb: "get", resource: "version", namespace: "", name: "" };
  try {
    const version = await client.json({ asked, path: "/version", signal }) as { gitVersion?: unknown };
    return good(name, `${server} answers (${String(version.gitVersion)})`);
  } catch (error) {
    if (error instanceof ApiError && error.isUnauthorized) {
      const fix = "put a valid token into cluster.tokenFile (kubectl -n NAMESPACE create token ACCOUNT)";
      return bad(name, `${server} does not accept our credentials`, fix);
    }
    return bad(name, `${server} does not answer: ${messageOf(error)}`, `curl -k ${server}/version`);
  }
}

function checkClock(client: KubeClient, title: string): Finding {
  const name = `${title}: clock`;
  const skew = client.clockSkew;
  if (skew === undefined) return good(name, "the server did not say what time it is");
  const off = formatDuration(Math.round(Math.abs(skew) / 1000) * 1000);
  if (Math.abs(skew) <= SKEW_LIMIT_MS) return good(name, `the server's clock is ${off} off ours`);
  return bad(
    name,
    `this machine's clock is ${off} ${skew > 0 ? "behind" : "ahead of"} the server's`,
    "timedatectl set-ntp true",
  );
}

async function checkPermission(
  client: KubeClient,
  title: string,
  { group, resource, subresource, namespace, verbs, purpose, isOptional }: NeededPermission,
  signal: AbortSignal,
): Promise<Finding> {
  const what = `${resource}${subresource ? `/${subresource}` : ""}${group ? `.${group}` : ""}`;
  const where = namespace === "" ? "the whole cluster" : `namespace ${namespace}`;
  const name = `${title}: ${what} in ${where}`;
  try {
    const answers = await Promise.all(verbs.map(async (verb) => {
      const attributes = {
        verb,
        group,
        resource,
        ...(subresource && { subresource }),
        ...(namespace && { namespace }),
      };
      return (await client.mayI(attributes, signal)).allowed ? "" : verb;
    }));
    const missing = answers.filter((verb) => verb !== "");
    if (missing.length === 0) return good(name, `may ${verbs.join(", ")}`);
    const fix = "as an operator: moorline manifests rbac --service-account ACCOUNT | kubectl apply -f -";
    return bad(name, `may not ${missing.join(", ")}: ${purpose} ${isOptional ? "are missing" : "cannot work"}`, fix);
  } catch (error) {
    return bad(name, `cannot be found out: ${messageOf(error)}`, "kubectl auth can-i --list");
  }
}

async function checkGroup(
  client: KubeClient,
  title: string,
  { namespace, group }: WorkloadConfig,
  signal: AbortSignal,
): Promise<Finding> {
  const name = `${title}: WorkloadGroup ${namespace}/${group}`;
  try {
    await client.resource(groupKind).get(namespace, group, signal);
    return good(name, "exists");
  } catch (error) {
    const isMissing = error instanceof ApiError && error.isNotFound;
    const fix = isMissing ? `moorline group create --name ${group} -n ${namespace} | kubectl apply -f -` : "see above";
    return bad(name, isMissing ? "does not exist" : messageOf(error), fix);
  }
}
