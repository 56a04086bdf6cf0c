import type { Clock, Random } from "../../registry/mod.ts";
import { type Objects, orAbsent } from "./cluster.ts";
import type { Writer } from "./entry.ts";
import { leaseFor, leaseSpec, type LeaseSubject } from "./lease.ts";
import { FIELD_MANAGER } from "./manifest.ts";
import type { Lease } from "./workload_kinds.ts";

/** What a heartbeat needs. */
export interface HeartbeatOptions {
  readonly leases: Objects<Lease>;
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds between beats; a beat comes up to a fifth earlier, so that VMs that started together drift apart. */
  readonly interval: number;
}

/**
 * Renews the Lease of one registration: one write a beat. Each carries the resourceVersion of the one before, so that
 * a Lease which another agent has taken is never overwritten unseen (409: look again).
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #due = 0;
  #known: { readonly subject: string; readonly resourceVersion: string } | undefined;
  #lastSuccess: number | undefined;
  #failures = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Milliseconds until the next beat; 0 when it is due. */
  dueIn(): number {
    return Math.max(0, this.#due - this.#options.clock.monotonic());
  }

  /** Wall-clock milliseconds of the last beat that arrived; undefined before the first. */
  get lastSuccess(): number | undefined {
    return this.#lastSuccess;
  }

  /** Beats in a row that did not arrive. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Beats once; the next beat is due an interval later whether or not it arrived.
   *
   * @param serverNow milliseconds by the API server's clock.
   * @throws ApiError, Unreachable.
   */
  async beat(subject: LeaseSubject, writer: Writer, serverNow: number): Promise<void> {
    const { clock, random, interval } = this.#options;
    this.#due = clock.monotonic() + interval * (0.8 + 0.2 * random());
    const key = `${subject.namespace}/${subject.name} ${subject.owner.uid}`;
    const known = this.#known?.subject === key ? this.#known.resourceVersion : undefined;
    this.#known = undefined;
    this.#failures++;
    const renewed = known && await this.#renew(subject, writer, serverNow, known);
    const { resourceVersion } = renewed || await this.#take(subject, writer, serverNow);
    this.#known = { subject: key, resourceVersion };
    this.#lastSuccess = clock.now();
    this.#failures = 0;
  }

  /** Changes the time alone; a third of what an apply costs the API server. Undefined when the Lease is gone. */
  async #renew({ namespace, name }: LeaseSubject, writer: Writer, serverNow: number, resourceVersion: string) {
    const { leases, interval } = this.#options;
    const spec = leaseSpec(writer, interval, serverNow);
    const options = { resourceVersion, fieldManager: FIELD_MANAGER };
    return await orAbsent(leases.mergePatch(namespace, name, { spec }, options));
  }

  /** Writes the whole Lease, whoever's it was: the entry is ours. */
  async #take(subject: LeaseSubject, writer: Writer, serverNow: number): Promise<Lease> {
    const { leases, interval } = this.#options;
    const present = await orAbsent(leases.get(subject.namespace, subject.name));
    const manifest = leaseFor(subject, writer, interval, serverNow);
    const { uid, resourceVersion } = present ?? {};
    const metadata = { ...manifest.metadata, ...(uid && resourceVersion ? { uid, resourceVersion } : {}) };
    return await leases.apply({ ...manifest, metadata }, { fieldManager: FIELD_MANAGER, force: true });
  }

  /** The next beat is due now: it shows whether the API server is back. */
  hurry(): void {
    this.#due = 0;
  }

  /** The entry is gone or another's: the next beat, whenever it comes, reads the Lease first. */
  forget(): void {
    this.#known = undefined;
    this.#due = 0;
  }
}
