import { kubeCluster } from "../../agent/workload/kube_cluster.ts";
import type { Manifest } from "../../agent/workload/manifest.ts";
import { Registration, type RegistrationOptions } from "../../agent/workload/registration.ts";
import { noMemory } from "../../agent/workload/registration_memory.ts";
import { ownerOf } from "../../agent/workload/token_claims.ts";
import { WORKLOAD_DEFAULTS, type WorkloadOptions } from "../../agent/workload/workload_options.ts";
import { type Clock, KubeClient, loadAccess, systemClock } from "../../registry/mod.ts";
import { KubeApiserver } from "./kube_apiserver.ts";

/** Where an object of a kind lives. */
const PATHS: Readonly<Record<string, string>> = {
  Namespace: "/api/v1/namespaces",
  ServiceAccount: "/api/v1/namespaces/NS/serviceaccounts",
  Secret: "/api/v1/namespaces/NS/secrets",
  Service: "/api/v1/namespaces/NS/services",
  Event: "/api/v1/namespaces/NS/events",
  Role: "/apis/rbac.authorization.k8s.io/v1/namespaces/NS/roles",
  RoleBinding: "/apis/rbac.authorization.k8s.io/v1/namespaces/NS/rolebindings",
  ClusterRole: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  ClusterRoleBinding: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  ValidatingAdmissionPolicy: "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
  ValidatingAdmissionPolicyBinding: "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
  FlowSchema: "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
  PriorityLevelConfiguration: "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
  Deployment: "/apis/apps/v1/namespaces/NS/deployments",
  DaemonSet: "/apis/apps/v1/namespaces/NS/daemonsets",
  WorkloadGroup: "/apis/networking.istio.io/v1/namespaces/NS/workloadgroups",
  WorkloadEntry: "/apis/networking.istio.io/v1/namespaces/NS/workloadentries",
  Lease: "/apis/coordination.k8s.io/v1/namespaces/NS/leases",
  EndpointSlice: "/apis/discovery.k8s.io/v1/namespaces/NS/endpointslices",
};

/** An object as JSON, as far as tests look into it. */
export interface Found {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string; readonly kind: string }[];
  };
  // deno-lint-ignore no-explicit-any -- tests reach into the spec of any kind
  readonly spec?: any;
  readonly status?: { readonly conditions?: readonly Readonly<Record<string, string>>[] };
  // deno-lint-ignore no-explicit-any -- the endpoints of a slice
  readonly endpoints?: any;
}

/** One answer of the API server. */
export interface Reply {
  readonly status: number;
  readonly message: string;
  readonly object: Found;
}

/** The service account that runs as one VM, or as several. */
export interface VmAgent {
  readonly registration: Registration;
  /** As SIGKILL. */
  crash(): Promise<void>;
}

/** A real API server with the objects of a mesh in it, and agents beside it. */
export class RegistrationCluster {
  readonly server: KubeApiserver;
  readonly namespace: string;
  readonly #folder: string;
  readonly #ends: (() => Promise<void>)[] = [];

  private constructor(server: KubeApiserver, folder: string, namespace: string) {
    this.server = server;
    this.#folder = folder;
    this.namespace = namespace;
  }

  static async start(namespace = "shop", apiserverFlags: readonly string[] = []): Promise<RegistrationCluster> {
    const server = await KubeApiserver.start({ apiserverFlags });
    const cluster = new RegistrationCluster(server, await Deno.makeTempDir({ prefix: "moorline-vm-" }), namespace);
    await cluster.apply({ kind: "Namespace", metadata: { name: namespace } });
    return cluster;
  }

