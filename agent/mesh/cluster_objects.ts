import { type Change, keyOf } from "../../registry/mod.ts";
import type { ClusterContext } from "./cluster_context.ts";
import type { ClusterKnowledge, ClusterView, MeshKindName, MeshKinds } from "./cluster_view.ts";
import type { EndpointSlice } from "./endpoint_slice_kind.ts";
import { Grouped } from "./grouped.ts";
import type { AnswerMode, MeshRules } from "./mesh_rules.ts";
import type { ClaimantKind, Claims } from "./name_claim.ts";
import { ignore, type Remark } from "./remark.ts";
import type { ServiceEntry } from "./service_entry_kind.ts";
import { selects, serviceEntryClaims } from "./service_entry_names.ts";
import type { Service } from "./service_kind.ts";
import { serviceClaims } from "./service_names.ts";
import type { WorkloadEntry } from "./workload_entry_kind.ts";
import { namespaceClaims, zoneClaims, type ZoneScope } from "./zone_names.ts";

/** Whose names a change may touch. */
export type Touch = (kind: ClaimantKind, key: string) => void;

/**
 * One cluster's objects as names need them: which slices belong to a Service, which WorkloadEntries a selector can
 * name, which namespaces exist. Knows for every changed object whose names it touches, and makes the names of each.
 */
export class ClusterObjects {
  /** What `auto` stands for here. */
  measured: AnswerMode = "cluster-ip";
  readonly #slices = new Grouped<EndpointSlice>((slice) => `${slice.namespace}/${slice.service}`);
  readonly #workloads = new Grouped<WorkloadEntry>(({ namespace }) => namespace);
  readonly #selecting = new Grouped<ServiceEntry>(({ namespace, selector }) => selector === null ? "" : namespace);
  readonly #annotated = new Grouped<Service>((service) => service.answers === "" ? "" : service.namespace);
  /** As of the changes that have been taken in: what the view knows by now may rest on changes that are still to come. */
  #knowledge: ClusterKnowledge;
  /** How many Services and ServiceEntries a namespace has. */
  readonly #population = new Map<string, number>();

  constructor(readonly view: ClusterView, readonly ownsZone: boolean) {
    this.#knowledge = view.knowledge;
  }

  get knowledge(): ClusterKnowledge {
    return this.#knowledge;
  }

  /** Takes a change in, and names those that it touches. */
  apply<K extends MeshKindName>(kind: K, change: Change<MeshKinds[K]>, touch: Touch): void {
    switch (kind) {
      case "services":
        return this.#applyService(change as Change<Service>, touch);
      case "endpointslices":
        return this.#applySlice(change as Change<EndpointSlice>, touch);
      case "serviceentries":
        return this.#applyEntry(change as Change<ServiceEntry>, touch);
      case "workloadentries":
        return this.#applyWorkload(change as Change<WorkloadEntry>, touch);
    }
  }

