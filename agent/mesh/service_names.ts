import { addressRecords, type Located } from "./nearness.ts";
import { answerMode, reachable } from "./address_choice.ts";
import { type Claim, type Claims, RANK } from "./name_claim.ts";
import type { ClusterContext } from "./cluster_context.ts";
import type { AnswerMode } from "./mesh_rules.ts";
import type { EndpointSlice } from "./endpoint_slice_kind.ts";
import { type Endpoint, publishedEndpoints } from "./endpoints.ts";
import { canonicalName, fits } from "./host_name.ts";
import { ignore, type Remark } from "./remark.ts";
import { reverseName } from "./reverse_name.ts";
import type { NameRecord } from "../../dns/mod.ts";
import type { Service } from "./service_kind.ts";
import { exportRank } from "./visibility.ts";

/** The name of a Service (Kubernetes DNS 1.1.0, 2.3.1). */
export function serviceName(service: { readonly name: string; readonly namespace: string }, domain: string): string {
  return `${service.name}.${service.namespace}.svc.${domain}`;
}

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
  const byHostname = Map.groupBy(endpoints, ({ hostname }) => hostname);
  for (const [hostname, group] of byHostname) claims.add(`${hostname}.${name}`, claims.addressesOf(group));
  const targets = new Map<string, { target: string; port: number }>();
  for (const { hostname, ports } of endpoints) {
    for (const port of ports) {
      const target = `${hostname}.${name}`;
      if (port.name) targets.set(`_${port.name}._${port.protocol} ${port.port} ${target}`, { target, port: port.port });
    }
  }
  claims.addServices(
    claims.addressesOf(endpoints),
    [...targets].map(([text, target]) => [text.split(" ")[0]!, target]),
  );
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
  claims.addServices(addressRecords(service.clusterIPs.map(placeless), ""), servicePorts(claims));
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
  const targets = new Map<string, { target: string; port: number }>();
  for (const { name: label, protocol, port } of endpoints.flatMap(({ ports }) => ports)) {
    if (label) targets.set(`_${label}._${protocol} ${port}`, { target: name, port });
  }
  remarkPorts(service, endpoints, remark);
  claims.addServices(
    claims.addressesOf(endpoints),
    [...targets].map(([text, target]) => [text.split(" ")[0]!, target]),
  );
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
    for (const [label, port] of servicePorts(claims)) claims.addSrv(`${label}.${name}`, [port]);
    return claims.add(name, [{ type: "CNAME", target }]);
  }
  if (service.outsideAddresses.length === 0) remark("no-load-balancer", "it has no load balancer address");
  claims.addServices(addressRecords(service.outsideAddresses.map(placeless), ""), servicePorts(claims));
}

type NamedPort = readonly [label: string, { readonly target: string; readonly port: number }];

/** 2.3.2: SRV for named ports, with the Service's own port number. */
function servicePorts({ service, name }: ServiceClaims): NamedPort[] {
  return service.ports.filter((port) => port.name !== "")
    .map(({ name: label, protocol, port }) => [`_${label}._${protocol}`, { target: name, port }]);
}

function placeless(address: string): Located {
  return { address, locality: "" };
}

/** The claims of one Service as they are put together. */
class ServiceClaims {
  readonly byName = new Map<string, Claim>();
  readonly name: string;
  /** Whether what is claimed rests on an unconfirmed snapshot. */
  unconfirmed: boolean;

  constructor(readonly service: Service, readonly context: ClusterContext) {
    this.name = serviceName(service, context.domain);
    this.unconfirmed = context.knowledge.isUnconfirmed("services");
  }

  add(name: string, records: readonly NameRecord[]): void {
    if (fits(name)) this.#put(name, records, RANK.service);
  }

  /** The Service's name with its addresses and every named port, and SRV at each port's own name. */
  addServices(addresses: readonly NameRecord[], ports: readonly NamedPort[]): void {
    const { rules } = this.context;
    this.add(this.name, [...reachable(addresses, rules), ...srvRecords(ports.map(([, target]) => target))]);
    for (const [label, group] of Map.groupBy(ports, ([label]) => label)) {
      this.addSrv(`${label}.${this.name}`, group.map(([, target]) => target));
    }
  }

  addSrv(name: string, targets: readonly NamedPort[1][]): void {
    this.add(name, srvRecords(targets));
  }

  /** The endpoints to answer; from here on the claims rest on slices too. */
  endpointsOf(slices: readonly EndpointSlice[]): readonly Endpoint[] {
    this.unconfirmed ||= this.context.knowledge.isUnconfirmed("endpointslices");
    return [...publishedEndpoints(this.service, slices)];
  }

  addressesOf(endpoints: readonly Endpoint[]): readonly NameRecord[] {
    const { locality } = this.context.rules;
    return reachable(
      addressRecords(endpoints.map(({ address, zone }) => ({ address, locality: zone && `/${zone}` })), locality),
      this.context.rules,
    );
  }

  /** What the name says while its endpoints have not been read, or may not be. */
  addUnread(known: "pending" | "unreadable", remark: Remark): void {
    const below = known === "pending" ? "pending" : "relay";
    remark("unread", known === "pending" ? "its EndpointSlices are not read so far" : "EndpointSlices may not be read");
    this.#put(this.name, [], RANK.service, { below });
  }

  /** 2.3.3 and 2.4.3. One ClusterIP is one Service; an endpoint may belong to several, which answer together. */
  addReverse(address: string, target: string, sort: "cluster-ip" | "endpoint"): void {
    const owner = reverseName(address);
    if (owner === undefined) return;
    if (sort === "cluster-ip") return this.#put(owner, [{ type: "PTR", target }], RANK.service);
    const before = this.byName.get(owner)?.records ?? [];
    const isNew = !before.some((record) => record.type === "PTR" && record.target === target);
    const records: NameRecord[] = isNew ? [...before, { type: "PTR", target }] : [...before];
    this.#put(owner, records, RANK.endpointReverse, { unites: "endpoints" });
  }

  #put(name: string, records: readonly NameRecord[], rank: Claim["rank"], more: Partial<Claim> = {}): void {
    const { createdAt } = this.service;
    const stale = this.unconfirmed ? { unconfirmed: true } : {};
    this.byName.set(name, { records, others: "nodata", rank, createdAt, ...stale, ...more });
  }
}

/** Equal chances for all (RFC 2782); weights as CoreDNS gives them, never 0, which would mean "hardly ever". */
function srvRecords(targets: readonly NamedPort[1][]): NameRecord[] {
  const weight = Math.max(1, Math.floor(100 / targets.length));
  return targets.map(({ target, port }) => ({ type: "SRV", priority: 0, weight, port, target }));
}
