import type { RegistrationCluster, Reply } from "./registration_cluster.ts";

/**
 * What the thief of one VM's token may try, and what the API server says. `docs/security.md` carries these rows word for
 * word, and `registration_policy_test.ts` runs each of them: the rights are those of `manifests rbac`, the policies those
 * of `manifests policy`.
 */
export interface Attempt {
  /** The row's text. */
  readonly attempt: string;
  /** Who stops it; `nobody` where it is allowed. */
  readonly stoppedBy: "policy" | "role" | "nobody";
  /** A part of what the API server answers. */
  readonly says: string;
  /** Every request must be answered so. */
  readonly requests: (mesh: RegistrationCluster) => readonly Request[];
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** The other VM's entry, Lease and slice. */
export const VICTIM = "reviews-10.0.0.5";
export const VICTIM_SLICE = `moorline-${VICTIM}`;
/** The thief's own. */
export const THIEF = "moorline-vm2";
const OWNER = `system:serviceaccount:shop:${THIEF}`;

/** An entry that the thief's account may write. */
export function ownEntry(name: string, change: Readonly<Record<string, unknown>> = {}, annotations = {}) {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "WorkloadEntry",
    metadata: {
      name,
      labels: { app: "reviews" },
      annotations: { "istio.io/autoRegistrationGroup": "reviews", "moorline.dev/owner": OWNER, ...annotations },
    },
    spec: { address: "10.0.0.66", serviceAccount: "reviews", weight: 5, labels: { app: "reviews" }, ...change },
  };
}

/** A slice that the thief's account may write. */
export function ownSlice(name: string, service = "web", change: Readonly<Record<string, unknown>> = {}) {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name,
      labels: { "kubernetes.io/service-name": service, "endpointslice.kubernetes.io/managed-by": "moorline" },
      annotations: { "moorline.dev/owner": OWNER },
    },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.66"] }],
    ports: [],
    ...change,
  };
}

const create = (
  mesh: RegistrationCluster,
  object: { readonly kind: string; readonly [field: string]: unknown },
): Request => ({
  method: "POST",
  path: mesh.path(object.kind),
  body: object,
});

const patch = (mesh: RegistrationCluster, kind: string, name: string, body: unknown): Request => ({
  method: "PATCH",
  path: mesh.path(kind, name),
  body,
});

const remove = (mesh: RegistrationCluster, kind: string, name: string): Request => ({
  method: "DELETE",
  path: mesh.path(kind, name),
});

const token = (mesh: RegistrationCluster, account: string, spec: unknown): Request => ({
  method: "POST",
  path: `${mesh.path("ServiceAccount", account)}/token`,
  body: { spec },
});

const NOTE = { metadata: { annotations: { note: "x" } } };

