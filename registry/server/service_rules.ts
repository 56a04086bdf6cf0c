import { isJsonObject, type JsonObject, type KubeObject } from "./kube_object.ts";

/** What Kubernetes fills into Services: defaults while decoding, and cluster addresses at creation. */

const specOf = (service: KubeObject): JsonObject => {
  if (!isJsonObject(service.spec)) service.spec = {};
  return service.spec as JsonObject;
};

export function defaultService(service: KubeObject): void {
  const spec = specOf(service);
  spec.type ??= "ClusterIP";
  spec.sessionAffinity ??= "None";
  if (spec.type !== "ExternalName") spec.internalTrafficPolicy ??= "Cluster";
  for (const port of Array.isArray(spec.ports) ? spec.ports.filter(isJsonObject) : []) {
    port.protocol ??= "TCP";
    port.targetPort ??= port.port;
  }
  service.status ??= { loadBalancer: {} };
}

/** 10.96.0.0/12 and fd00:10:96::/108, as kubeadm and the test server have them. */
const RANGE_V4 = { base: [10, 96], size: 1 << 20 };
const RANGE_V6 = { base: "fd00:10:96::", size: 1 << 20 };

/** Hands out the addresses of the Service range in turn; .1 belongs to default/kubernetes. */
export class ServiceAddresses {
  #last = 0;

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
  }

  /** What an update may not lose: the addresses stay while the type wants them. */
  keep(before: KubeObject, after: KubeObject): void {
    const [from, to] = [specOf(before), specOf(after)];
    if (to.type === "ExternalName") return;
    if (from.type === "ExternalName") return this.allocate(after);
    if (to.clusterIP === undefined || to.clusterIP === "") to.clusterIP = from.clusterIP;
    for (const field of ["clusterIPs", "ipFamilies", "ipFamilyPolicy"]) to[field] ??= from[field];
  }
}

function address(family: string, index: number): string {
  const number = index + 1;
  if (family === "IPv6") return `${RANGE_V6.base}${(number % RANGE_V6.size).toString(16)}`;
  const [a = 10, b = 96] = RANGE_V4.base;
  return `${a}.${b + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
}