  #applyService(change: Change<Service>, touch: Touch): void {
    this.#annotated.apply(change);
    this.#populate(change.before, change.after, touch);
    touch("Service", change.key);
  }

  #applySlice(change: Change<EndpointSlice>, touch: Touch): void {
    for (const service of this.#slices.apply(change)) touch("Service", service);
  }

  #applyEntry(change: Change<ServiceEntry>, touch: Touch): void {
    this.#selecting.apply(change);
    this.#populate(change.before, change.after, touch);
    touch("ServiceEntry", change.key);
  }

  #applyWorkload(change: Change<WorkloadEntry>, touch: Touch): void {
    for (const namespace of this.#workloads.apply(change)) {
      for (const entry of this.#selecting.in(namespace)) {
        const { before, after } = change;
        if ((before && selects(entry, before)) || (after && selects(entry, after))) touch("ServiceEntry", keyOf(entry));
      }
    }
  }

  #populate(before: Service | ServiceEntry | undefined, after: Service | ServiceEntry | undefined, touch: Touch): void {
    const namespace = (after ?? before)!.namespace;
    const count = this.#population.get(namespace) ?? 0;
    const now = count + Number(after !== undefined) - Number(before !== undefined);
    if (now === 0) this.#population.delete(namespace);
    else this.#population.set(namespace, now);
    if ((now === 0) !== (count === 0)) touch("Namespace", namespace);
  }

  /** Touches everyone who may have names now, one with each step. */
  *touchAll(touch: Touch): Generator<void> {
    touch("Zone", "");
    for (const namespace of this.#namespaces()) yield touch("Namespace", namespace);
    for (const service of this.view.stores.services.list()) yield touch("Service", keyOf(service));
    for (const entry of this.view.stores.serviceentries.list()) yield touch("ServiceEntry", keyOf(entry));
  }

  /** Takes in what the view knows now, and touches those whose names depend on what has become known or forgotten. */
  *applyKnowledge(touch: Touch): Generator<void> {
    const before = this.#knowledge;
    const now = this.#knowledge = this.view.knowledge;
    touch("Zone", "");
    for (const namespace of [...before.namespaces ?? [], ...this.#namespaces()]) yield touch("Namespace", namespace);
    const confirmed = (kind: MeshKindName) => before.isUnconfirmed(kind) !== now.isUnconfirmed(kind);
    const services = confirmed("services") || confirmed("endpointslices");
    for (const service of this.view.stores.services.list()) {
      const read = before.knowsEndpoints(service) !== now.knowsEndpoints(service);
      if (services || read) touch("Service", keyOf(service));
      yield;
    }
    const [entries, workloads] = [confirmed("serviceentries"), confirmed("workloadentries")];
    for (const entry of this.view.stores.serviceentries.list()) {
      const { namespace, selector } = entry;
      const read = before.knows("workloadentries", namespace) !== now.knows("workloadentries", namespace);
      if (entries || (selector !== null && (workloads || read))) touch("ServiceEntry", keyOf(entry));
      yield;
    }
  }

  #namespaces(): Iterable<string> {
    return new Set([...this.#population.keys(), ...this.#knowledge.namespaces ?? []]);
  }

  /** The names of one of this cluster's claimants, made from what the stores hold now. */
  claims(
    kind: ClaimantKind,
    key: string,
    context: ClusterContext,
    scope: () => ZoneScope,
    remark: Remark = ignore,
  ): Claims {
    switch (kind) {
      case "Service": {
        const service = this.view.stores.services.get(key);
        return service ? serviceClaims(service, this.slicesOf(key), context, remark) : new Map();
      }
      case "ServiceEntry": {
        const entry = this.view.stores.serviceentries.get(key);
        return entry ? serviceEntryClaims(entry, this.workloadsIn(entry.namespace), context, remark) : new Map();
      }
      case "Zone":
        return this.ownsZone ? zoneClaims(this.view.domain, scope(), context.rules) : new Map();
      case "Namespace":
        return this.#namespaceClaims(key, context);
      case "Configuration":
        return new Map();
    }
  }

  #namespaceClaims(namespace: string, { domain }: ClusterContext): Claims {
    const listed = this.#knowledge.namespaces?.includes(namespace) ?? false;
    const known = this.#knowledge.knows("services", namespace);
    if (this.ownsZone && listed && known !== "unreadable") {
      return namespaceClaims(namespace, domain, known === "pending" ? "pending" : "authoritative");
    }
    return this.#population.has(namespace) ? namespaceClaims(namespace, domain, undefined) : new Map();
  }

  slicesOf(service: string): readonly EndpointSlice[] {
    return this.#slices.in(service);
  }

  workloadsIn(namespace: string): readonly WorkloadEntry[] {
    return this.#workloads.in(namespace);
  }

  /** The ServiceEntries with a selector. */
  get selecting(): readonly ServiceEntry[] {
    return [...this.#selecting.all()];
  }

  /** The Services that say themselves which addresses they are answered with. */
  get annotated(): readonly Service[] {
    return [...this.#annotated.all()];
  }

  context(rules: MeshRules, domains: readonly string[]): ClusterContext {
    const { domain } = this.view;
    return { domain, domains, rules, measured: this.measured, knowledge: this.#knowledge };
  }
}