export const ATTEMPTS: readonly Attempt[] = [
  {
    attempt: "change another VM's entry, for example its address",
    stoppedBy: "policy",
    says: "not this VM's own",
    requests: (m) => [patch(m, "WorkloadEntry", VICTIM, { spec: { address: "10.0.0.66" } })],
  },
  {
    attempt: "take another VM's entry over, by writing its own name into it",
    stoppedBy: "policy",
    says: "not this VM's own",
    requests: (m) => [
      patch(m, "WorkloadEntry", VICTIM, { metadata: { annotations: { "moorline.dev/owner": OWNER } } }),
    ],
  },
  {
    attempt: "delete another VM's entry",
    stoppedBy: "policy",
    says: "not this VM's own",
    requests: (m) => [remove(m, "WorkloadEntry", VICTIM)],
  },
  {
    attempt: "declare another VM unhealthy (its status)",
    stoppedBy: "policy",
    says: "not this VM's own",
    requests: (m) => [{
      method: "PATCH",
      path: `${m.path("WorkloadEntry", VICTIM)}/status`,
      body: { status: { conditions: [{ type: "Healthy", status: "False" }] } },
    }],
  },
  {
    attempt: "touch another VM's heartbeat: keep it beating, take it, delete it",
    stoppedBy: "policy",
    says: "not this VM's own",
    requests: (m) => [
      patch(m, "Lease", VICTIM, { spec: { renewTime: "2030-01-01T00:00:00.000000Z" } }),
      patch(m, "Lease", VICTIM, { metadata: { annotations: { "moorline.dev/owner": OWNER } } }),
      remove(m, "Lease", VICTIM),
    ],
  },
  {
    attempt: "change or delete another VM's endpoint slice",
    stoppedBy: "policy",
    says: "not this VM's own",
    requests: (m) => [patch(m, "EndpointSlice", VICTIM_SLICE, NOTE), remove(m, "EndpointSlice", VICTIM_SLICE)],
  },
  {
    attempt: "change or delete what is not moorline's: an operator's Lease, entry or endpoint slice",
    stoppedBy: "policy",
    says: "not this VM's own",
    requests: (m) => [
      patch(m, "Lease", "operator", NOTE),
      remove(m, "Lease", "operator"),
      remove(m, "WorkloadEntry", "operator"),
      remove(m, "EndpointSlice", "operator"),
    ],
  },
  {
    attempt: "register in another VM's name",
    stoppedBy: "policy",
    says: "must name who writes",
    requests: (m) => [
      create(m, ownEntry("forged", {}, { "moorline.dev/owner": "system:serviceaccount:shop:moorline-vm1" })),
      create(m, ownEntry("forged", {}, { "moorline.dev/owner": "" })),
    ],
  },
  {
    attempt: "register without a group, in one that does not exist, or in one that its account may not join",
    stoppedBy: "policy",
    says: "WorkloadGroup that this account may register in",
    requests: (m) =>
      ["", "no-such-group", "payments"].map((group) =>
        create(m, ownEntry("groupless", {}, { "istio.io/autoRegistrationGroup": group }))
      ),
  },
  {
    attempt: "pose as another workload: labels that its group does not give",
    stoppedBy: "policy",
    says: "within what the group allows",
    requests: (m) => [
      create(m, ownEntry("posing", { labels: { app: "payments" } })),
      create(m, { ...ownEntry("posing"), metadata: { ...ownEntry("posing").metadata, labels: { app: "payments" } } }),
      create(m, ownEntry("posing", { labels: { app: "reviews", "istio.io/waypoint": "x" } })),
    ],
  },
  {
    attempt: "pose as another service account",
    stoppedBy: "policy",
    says: "serviceAccount must be its group's",
    requests: (m) => [create(m, ownEntry("posing", { serviceAccount: "payments" }))],
  },
  {
    attempt: "draw more traffic than its share, by another weight",
    stoppedBy: "policy",
    says: "weight must be its group's",
    requests: (m) => [create(m, ownEntry("heavy", { weight: 1000 }))],
  },
  {
    attempt:
      "send traffic elsewhere: an address outside the group's `moorline.dev/allowed-cidrs`, a host name, a socket",
    stoppedBy: "policy",
    says: "allowed-cidrs",
    requests: (m) =>
      ["192.0.2.1", "evil.example", "unix:///var/run/docker.sock"].map((address) =>
        create(m, ownEntry("elsewhere", { address }))
      ),
  },
  {
    attempt: "make an entry that nobody can delete, by a finalizer",
    stoppedBy: "policy",
    says: "finalizers",
    requests: (m) => {
      const entry = ownEntry("stuck");
      return [create(m, { ...entry, metadata: { ...entry.metadata, finalizers: ["evil.example/stuck"] } })];
    },
  },
  {
    attempt: "stand behind a Service that its account may not: another one, or none",
    stoppedBy: "policy",
    says: "Service that this account may stand behind",
    requests: (m) => [create(m, ownSlice("elsewhere", "payments")), create(m, ownSlice("elsewhere", ""))],
  },
  {
    attempt: "send a Service's traffic outside its `moorline.dev/allowed-cidrs`",
    stoppedBy: "policy",
    says: "allowed-cidrs",
    requests: (m) => [create(m, ownSlice("outside", "web", { endpoints: [{ addresses: ["192.0.2.1"] }] }))],
  },
  {
    attempt: "pose as a pod or as an endpoint of a node, to draw the traffic of that node",
    stoppedBy: "policy",
    says: "of no node and no pod",
    requests: (m) => [
      create(m, ownSlice("posing", "web", { endpoints: [{ addresses: ["10.0.0.66"], nodeName: "node-1" }] })),
      create(
        m,
        ownSlice("posing", "web", { endpoints: [{ addresses: ["10.0.0.66"], targetRef: { kind: "Pod", name: "p" } }] }),
      ),
      create(m, ownSlice("posing", "web", { addressType: "FQDN", endpoints: [{ addresses: ["evil.example"] }] })),
    ],
  },
  {
    attempt: "make a token for an istiod, a vault or anyone else but the API server",
    stoppedBy: "policy",
    says: "for the API server and for nobody else",
    requests: (m) => [token(m, THIEF, { audiences: ["istio-ca"], boundObjectRef: handle(m) })],
  },
  {
    attempt: "make a token that outlives the deletion of the VM's handle Secret",
    stoppedBy: "policy",
    says: "bound to this VM's handle",
    requests: (m) => [
      token(m, THIEF, {}),
      token(m, THIEF, { boundObjectRef: { apiVersion: "v1", kind: "Secret", name: "other" } }),
    ],
  },
  {
    attempt: "make a token for a year",
    stoppedBy: "policy",
    says: "30 days at most",
    requests: (m) => [token(m, THIEF, { expirationSeconds: 31_536_000, boundObjectRef: handle(m) })],
  },
  {
    attempt: "make a token of another account",
    stoppedBy: "role",
    says: "cannot create resource",
    requests: (m) => [token(m, "moorline-vm1", {}), token(m, "default", {})],
  },
  {
    attempt: "read Secrets, ConfigMaps, Pods or nodes, list heartbeats, or read groups elsewhere",
    stoppedBy: "role",
    says: "forbidden",
    requests: (m) => [
      ...["secrets", "configmaps", "pods"].map((kind) => ({ method: "GET", path: `/api/v1/namespaces/shop/${kind}` })),
      { method: "GET", path: "/api/v1/nodes" },
      { method: "GET", path: m.path("Lease") },
      { method: "GET", path: m.path("WorkloadGroup", "", "default") },
    ],
  },
  {
    attempt: "change its group, a Service, a ServiceEntry, a role or a policy",
    stoppedBy: "role",
    says: "forbidden",
    requests: (m) => [
      patch(m, "WorkloadGroup", "reviews", NOTE),
      patch(m, "Service", "web", NOTE),
      patch(m, "Role", "moorline.shop.moorline-vm2", NOTE),
      patch(m, "ValidatingAdmissionPolicy", "moorline.shop.moorline.owner", NOTE),
    ],
  },
  {
    attempt: "delete many things at once, or write in another namespace",
    stoppedBy: "role",
    says: "forbidden",
    requests: (m) => [
      ...["WorkloadEntry", "Lease", "EndpointSlice"].map((kind) => ({ method: "DELETE", path: m.path(kind) })),
      { method: "POST", path: m.path("WorkloadEntry", "", "default"), body: ownEntry("elsewhere") },
    ],
  },
  {
    attempt: "read Services, EndpointSlices, ServiceEntries and WorkloadEntries: the names of the mesh",
    stoppedBy: "nobody",
    says: "",
    requests: (m) => [
      { method: "GET", path: "/api/v1/services" },
      { method: "GET", path: "/apis/discovery.k8s.io/v1/endpointslices" },
      { method: "GET", path: "/apis/networking.istio.io/v1/serviceentries" },
      { method: "GET", path: m.path("WorkloadEntry", VICTIM) },
    ],
  },
  {
    attempt: "register more entries of its own group, within its labels, account, weight and addresses",
    stoppedBy: "nobody",
    says: "",
    requests: (m) => [
      create(m, ownEntry("second")),
      create(m, ownEntry("third", { address: "fd00::66", labels: { app: "reviews", canary: "yes", tier: "vm" } })),
      create(m, ownSlice("second")),
    ],
  },
  {
    attempt: "take its own VM out of the mesh: unhealthy, withdrawn, deleted",
    stoppedBy: "nobody",
    says: "",
    requests: (m) => [
      {
        method: "PATCH",
        path: `${m.path("WorkloadEntry", "second")}/status`,
        body: { status: { conditions: [{ type: "Healthy", status: "False" }] } },
      },
      patch(m, "WorkloadEntry", "second", { spec: { labels: { app: null } } }),
      remove(m, "WorkloadEntry", "second"),
      remove(m, "EndpointSlice", "second"),
    ],
  },
  {
    attempt: "renew its own token, as long as its handle Secret exists",
    stoppedBy: "nobody",
    says: "",
    requests: (m) => [token(m, THIEF, { expirationSeconds: 3600, boundObjectRef: handle(m) })],
  },
  {
    attempt: "write Events into the namespace",
    stoppedBy: "nobody",
    says: "",
    requests: (m) => [{
      method: "POST",
      path: m.path("Event"),
      body: {
        metadata: { name: "noise" },
        involvedObject: { kind: "WorkloadEntry", name: VICTIM, namespace: "shop" },
        reason: "Noise",
      },
    }],
  },
];

/** Set once the Secret exists. */
const handles = new Map<string, string>();

export function rememberHandle(uid: string): void {
  handles.set(THIEF, uid);
}

function handle(_: RegistrationCluster) {
  return { apiVersion: "v1", kind: "Secret", name: THIEF, uid: handles.get(THIEF) };
}

/** Whether an answer is the one that the table tells. */
export function isAsTold({ stoppedBy, says }: Attempt, { status, message }: Reply): boolean {
  if (stoppedBy === "nobody") return status < 300;
  return status === (stoppedBy === "policy" ? 422 : 403) && message.includes(says);
}
