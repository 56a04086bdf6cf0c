import type { NameRecord } from "../../dns/mod.ts";
import { reachable } from "./address_choice.ts";
import type { ClusterContext } from "./cluster_context.ts";
import type { EndpointSlice } from "./endpoint_slice_kind.ts";
import { type Endpoint, publishedEndpoints } from "./endpoints.ts";
import { fits } from "./host_name.ts";
import { type Claim, RANK } from "./name_claim.ts";
import { addressRecords } from "./nearness.ts";
import type { Remark } from "./remark.ts";
import { reverseName } from "./reverse_name.ts";
import type { Service } from "./service_kind.ts";

/** A named port and where it leads. */
export interface NamedPort {
  /** `_http._tcp` */
  readonly label: string;
  readonly port: number;
  readonly target: string;
}

/** The claims of one Service as they are put together. */
export class ServiceClaims {
  readonly byName = new Map<string, Claim>();
  /** 2.3.1 */
  readonly name: string;
  /** Whether what is claimed rests on an unconfirmed snapshot. */
  unconfirmed: boolean;

  constructor(readonly service: Service, readonly context: ClusterContext) {
    this.name = `${service.name}.${service.namespace}.svc.${context.domain}`;
    this.unconfirmed = context.knowledge.isUnconfirmed("services");
  }

  add(name: string, records: readonly NameRecord[]): void {
    if (fits(name)) this.#put(name, records, RANK.service);
  }

  /** The Service's name with its addresses and every named port, and each port's own name. */
  addServices(addresses: readonly NameRecord[], ports: readonly NamedPort[]): void {
    this.add(this.name, [...reachable(addresses, this.context.rules), ...srvRecords(ports)]);
    this.addPorts(ports);
  }

  /** SRV at the name of each port. */
  addPorts(ports: readonly NamedPort[]): void {
    for (const [label, group] of Map.groupBy(ports, ({ label }) => label)) {
      this.add(`${label}.${this.name}`, srvRecords(group));
    }
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
    const why = known === "pending" ? "are not read so far" : "may not be read: upstream is asked";
    remark("unread", `its EndpointSlices ${why}`);
    this.#put(this.name, [], RANK.service, { below });
  }

  /** 2.3.3 and 2.4.3. One ClusterIP is one Service; an endpoint may belong to several, which answer together. */
  addReverse(address: string, target: string, sort: "cluster-ip" | "endpoint"): void {
    const owner = reverseName(address);
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

/**
 * One record for each port and target, with equal chances for all (RFC 2782): weights as CoreDNS gives them, but never 0,
 * which would mean "hardly ever".
 */
function srvRecords(ports: readonly NamedPort[]): NameRecord[] {
  const distinct = [...new Map(ports.map((port) => [`${port.label} ${port.port} ${port.target}`, port])).values()];
  const weight = Math.max(1, Math.floor(100 / distinct.length));
  return distinct.map(({ target, port }) => ({ type: "SRV", priority: 0, weight, port, target }));
}
