import type { Clock, Random } from "../../registry/mod.ts";
import type { AddressFacts } from "./address.ts";
import { AmbientCheck, type ToldBy } from "./ambient.ts";
import type { Cluster } from "./cluster.ts";
import { unusableLabels, type VmPlace, type Writer } from "./entry.ts";
import type { Health } from "./health.ts";
import { HealthWatch, type KeptHealth } from "./health_watch.ts";
import { PlaceWatch } from "./place_watch.ts";
import { publicationFor, type PublishMode } from "./publication.ts";
import type { PassInput } from "./pass.ts";
import type { Seen } from "./registration_table.ts";
import type { Situation } from "./situation.ts";
import { sliceWarnings } from "./slices.ts";
import { TemplateWatch } from "./template_watch.ts";
import { ownEntryKind, type WorkloadGroup } from "./workload_kinds.ts";
import { parseProbe, type ProbeSpec } from "./probe_spec.ts";
import type { WorkloadOptions } from "./workload_options.ts";

/** What surroundings are made of. */
export interface SurroundingsOptions {
  readonly workload: WorkloadOptions;
  readonly cluster: Cluster;
  readonly writer: Writer;
  readonly groupFromFile?: WorkloadGroup;
  readonly lookAtNetwork: () => Promise<AddressFacts>;
  readonly remembered: { readonly health: KeptHealth | undefined; readonly mode: PublishMode | undefined };
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

/** Whether a cluster without WorkloadEntries has got them meanwhile. */
const ASK_MODE_MS = 300_000;

/**
 * Everything that a registration depends on and does not write: group and Service, this VM's address, the workload's
 * health, and how this cluster wants to be told. A pass of the reconciler starts from one look at it.
 */
export class Surroundings {
  readonly #options: SurroundingsOptions;
  readonly #health: HealthWatch;
  readonly #place: PlaceWatch;
  readonly #template: TemplateWatch;
  readonly #ambient: AmbientCheck;
  readonly #override: ProbeSpec | undefined;
  readonly #jitter: number;
  #workload: WorkloadOptions;
  #mode: PublishMode | undefined;
  #off = { reason: "", until: 0 };

  /** @throws Error when `probe.override` is no probe. */
  constructor(options: SurroundingsOptions) {
    const { workload, cluster, clock, random, onChange, remembered, lookAtNetwork } = options;
    const { address, probe } = workload;
    this.#options = options;
    this.#workload = workload;
    this.#override = probe.override === null ? undefined : parseProbe(probe.override);
    this.#jitter = random();
    this.#health = new HealthWatch({ clock, kept: () => remembered.health, onVerdict: onChange });
    this.#place = new PlaceWatch({ address, clock, look: lookAtNetwork, onChange });
    this.#template = new TemplateWatch({ ...options, ...workload });
    this.#ambient = new AmbientCheck(cluster, clock);
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

  /** One sentence for people: what keeps us from registering; empty when nothing here does. */
  get reason(): string {
    return this.#off.reason || this.#template.reason || this.#place.problem;
  }

  /** What is wrong and does not keep us from registering. */
  get warnings(): readonly string[] {
    const { group, service } = this.#template;
    const vm = this.#vmPlace();
    const labels = group && vm && this.#mode !== "endpoint-slice" ? unusableLabels(group, vm) : [];
    return [
      ...labels.map((label) => `${label} is no Kubernetes label and is left out`),
      ...(group && service ? sliceWarnings(service, group) : []),
      ...(vm && this.#place.problem ? [this.#place.problem] : []),
    ];
  }

  /** Labels are live: `workload.labels`. */
  setLabels(labels: WorkloadOptions["labels"]): void {
    this.#workload = { ...this.#workload, labels };
  }

  /** Follows everything until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#template.run(signal), this.#place.run(signal)]);
    await this.#health.stop();
  }

  /**
   * Looks once.
   *
   * @param serverNow milliseconds by the API server's clock.
   * @throws ApiError, Unreachable while it cannot be found out how this cluster wants to be told.
   */
  async look({ phase, drainingSince }: Stopping, everDeleted: number, serverNow: number): Promise<PassInput> {
    const vm = this.#vmPlace();
    const place: Seen["place"] = vm ? "known" : "unknown";
    const { group: template, access } = this.#template;
    if (template && vm) this.#probe(template);
    const nothing = { situation: undefined, publication: undefined };
    if (access !== "ok") return { phase, wanted: true, access, group: this.#template.seen, place, ...nothing };
    const mode = await this.#decideMode();
    if (mode === "endpoint-slice") this.#template.useService();
    const { group, service, seen } = this.#template;
    const input = { phase, wanted: mode !== undefined, access: this.#template.access, group: seen, place };
    const isReadable = group !== undefined && (mode === "workload-entry" || service !== undefined);
    if (!mode || !vm || !isReadable) return { ...input, ...nothing };
    const { unhealthy, istioCleanup } = this.#workload;
    const { health, isProbed } = this.#health;
    const situation: Situation = {
      group,
      writer: this.#options.writer,
      place: vm,
      addresses: this.addresses,
      isProbed,
      health,
      toldBy: mode === "endpoint-slice" ? "condition" : await this.#ambient.decide(unhealthy),
      drainingSince,
      istioCleanup,
      everDeleted,
      jitter: this.#jitter,
      serverNow,
    };
    return {
      ...input,
      situation,
      publication: publicationFor(situation, mode === "endpoint-slice" ? service : undefined),
    };
  }

  #vmPlace(): VmPlace | undefined {
    const { network, locality, labels, tls } = this.#workload;
    const address = this.#place.addresses?.[0];
    return address === undefined ? undefined : { address, network, locality, labels, tls };
  }

  #probe(group: WorkloadGroup): void {
    const { exec, hosts } = this.#workload.probe;
    const { addresses = [], local } = this.#place;
    // Other interfaces come and go with containers; a probe that begins anew for them would never fail three times.
    const own = new Set(addresses.filter((address) => local.has(address)));
    this.#health.use(this.#override ?? group.probe, { exec, hosts, addresses, local: own });
  }

  /**
   * As what to publish; undefined with a reason where nothing can be. Settled once it is known: a cluster that gets
   * WorkloadEntries later does not move a registered VM.
   */
  async #decideMode(): Promise<PublishMode | undefined> {
    const { clock, cluster, remembered } = this.#options;
    if (this.#mode || (this.#off.reason && clock.monotonic() < this.#off.until)) return this.#mode;
    const { publish, service } = this.#workload;
    const isEntry = publish === "workload-entry" ||
      (publish === "auto" &&
        (remembered.mode ?? (await cluster.serves(ownEntryKind) ? "workload-entry" : "")) === "workload-entry");
    if (isEntry || service) this.#mode = isEntry ? "workload-entry" : "endpoint-slice";
    const why = publish === "auto" ? "this cluster serves no WorkloadEntries, and " : "";
    const reason = `${why}workload.service is empty: endpoint slices need the Service that this VM stands behind`;
    this.#off = this.#mode ? { reason: "", until: 0 } : { reason, until: clock.monotonic() + ASK_MODE_MS };
    return this.#mode;
  }
}
