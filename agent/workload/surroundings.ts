import type { Clock, KindState, Random } from "../../registry/mod.ts";
import type { AddressFacts } from "./address.ts";
import { AmbientCheck, type ToldBy } from "./ambient.ts";
import type { Cluster, ObjectWatch } from "./cluster.ts";
import { unusableLabels, type VmPlace, type Writer } from "./entry.ts";
import type { Health } from "./health.ts";
import { HealthWatch, type KeptHealth } from "./health_watch.ts";
import { PlaceWatch } from "./place_watch.ts";
import { publicationFor, type PublishMode } from "./publication.ts";
import type { PassInput } from "./reconciler.ts";
import type { Seen } from "./registration_table.ts";
import type { Situation } from "./wish.ts";
import { ownEntryKind, parseProbe, type ProbeSpec, type WorkloadGroup, workloadGroupKind } from "./workload_kinds.ts";
import type { WorkloadOptions } from "./workload_options.ts";

/** What surroundings are made of. */
export interface SurroundingsOptions {
  readonly workload: WorkloadOptions;
  readonly cluster: Cluster;
  readonly writer: Writer;
  readonly groupFromFile?: WorkloadGroup;
  readonly lookAtNetwork: () => Promise<AddressFacts>;
  readonly keptHealth: () => KeptHealth | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** Something here has changed. */
  readonly onChange: () => void;
}

/** How far the workload's stop has come. */
export interface Stopping {
  readonly phase: Seen["phase"];
  /** RFC 3339; undefined while running. */
  readonly drainingSince: string | undefined;
}

/**
 * Everything that a registration depends on and does not write: the group, this VM's address, the workload's health,
 * and how this cluster wants to be told. A pass of the reconciler starts from one look at it.
 */
export class Surroundings {
  readonly #options: SurroundingsOptions;
  readonly #health: HealthWatch;
  readonly #place: PlaceWatch;
  readonly #groupWatch: ObjectWatch<WorkloadGroup> | undefined;
  readonly #ambient: AmbientCheck;
  readonly #override: ProbeSpec | undefined;
  readonly #jitter: number;
  #workload: WorkloadOptions;
  #lastGroup: WorkloadGroup | undefined;
  #mode: PublishMode | undefined;

  /** @throws Error when `probe.override` is no probe. */
  constructor(options: SurroundingsOptions) {
    const { workload, cluster, clock, random, groupFromFile, onChange, keptHealth, lookAtNetwork } = options;
    const { namespace, group, address, probe } = workload;
    this.#options = options;
    this.#workload = workload;
    this.#override = probe.override === null ? undefined : parseProbe(probe.override);
    this.#jitter = random();
    this.#health = new HealthWatch({ clock, kept: keptHealth, onVerdict: onChange });
    this.#place = new PlaceWatch({ address, clock, look: lookAtNetwork, onChange });
    this.#lastGroup = groupFromFile;
    this.#groupWatch = groupFromFile ? undefined : cluster.watch(workloadGroupKind, namespace, group, onChange);
    this.#ambient = new AmbientCheck(cluster, clock);
  }

  get workload(): WorkloadOptions {
    return this.#workload;
  }

  get health(): Health & { readonly isProbed: boolean } {
    return { ...this.#health.health, isProbed: this.#health.isProbed };
  }

  get keptHealth(): KeptHealth | undefined {
    return this.#health.kept;
  }

  /** Probes so far by result. */
  get probes(): Readonly<{ ok: number; failed: number }> {
    return this.#health.results;
  }

  get addresses(): readonly string[] {
    return this.#place.addresses ?? [];
  }

  get mode(): PublishMode | undefined {
    return this.#mode;
  }

  get toldBy(): ToldBy | undefined {
    return this.#ambient.decided;
  }

  /** Why no address is known; empty when all is well. */
  get placeProblem(): string {
    return this.#place.problem;
  }

  get groupState(): KindState | undefined {
    return this.#groupWatch?.state;
  }

  /** What is wrong and does not keep us from registering. */
  get warnings(): readonly string[] {
    const vm = this.#vmPlace();
    const labels = this.#lastGroup && vm ? unusableLabels(this.#lastGroup, vm) : [];
    return [
      ...labels.map((label) => `${label} is no Kubernetes label and is left out`),
      ...(this.#place.problem ? [this.#place.problem] : []),
    ];
  }

  /** Labels are live: `workload.labels`. */
  setLabels(labels: WorkloadOptions["labels"]): void {
    this.#workload = { ...this.#workload, labels };
  }

  /** Follows everything until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#groupWatch?.run(signal), this.#place.run(signal)]);
    await this.#health.stop();
  }

  /**
   * Looks once.
   *
   * @param serverNow milliseconds by the API server's clock.
   * @throws ApiError, Unreachable while it cannot be found out how this cluster wants to be told.
   */
  async look(stopping: Stopping, everDeleted: number, serverNow: number): Promise<PassInput> {
    const { phase, drainingSince } = stopping;
    const place = this.#vmPlace();
    const known: Seen["place"] = place ? "known" : "unknown";
    const seen = { phase, wanted: true, access: this.#access(), group: this.#seeGroup(), place: known };
    const group = this.#lastGroup;
    if (group && place) this.#probe(group);
    if (!group || !place || seen.access !== "ok") return { ...seen, situation: undefined, publication: undefined };
    const { unhealthy, istioCleanup } = this.#workload;
    const toldBy = await this.#ambient.decide(unhealthy);
    const mode = await this.#decideMode();
    const { writer } = this.#options;
    const { health, isProbed } = this.#health;
    const jitter = this.#jitter;
    const situation: Situation = {
      ...{
        group,
        writer,
        place,
        isProbed,
        health,
        toldBy,
        drainingSince,
        istioCleanup,
        everDeleted,
        jitter,
        serverNow,
      },
    };
    return { ...seen, situation, publication: publicationFor(mode, situation) };
  }

  #seeGroup(): Seen["group"] {
    if (!this.#groupWatch) return "present";
    const { current, state } = this.#groupWatch;
    const known = this.#lastGroup;
    if (current) {
      this.#lastGroup = current;
      return current.deleting ? "gone" : "present";
    }
    if (state.state === "synced" || state.state === "absent") return known ? "gone" : "absent";
    return "unknown";
  }

  #access(): Seen["access"] {
    const state = this.#groupWatch?.state.state;
    return state === "unauthorized" || state === "forbidden" ? state : "ok";
  }

  #vmPlace(): VmPlace | undefined {
    const { network, locality, labels, tls } = this.#workload;
    const address = this.#place.addresses?.[0];
    return address === undefined ? undefined : { address, network, locality, labels, tls };
  }

  #probe(group: WorkloadGroup): void {
    const { exec, hosts } = this.#workload.probe;
    const { addresses = [], local } = this.#place;
    this.#health.use(this.#override ?? group.probe, { exec, hosts, addresses, local });
  }

  /** Settled once it is known: a cluster that gets WorkloadEntries later does not move a registered VM. */
  async #decideMode(): Promise<PublishMode> {
    const { publish } = this.#workload;
    if (publish === "workload-entry" || publish === "endpoint-slice") return this.#mode = publish;
    if (this.#mode) return this.#mode;
    if (await this.#options.cluster.serves(ownEntryKind)) return this.#mode = "workload-entry";
    return this.#mode = "endpoint-slice";
  }
}
