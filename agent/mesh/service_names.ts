import { answerMode } from "./address_choice.ts";
import type { ClusterContext } from "./cluster_context.ts";
import type { EndpointSlice } from "./endpoint_slice_kind.ts";
import type { Endpoint } from "./endpoints.ts";
import { canonicalName } from "./host_name.ts";
import type { AnswerMode } from "./mesh_rules.ts";
import type { Claims } from "./name_claim.ts";
import { addressRecords, type Located } from "./nearness.ts";
import { ignore, type Remark } from "./remark.ts";
import { type NamedPort, ServiceClaims } from "./service_claims.ts";
import type { Protocol, Service } from "./service_kind.ts";
import { exportRank } from "./visibility.ts";

/**
 * The names of a Service and what they answer (Kubernetes DNS 1.1.0).
 *
 * @param slices the Service's, where they are read: always for headless Services, for others only to answer endpoints.
 */
export function serviceClaims(
  service: Service,
  slices: readonly EndpointSlice[],
  context: ClusterContext,
  remark: Remark = ignore,
): Claims {
  const claims = new ServiceClaims(service, context);
  if (exportRank(service.exportTo, service.namespace, context.rules.namespaces) === undefined) {
    remark("not-exported", `networking.istio.io/exportTo is ${service.exportTo.join(", ")}`);
    return claims.byName;
  }
  if (service.type === "ExternalName") claimAlias(claims, remark);
  else if (service.headless) claimHeadless(claims, slices, remark);
  else claimAddressed(claims, slices, remark);
  return claims.byName;
}

/** 2.5: ExternalName is an alias. An IP address is no name that an alias could hold (CoreDNS judges alike). */
function claimAlias(claims: ServiceClaims, remark: Remark): void {
  const target = canonicalName(claims.service.externalName);
  if (target === undefined) remark("no-name", `externalName "${claims.service.externalName}" is no DNS name`);
  else if (target === claims.name) remark("alias-loop", "externalName is the Service's own name");
  else {
    remark("rule", "ExternalName: an alias");
    claims.add(claims.name, [{ type: "CNAME", target }]);
  }
}

/** 2.4: the name means the endpoints, and each endpoint has a name. Without any, no name exists (2.4.1: NXDOMAIN). */
function claimHeadless(claims: ServiceClaims, slices: readonly EndpointSlice[], remark: Remark): void {
  const { service, context, name } = claims;
  const known = context.knowledge.knowsEndpoints(service);
  if (known !== "known") return claims.addUnread(known, remark);
  const endpoints = claims.endpointsOf(slices);
  if (endpoints.length === 0) return remark("no-endpoints", "a headless Service without ready endpoints has no name");
  remark("rule", service.publishNotReady ? "headless: all endpoints, ready or not" : "headless: the ready endpoints");
  remarkPorts(service, endpoints, remark);
  const byHostname = Map.groupBy(endpoints, ({ hostname }) => `${hostname}.${name}`);
  for (const [endpointName, group] of byHostname) claims.add(endpointName, claims.addressesOf(group));
  const ports = endpoints.flatMap(({ hostname, ports }) => namedPorts(ports, `${hostname}.${name}`));
  claims.addServices(claims.addressesOf(endpoints), ports);
  for (const { address, hostname } of endpoints) claims.addReverse(address, `${hostname}.${name}`, "endpoint");
}

/** 2.3: the name means the Service, and exists irrespective of endpoints. */
function claimAddressed(claims: ServiceClaims, slices: readonly EndpointSlice[], remark: Remark): void {
  const { service, context, name } = claims;
  for (const address of service.clusterIPs) claims.addReverse(address, name, "cluster-ip");
  const mode = modeOf(service, context);
  if (mode === "endpoints") return claimEndpoints(claims, slices, remark);
  if (mode === "load-balancer") return claimOutside(claims, remark);
  remark("rule", "the ClusterIP");
  claims.addServices(addressRecords(service.clusterIPs.map(placeless), ""), namedPorts(service.ports, name));
}

/** What was measured asks for endpoints, which may not be read so far, or not at all: until then the ClusterIP stands. */
function modeOf(service: Service, context: ClusterContext): AnswerMode {
  const { mode, measured } = answerMode(service, context.rules, context.measured);
  return measured && mode === "endpoints" && context.knowledge.knowsEndpoints(service) !== "known"
    ? "cluster-ip"
    : mode;
}

/** `answers: endpoints`: addresses and port numbers of the endpoints, which have no names of their own. */
function claimEndpoints(claims: ServiceClaims, slices: readonly EndpointSlice[], remark: Remark): void {
  const { service, context, name } = claims;
  const known = context.knowledge.knowsEndpoints(service);
  if (known !== "known") return claims.addUnread(known, remark);
  const endpoints = claims.endpointsOf(slices);
  remark("rule", "answers: endpoints");
  if (endpoints.length === 0) remark("no-endpoints", "endpoints are answered, and none is ready");
  remarkPorts(service, endpoints, remark);
  claims.addServices(claims.addressesOf(endpoints), namedPorts(endpoints.flatMap(({ ports }) => ports), name));
}

/** Whoever connects to an endpoint's address has to use its port, which may not be the Service's. */
function remarkPorts(service: Service, endpoints: readonly Endpoint[], remark: Remark): void {
  for (const { name, protocol, port } of service.ports) {
    const same = endpoints.flatMap(({ ports }) => ports).filter((p) => p.name === name && p.protocol === protocol);
    const taken = [...new Set(same.map(({ port }) => port))];
    if (taken.some((number) => number !== port)) {
      remark("port-differs", `port ${name || port} is ${port}, its endpoints take ${taken.join(", ")}`);
    }
  }
}

/**
 * `answers: load-balancer`: where the cluster takes traffic from outside. A Service without such a place exists and has
 * no address (NODATA): whoever asks for load balancers cannot reach anything else.
 */
function claimOutside(claims: ServiceClaims, remark: Remark): void {
  const { service, name } = claims;
  const target = service.outsideAddresses.length === 0 ? canonicalName(service.outsideHost) : undefined;
  remark("rule", "answers: load-balancer");
  if (target !== undefined) {
    claims.addPorts(namedPorts(service.ports, name));
    return claims.add(name, [{ type: "CNAME", target }]);
  }
  if (service.outsideAddresses.length === 0) remark("no-load-balancer", "it has no load balancer address");
  claims.addServices(addressRecords(service.outsideAddresses.map(placeless), ""), namedPorts(service.ports, name));
}

/** 2.3.2, 2.4.2: SRV is for named ports; the number is that of whoever is the target. */
function namedPorts(
  ports: readonly { readonly name: string; readonly protocol: Protocol; readonly port: number }[],
  target: string,
): NamedPort[] {
  return ports.filter(({ name }) => name !== "")
    .map(({ name, protocol, port }) => ({ label: `_${name}._${protocol}`, port, target }));
}

function placeless(address: string): Located {
  return { address, locality: "" };
}