  async stop(): Promise<void> {
    for (const end of this.#ends) await end();
    await this.server.stop();
    await Deno.remove(this.#folder, { recursive: true });
  }

  path(kind: string, name = "", namespace = this.namespace): string {
    return `${PATHS[kind]!.replace("NS", namespace)}${name ? `/${name}` : ""}`;
  }

  /** One request with a bearer token; the administrator's unless given. */
  async ask(method: string, path: string, body?: unknown, token = this.server.adminToken, type = ""): Promise<Reply> {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": type || (method === "PATCH" ? "application/merge-patch+json" : "application/json"),
    };
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const response = await this.server.request(path, init);
    const object = await response.json();
    return { status: response.status, message: object.message ?? "", object };
  }

  /** Server-side apply as administrator. */
  async apply(manifest: Manifest): Promise<Found> {
    const { kind = "", metadata } = manifest;
    const path = this.path(kind, metadata.name, metadata.namespace ?? this.namespace);
    const [, , group, version] = path.split("/");
    const apiVersion = manifest.apiVersion ??
      (path.startsWith("/api/") ? "v1" : `${group === "v1" ? "" : group}/${version}`);
    const query = "?fieldManager=admin&force=true";
    const reply = await this.ask(
      "PATCH",
      path + query,
      { ...manifest, apiVersion },
      undefined,
      "application/apply-patch+yaml",
    );
    if (reply.status >= 300) throw new Error(`${kind} ${metadata.name}: ${reply.status} ${reply.message}`);
    return reply.object;
  }

  async find(kind: string, name: string): Promise<Found | undefined> {
    const reply = await this.ask("GET", this.path(kind, name));
    return reply.status === 404 ? undefined : reply.object;
  }

  /** A service account's token, bound to a Secret of its name where it has one. */
  async token(account: string, bound?: { readonly name: string; readonly uid: string }): Promise<string> {
    await this.apply({ kind: "ServiceAccount", metadata: { namespace: this.namespace, name: account } });
    const boundObjectRef = bound ? { apiVersion: "v1", kind: "Secret", ...bound } : undefined;
    const spec = { expirationSeconds: 3600, ...(boundObjectRef ? { boundObjectRef } : {}) };
    const reply = await this.ask("POST", `${this.path("ServiceAccount", account)}/token`, { spec });
    if (reply.status >= 300) throw new Error(`no token for ${account}: ${reply.message}`);
    return (reply.object as unknown as { status: { token: string } }).status.token;
  }

  async client(token: string, clock: Clock = systemClock): Promise<KubeClient> {
    const tokenFile = await Deno.makeTempFile({ dir: this.#folder });
    await Deno.writeTextFile(tokenFile, token);
    const { url, pki } = this.server;
    const access = await loadAccess({ parseYaml: JSON.parse, server: url, caFile: pki.caFile, tokenFile });
    const client = new KubeClient(access, { clock, random: Math.random, log: () => {}, userAgent: "moorline-tests" });
    this.#ends.push(() => Promise.resolve(client.close()));
    return client;
  }

  /** Starts an agent with this token; the same agent id again is the same VM after a restart. */
  async agent(
    token: string,
    agentId: string,
    workload: Partial<WorkloadOptions> = {},
    more: Partial<RegistrationOptions> = {},
  ): Promise<VmAgent> {
    const { clock = systemClock } = more;
    const random = Math.random;
    const log = () => {};
    const client = await this.client(token, clock);
    const registration = new Registration({
      workload: {
        ...WORKLOAD_DEFAULTS,
        namespace: this.namespace,
        group: "reviews",
        address: ["10.0.0.5"],
        heartbeat: 1000,
        drain: 200,
        ...workload,
      },
      cluster: kubeCluster(client, { mode: "watch", interval: 1000, clock, random, log }),
      writer: { agentId, version: "0.1.0", owner: ownerOf(token) },
      lookAtNetwork: () => Promise.resolve({ interfaces: [], bridges: new Set(), fleeting: new Set() }),
      bootId: "",
      memory: noMemory(),
      ...{ clock, random, log },
      ...more,
    });
    const stop = new AbortController();
    const done = registration.run(stop.signal);
    const crash = async () => {
      stop.abort();
      client.close();
      await done;
    };
    this.#ends.push(crash);
    return { registration, crash };
  }
}

/** The group that the stories register in. */
export function reviewsGroup(namespace: string, spec: Readonly<Record<string, unknown>> = {}): Manifest {
  return {
    kind: "WorkloadGroup",
    metadata: { namespace, name: "reviews" },
    spec: {
      metadata: { labels: { app: "reviews" } },
      template: { serviceAccount: "reviews", ports: { http: 9080 }, weight: 5 },
      ...spec,
    },
  };
}

/** Asks again until it holds. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string, limit = 30_000): Promise<void> {
  const end = performance.now() + limit;
  while (!await holds()) {
    if (performance.now() > end) throw new Error(`this never came about: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
