import { isJsonObject, type JsonObject, type KubeObject } from "./kube_object.ts";
import type { StatusCause } from "./status_error.ts";

/** What Kubernetes fills into Services: defaults while decoding, and cluster addresses at creation. */

function specOf(service: KubeObject): JsonObject {
  if (!isJsonObject(service.spec)) service.spec = {};
  return service.spec as JsonObject;
}

export function defaultService(service: KubeObject): void {
  const spec = specOf(service);
  spec.type ??= "ClusterIP";
  spec.sessionAffinity ??= "None";
  if (spec.type !== "ExternalName") spec.internalTrafficPolicy ??= "Cluster";
  if (spec.type === "LoadBalancer" || spec.type === "NodePort") spec.externalTrafficPolicy ??= "Cluster";
  if (spec.type === "LoadBalancer") spec.allocateLoadBalancerNodePorts ??= true;
  for (const port of Array.isArray(spec.ports) ? spec.ports.filter(isJsonObject) : []) {
    port.protocol ??= "TCP";
    port.targetPort ??= port.port;
  }
  if (isJsonObject(service.status)) service.status.loadBalancer ??= {};
}

export function checkService(service: KubeObject): StatusCause[] {
  const spec = specOf(service);
  const causes: StatusCause[] = [];
  const ports = Array.isArray(spec.ports) ? spec.ports : [];
  if (ports.length === 0 && spec.type !== "ExternalName" && spec.clusterIP !== "None") {
    causes.push({ reason: "FieldValueRequired", message: "Required value", field: "spec.ports" });
  }
  const balancer = isJsonObject(service.status) ? service.status.loadBalancer : undefined;
  if (isJsonObject(balancer) && balancer.ingress !== undefined && spec.type !== "LoadBalancer") {
    const message = "Forbidden: may only be used when `spec.type` is 'LoadBalancer'";
    causes.push({ reason: "FieldValueForbidden", message, field: "status.loadBalancer.ingress" });
  }
  return causes;
}

/** 10.96.0.0/12 and fd00:10:96::/108, as kubeadm and the test server have them. */
const RANGE_V4 = { base: [10, 96], size: 1 << 20 };
const RANGE_V6 = { base: "fd00:10:96::", size: 1 << 20 };

/** The default range of node ports. */
const FIRST_NODE_PORT = 30000;

/** Hands out the addresses of the Service range in turn; .1 belongs to default/kubernetes. */
export class ServiceAddresses {
  #last = 0;
  #lastNodePort = FIRST_NODE_PORT - 1;

  /** Fills clusterIP, clusterIPs and ipFamilies of a new Service; an explicit address or `None` stays. */
  allocate(service: KubeObject): void {
    const spec = specOf(service);
    if (spec.type === "ExternalName") return;
    const families = Array.isArray(spec.ipFamilies) && spec.ipFamilies.length ? spec.ipFamilies as string[] : undefined;
    const dual = spec.ipFamilyPolicy === "PreferDualStack" || spec.ipFamilyPolicy === "RequireDualStack";
    const first = families?.[0] ?? "IPv4";
    const wanted = dual ? [first, first === "IPv4" ? "IPv6" : "IPv4"] : [first];
    if (typeof spec.clusterIP === "string" && spec.clusterIP) {
      spec.clusterIPs ??= [spec.clusterIP];
      if (spec.clusterIP !== "None") spec.ipFamilies ??= [spec.clusterIP.includes(":") ? "IPv6" : "IPv4"];
    } else {
      this.#last = (this.#last + 1) % RANGE_V4.size;
      spec.clusterIPs = wanted.map((family) => address(family, this.#last));
      spec.clusterIP = (spec.clusterIPs as string[])[0];
    }
    const selectorless = spec.clusterIP === "None" && spec.selector === undefined;
    spec.ipFamilies ??= selectorless ? ["IPv4", "IPv6"] : wanted;
    spec.ipFamilyPolicy ??= selectorless ? "RequireDualStack" : "SingleStack";
    this.#allocateNodePorts(spec);
  }

  /** What an update may not lose: the addresses stay while the type wants them. */
  keep(before: KubeObject, after: KubeObject): void {
    const [from, to] = [specOf(before), specOf(after)];
    if (to.type === "ExternalName") return;
    if (from.type === "ExternalName") return this.allocate(after);
    if (to.clusterIP === undefined || to.clusterIP === "") to.clusterIP = from.clusterIP;
    this.#allocateNodePorts(to);
    for (const field of ["clusterIPs", "ipFamilies", "ipFamilyPolicy"]) to[field] ??= from[field];
  }

  #allocateNodePorts(spec: JsonObject) {
    if (spec.type !== "LoadBalancer" && spec.type !== "NodePort") return;
    for (const port of Array.isArray(spec.ports) ? spec.ports.filter(isJsonObject) : []) {
      port.nodePort ??= ++this.#lastNodePort;
    }
  }
}

function address(family: string, index: number): string {
  const number = index + 1;
  if (family === "IPv6") return `${RANGE_V6.base}${(number % RANGE_V6.size).toString(16)}`;
  const [a = 10, b = 96] = RANGE_V4.base;
  return `${a}.${b + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
}
